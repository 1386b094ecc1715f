"""A job: where it stands, when its steps ran, and each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from leadmagnet.domain.errors import WorkflowNotFound
from leadmagnet.domain.job import Job
from leadmagnet.steplog import Summary
from leadmagnet.web.answers import fragment, page, see
from leadmagnet.web.files import file_path
from leadmagnet.web.pages import part
from leadmagnet.web.step_page import step_detail
from leadmagnet.web.steps_page import SIZES, StepsPage, axis_size, page_size, read_steps
from leadmagnet.web.timeline import timeline_of
from leadmagnet.web.visit import Visit

_ZOOMS = (1, 2, 4, 8, 16, 32)
#: Bars on the width of a screen.
_BARS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class JobHead:
    """What stands at the top of a job's pages."""

    job: Job
    summary: Summary
    #: The workflow's title; its name where the workflow is gone.
    title: str
    #: The titles of the steps by name.
    titles: Mapping[str, str]
    limit: int

    @property
    def duration_ms(self) -> float | None:
        """How long it took; None while it runs or before it began."""
        return duration_ms(self.job.started_at, self.job.finished_at)

    @property
    def deliverable(self) -> str | None:
        """Where the deliverable is served."""
        return file_path(self.job.id, self.job.deliverable) if self.job.deliverable else None


def duration_ms(start: datetime | None, end: datetime | None) -> float | None:
    """The time between two moments that are both known."""
    return None if start is None or end is None else (end - start) / timedelta(milliseconds=1)


def show(visit: Visit) -> Response:
    """The job's page; with an index in the path, that step beside the list."""
    head = job_head(visit)
    step = step_detail(visit) if "index" in visit.request.path_params else None
    start = visit.whole_number("from") if step is None else step.line.index
    steps = _steps(visit, head, start - start % head.limit, head.limit)
    return page(visit, "job.html", head=head, steps=steps, step=step, **_timeline(visit, head, start))


def failure(visit: Visit) -> Response:
    """The step that the job failed at, which is among the last; the job's page if it is not found there."""
    head = job_head(visit)
    base = f"/jobs/{part(head.job.id)}"
    wanted = head.job.error.step_id if head.job.error else None
    start = max(0, (head.summary.count or 0) - head.limit)
    lines = _steps(visit, head, start, head.limit).lines if wanted else ()
    found = [line.index for line in lines if line.step_id == wanted and line.failed]
    return see(f"{base}/steps/{found[-1]}" if found else base)


def deliverable(visit: Visit) -> Response:
    """The deliverable in a frame that lets nothing run."""
    return page(visit, "deliverable.html", head=job_head(visit))


def submission(visit: Visit) -> Response:
    """What the job was asked with."""
    return page(visit, "submission.html", head=job_head(visit))


def live_head(visit: Visit) -> Response:
    """The head anew: status, progress, sums."""
    return fragment(visit, "job_head.html", head=job_head(visit))


def live_timeline(visit: Visit) -> Response:
    """The timeline anew, of the steps that the query names."""
    head = job_head(visit)
    return fragment(visit, "timeline.html", head=head, **_timeline(visit, head, visit.whole_number("from")))


def live_steps(visit: Visit) -> Response:
    """Rows of the list, from the step that the query names."""
    head = job_head(visit)
    return fragment(
        visit, "step_rows.html", head=head, steps=_steps(visit, head, visit.whole_number("from"), _limit(visit))
    )


def job_head(visit: Visit) -> JobHead:
    """The head of the job that the address names; JobNotFound for another tenant's."""
    return head_of(visit, visit.path("job_id"))


def head_of(visit: Visit, job_id: str) -> JobHead:
    """The head of any job of the visitor's tenant; JobNotFound for another's."""
    job = visit.parts.operator.jobs.get(tenant=visit.caller.tenant, job_id=job_id)
    summary = visit.parts.steps.summary(job.id)
    try:
        workflow = visit.parts.operator.workflows.get(job.workflow, version=job.workflow_version)
        title, titles = workflow.title, {step.name: step.title for step in workflow.steps}
    except WorkflowNotFound:
        title, titles = job.workflow or "Job", {}
    return JobHead(job=job, summary=summary, title=title, titles=titles, limit=page_size(summary))


def _steps(visit: Visit, head: JobHead, start: int, limit: int) -> StepsPage:
    return read_steps(visit.parts.steps, head.job.id, start=start, limit=limit)


def _timeline(visit: Visit, head: JobHead, start: int) -> dict[str, Any]:
    """What the timeline's template needs: all steps if they are small, else those around `start`."""
    size = axis_size(head.summary, at_rest=head.job.status.at_rest)
    axis, zoom = _steps(visit, head, start - start % size, size), _zoom(visit)
    # The larger it is drawn, the more bars can be told apart.
    timeline = timeline_of(axis.lines, most_bars=_BARS * zoom)
    return {"axis": axis, "timeline": timeline, "zoom": zoom, "zooms": _ZOOMS}


def _limit(visit: Visit) -> int:
    asked = visit.whole_number("limit", SIZES[0])
    return asked if asked in SIZES else SIZES[0]


def _zoom(visit: Visit) -> int:
    asked = visit.whole_number("zoom", 1)
    return asked if asked in _ZOOMS else 1
