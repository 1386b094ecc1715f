"""What a tenant's jobs used, by day and workflow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from leadmagnet.domain.errors import Invalid
from leadmagnet.domain.job import Job, JobStatus

#: A longer time is asked for in parts: each job in it is read.
MOST_DAYS = 92


class JobHistory(Protocol):
    """A tenant's jobs by the time at which they were created."""

    def between(self, *, tenant: str, start: datetime, end: datetime) -> Iterator[Job]:
        """The jobs created from `start` to `end`, oldest first, with their small attributes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """The jobs of one workflow that were created on one day (UTC), and what they used so far."""

    day: date
    workflow: str
    jobs: int = 0
    failed: int = 0
    tokens: int = 0
    cost_usd: float = 0.0


def usage_report(*, tenant: str, first: date, last: date, history: JobHistory) -> list[UsageRow]:
    """A row for each day and workflow that had jobs, in order; both days are included.

    A job counts on the day on which it was created, with all that it used. Steps that a rerun took over count for
    the job that ran them alone. Invalid for days that are too far apart or the wrong way round.
    """
    if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
        raise Invalid(
            f"Usage is told for 1 to {MOST_DAYS} days at a time; ask from an earlier to a later day.",
            first=first.isoformat(),
            last=last.isoformat(),
        )
    rows: dict[tuple[date, str], UsageRow] = {}
    start, end = datetime.combine(first, time.min, tzinfo=UTC), datetime.combine(last, time.max, tzinfo=UTC)
    for job in history.between(tenant=tenant, start=start, end=end):
        key = (job.created_at.astimezone(UTC).date(), job.workflow)
        rows[key] = _with(rows.get(key) or UsageRow(day=key[0], workflow=key[1]), job)
    return [rows[key] for key in sorted(rows)]


def _with(row: UsageRow, job: Job) -> UsageRow:
    return replace(
        row,
        jobs=row.jobs + 1,
        failed=row.failed + (job.status is JobStatus.FAILED),
        tokens=row.tokens + job.tokens,
        cost_usd=row.cost_usd + job.cost_usd,
    )
