"""Where records live and what they weigh: told by the index of jobs, without reading a record; and the last sweep."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from starlette.responses import Response

from leadmagnet.domain.errors import Invalid
from leadmagnet.domain.job import Job
from leadmagnet.engine.ports import RecordFacts
from leadmagnet.web.answers import page
from leadmagnet.web.visit import Visit

#: Jobs per page of the index, and pages that one look reads; more are a link away.
_PAGE = 1_000
_PAGES = 10
_BIGGEST = 20
_KIB = 1024
#: Upper ends of the classes of size.
_CLASSES = (
    (10 * _KIB, "up to 10 KB"),
    (100 * _KIB, "10 to 100 KB"),
    (300 * _KIB, "100 to 300 KB"),
    (_KIB**2, "300 KB to 1 MB"),
    (10 * _KIB**2, "1 to 10 MB"),
    (100 * _KIB**2, "10 to 100 MB"),
)
_ABOVE = "above 100 MB"


@dataclass(slots=True, kw_only=True)
class SizeClass:
    """How many records are of about one size."""

    label: str
    inline: int = 0
    offloaded: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BigJob:
    """A job with a large record."""

    job: Job
    record: RecordFacts
    size_bytes: int


@dataclass(slots=True, kw_only=True)
class StorageView:
    """Counts that grow while the index is read."""

    counts: dict[Literal["inline", "offloaded"], int] = field(default_factory=lambda: {"inline": 0, "offloaded": 0})
    sizes: dict[Literal["inline", "offloaded"], int] = field(default_factory=lambda: {"inline": 0, "offloaded": 0})
    #: Records of older systems, whose items do not say how large they are.
    unknown: int = 0
    classes: list[SizeClass] = field(
        default_factory=lambda: [SizeClass(label=label) for label in (*(label for _, label in _CLASSES), _ABOVE)]
    )
    biggest: Sequence[BigJob] = ()
    #: Whether this begins further back than with the newest job, and where the rest begins.
    older: bool = False
    next: str | None = None

    @property
    def jobs(self) -> int:
        """All jobs that were looked at."""
        return sum(self.counts.values())

    @property
    def highest(self) -> int:
        """The largest class."""
        return max((each.inline + each.offloaded for each in self.classes), default=0)

    def add(self, record: RecordFacts) -> None:
        """Count one record."""
        self.counts[record.stored] += 1
        if record.steps_bytes is None:
            self.unknown += 1
            return
        self.sizes[record.stored] += record.steps_bytes
        place = next((n for n, (end, _) in enumerate(_CLASSES) if record.steps_bytes < end), len(_CLASSES))
        if record.stored == "inline":
            self.classes[place].inline += 1
        else:
            self.classes[place].offloaded += 1


def show(visit: Visit) -> Response:
    """The page, for the newest jobs or those that the cursor begins."""
    cursor = visit.query("cursor")[:4_000]
    try:
        view = _read(visit, cursor or None)
    except Invalid:
        # An edited cursor, or another tenant's: the newest jobs are what helps.
        view = _read(visit, None)
    titles = {workflow.name: workflow.title for workflow in visit.parts.operator.workflows.list()}
    return page(
        visit, "storage.html", view=view, titles=titles, looked_at=_PAGE * _PAGES, sweep=visit.parts.sweeps.last()
    )


def _read(visit: Visit, cursor: str | None) -> StorageView:
    view = StorageView(older=cursor is not None)
    biggest: list[tuple[int, str, BigJob]] = []
    for _ in range(_PAGES):
        found = visit.parts.operator.jobs.list(tenant=visit.caller.tenant, limit=_PAGE, cursor=cursor)
        for job in found.jobs:
            record = found.records[job.id]
            view.add(record)
            if record.steps_bytes:
                big = BigJob(job=job, record=record, size_bytes=record.steps_bytes)
                heapq.heappush(biggest, (record.steps_bytes, job.id, big))
                if len(biggest) > _BIGGEST:
                    heapq.heappop(biggest)
        cursor = view.next = found.next
        if cursor is None:
            break
    view.biggest = [big for _, _, big in sorted(biggest, key=lambda each: each[:2], reverse=True)]
    return view
