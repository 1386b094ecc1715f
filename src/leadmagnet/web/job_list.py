"""The table of jobs, whole and as the part that is fetched anew while it is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.responses import Response

from leadmagnet.domain.errors import Invalid, WorkflowNotFound
from leadmagnet.domain.job import Job
from leadmagnet.engine.job_search import with_titles
from leadmagnet.engine.ports import JobPage, RecordFacts, WorkflowStore
from leadmagnet.web.answers import fragment, page
from leadmagnet.web.job_actions import notice_of
from leadmagnet.web.job_head import duration_ms
from leadmagnet.web.table_filter import STATUSES, STORED, TableFilter, filter_of
from leadmagnet.web.visit import Visit

_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """One job of the table."""

    job: Job
    title: str
    record: RecordFacts | None

    @property
    def duration_ms(self) -> float | None:
        """How long it took; None while it runs."""
        return duration_ms(self.job.started_at, self.job.finished_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTable:
    """What the table shows."""

    rows: Sequence[JobRow]
    next: str | None
    filter: TableFilter

    @property
    def under_way(self) -> int:
        """How many of them something will still happen to."""
        return sum(not row.job.status.at_rest for row in self.rows)


def show(visit: Visit) -> Response:
    """The page."""
    workflows = visit.parts.operator.workflows.list()
    return page(
        visit,
        "jobs.html",
        table=_table(visit),
        workflows=workflows,
        statuses=STATUSES,
        stored=STORED,
        notice=notice_of(visit),
    )


def live(visit: Visit) -> Response:
    """The rows anew."""
    return fragment(visit, "job_rows.html", table=_table(visit))


def _table(visit: Visit) -> JobTable:
    wanted = filter_of(visit)
    try:
        found = _found(visit, wanted)
    except Invalid:
        # A cursor of another list, or an edited one: the list from its beginning is what helps.
        wanted = replace(wanted, cursor="")
        found = _found(visit, wanted)
    rows = [
        JobRow(job=job, title=title_of(job, visit.parts.operator.workflows), record=found.records.get(job.id))
        for job in found.jobs
    ]
    return JobTable(rows=rows, next=found.next, filter=wanted)


def _found(visit: Visit, wanted: TableFilter) -> JobPage:
    operator = visit.parts.operator
    where = with_titles(wanted.where, operator.workflows)
    return operator.jobs.list(tenant=visit.caller.tenant, limit=_PAGE, cursor=wanted.cursor or None, where=where)


def title_of(job: Job, workflows: WorkflowStore) -> str:
    """The title of the job's workflow; its name where the workflow is gone."""
    try:
        return workflows.get(job.workflow, version=job.workflow_version).title
    except WorkflowNotFound:
        return job.workflow or "Job"
