"""What a page says when it cannot give what was asked for: in a reader's words, and with a way on from there."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from leadmagnet.domain.errors import JobNotFound, WorkflowNotFound
from leadmagnet.steplog.errors import NoSuchJob
from leadmagnet.web.pages import part

_NO_JOB = "There is no such job. It may have been deleted, or its address is not whole."
_NO_WORKFLOW = "There is no such workflow, or it has no such version."


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Where to go on."""

    path: str
    label: str


JOBS = Way(path="/jobs", label="To the jobs")
_WORKFLOWS = Way(path="/workflows", label="To the workflows")


def message_of(error: Exception) -> str:
    """Why; an error's own message may name a command, which is for terminals."""
    match error:
        case JobNotFound() | NoSuchJob():
            return _NO_JOB
        case WorkflowNotFound():
            return _NO_WORKFLOW
        case _:
            return str(getattr(error, "message", error))


def way_on(request: Request, error: Exception) -> Way:
    """The place above the one that was asked for."""
    path = request.url.path
    job_id = request.scope.get("path_params", {}).get("job_id")
    if isinstance(error, WorkflowNotFound) or path.startswith(("/workflows", "/new", "/add-workflow")):
        return _WORKFLOWS
    if job_id and not isinstance(error, JobNotFound | NoSuchJob):
        return Way(path=f"/jobs/{part(job_id)}", label="To the job")
    return JOBS
