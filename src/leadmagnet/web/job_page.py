"""A job: where it stands, when its steps ran, and each of them."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from leadmagnet.web.answers import fragment, page, see
from leadmagnet.web.job_head import JobHead, job_head
from leadmagnet.web.pages import part
from leadmagnet.web.step_page import index_of, step_detail
from leadmagnet.web.steps_page import SIZES, StepsPage, axis_size, read_steps
from leadmagnet.web.timeline import timeline_of
from leadmagnet.web.visit import Visit

_ZOOMS = (1, 2, 4, 8, 16, 32)


def show(visit: Visit) -> Response:
    """The job's page; with an index in the path, that step beside the list."""
    head = job_head(visit)
    place = visit.request.path_params.get("index")
    start = visit.whole_number("from") if place is None else index_of(place) or 0
    # The timeline first: list and step are among what it reads.
    timeline = _timeline(visit, head, start)
    steps = _steps(head, start - start % head.limit, head.limit)
    step = None if place is None else step_detail(visit, head.job, head.record)
    return page(visit, "job.html", head=head, steps=steps, step=step, **timeline)


def failure(visit: Visit) -> Response:
    """The step that the job failed at, which is among the last; the job's page if it is not found there."""
    head = job_head(visit)
    base = f"/jobs/{part(head.job.id)}"
    wanted = head.job.error.step_id if head.job.error else None
    start = max(0, (head.summary.count or 0) - head.limit)
    lines = _steps(head, start, head.limit).lines if wanted else ()
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
    steps = _steps(head, visit.whole_number("from"), _limit(visit))
    return fragment(visit, "step_rows.html", head=head, steps=steps)


def _steps(head: JobHead, start: int, limit: int) -> StepsPage:
    return read_steps(head.record, start=start, limit=limit)


def _timeline(visit: Visit, head: JobHead, start: int) -> dict[str, Any]:
    """What the timeline's template needs: all steps if they are small, else those around `start`."""
    size = axis_size(head.summary, at_rest=head.job.status.at_rest)
    axis, zoom = _steps(head, start - start % size, size), _zoom(visit)
    timeline = timeline_of(
        axis.lines,
        # Somewhere in the middle of a long record they would be far away.
        under_way=head.under_way if axis.next is None else (),
        now=visit.parts.operator.clock(),
        zoom=zoom,
    )
    return {"axis": axis, "timeline": timeline, "zoom": zoom, "zooms": _ZOOMS}


def _limit(visit: Visit) -> int:
    asked = visit.whole_number("limit", SIZES[0])
    return asked if asked in SIZES else SIZES[0]


def _zoom(visit: Visit) -> int:
    asked = visit.whole_number("zoom", 1)
    return asked if asked in _ZOOMS else 1
