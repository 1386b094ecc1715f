"""A sweep that leaves word of itself: what it found and did, or why it failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from leadmagnet.engine.ports import Clock
from leadmagnet.steplog.errors import StepLogError
from leadmagnet.steplog.sweep_report import SweepReport

_UNKNOWN = "It was broken off; the log of the sweeper says why."


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRun:
    """One sweep, in numbers. It names no job: whoever reads it may see only some of them."""

    began_at: datetime
    duration_ms: int
    #: Objects of step logs that were listed, and those of them that are too young to be judged.
    objects: int = 0
    young: int = 0
    deleted: int = 0
    deleted_bytes: int = 0
    #: Deleted objects whose job has no item any more.
    of_gone_jobs: int = 0
    #: Things that were left as they are because something is wrong with them.
    problems: int = 0
    #: Why it did not come to its end.
    failure: str | None = None


class SweepReports(Protocol):
    """Keeps the last sweep's numbers."""

    def put(self, run: SweepRun) -> None:
        """Keep `run` in the place of the last. Never raises: a sweep that was done is not undone by this."""

    def last(self) -> SweepRun | None:
        """The last sweep; None if none has left word, or it cannot be read."""


def run_sweep(*, sweep: Callable[[], SweepReport], reports: SweepReports, clock: Clock) -> SweepReport:
    """What `sweep` answers or raises, once it is kept in `reports`."""
    began_at, report, failure = clock(), None, _UNKNOWN
    try:
        report = sweep()
    except StepLogError as error:
        failure = error.message
        raise
    finally:
        duration_ms = round((clock() - began_at) / timedelta(milliseconds=1))
        reports.put(_run(report, failure, began_at=began_at, duration_ms=duration_ms))
    return report


def _run(report: SweepReport | None, failure: str, *, began_at: datetime, duration_ms: int) -> SweepRun:
    if report is None:
        return SweepRun(began_at=began_at, duration_ms=duration_ms, failure=failure)
    return SweepRun(
        began_at=began_at,
        duration_ms=duration_ms,
        objects=report.objects,
        young=report.young,
        deleted=report.removed_total,
        deleted_bytes=report.removed_bytes_total,
        of_gone_jobs=report.of_gone_jobs,
        problems=report.problems_count,
    )
