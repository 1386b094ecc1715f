"""`/admin/jobs`: submit a job, look at jobs, their execution steps and their artifacts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response, status
from fastapi.responses import StreamingResponse

from leadmagnet.api.artifact_answer import artifact_answer
from leadmagnet.api.auth import Operator, Viewer
from leadmagnet.api.job_document import job_document, log_missing_steps
from leadmagnet.api.parts import ApiParts, Parts
from leadmagnet.api.schemas import (
    JobPageView,
    JobView,
    StepPageView,
    StoredJobView,
    SubmitJob,
    job_attributes,
    storage_attributes,
)
from leadmagnet.domain.errors import JobNotFound
from leadmagnet.domain.job import Job
from leadmagnet.engine.submit import submit_job
from leadmagnet.steplog.errors import StepsMissing
from leadmagnet.steplog.jsontext import dumps

#: The longest id that still makes an S3 key (1,024 bytes) with what stands around it.
_LONGEST_ID_BYTES = 900
_JSON = "application/json"

router = APIRouter(prefix="/admin/jobs", tags=["jobs"])


@router.post("", status_code=status.HTTP_201_CREATED)
def create(body: SubmitJob, parts: Parts, caller: Operator, response: Response) -> JobView:
    """Submit a job: it is stored and queued, and a worker takes it from there."""
    job = submit_job(
        tenant=caller.tenant,
        workflow=body.workflow,
        submission=body.submission,
        jobs=parts.jobs,
        workflows=parts.workflows,
        queue=parts.queue,
        clock=parts.clock,
        new_id=parts.new_id,
    )
    response.headers["Location"] = f"/admin/jobs/{job.id}"
    return JobView(**job_attributes(job))


@router.get("")
def list_jobs(
    parts: Parts,
    caller: Viewer,
    limit: Annotated[int, Query(ge=1, le=100, description="The most jobs to answer with.")] = 50,
    cursor: Annotated[str | None, Query(max_length=4_000, description="The `next` of the page before.")] = None,
) -> JobPageView:
    """The tenant's jobs, newest first, without their execution steps."""
    return JobPageView.of(parts.jobs.list(tenant=caller.tenant, limit=limit, cursor=cursor))


@router.get("/{job_id}", response_model=StoredJobView)
def get(
    job_id: str,
    parts: Parts,
    caller: Viewer,
    execution_steps: Annotated[
        bool, Query(description="`false` leaves the steps out: what a progress bar asks for.")
    ] = True,
) -> Response:
    """The job with its execution steps, from wherever they live."""
    job = _job(parts, caller.tenant, job_id)
    attributes = job_attributes(job) | storage_attributes(parts.steps.summary(job_id))
    if not execution_steps:
        return Response(dumps(attributes), media_type=_JSON)
    return StreamingResponse(job_document(parts.steps, job_id, attributes), media_type=_JSON)


@router.get("/{job_id}/execution-steps", response_model=StepPageView)
def get_steps(
    job_id: str,
    parts: Parts,
    caller: Viewer,
    start: Annotated[int, Query(ge=0, le=10_000_000, description="The place of the first step, from 0.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000, description="The most steps to answer with.")] = 50,
) -> Response:
    """Some of a job's execution steps, by place; the cost does not depend on the size of the record."""
    _job(parts, caller.tenant, job_id)
    try:
        page = parts.steps.page(job_id, start, limit)
    except StepsMissing as error:
        log_missing_steps(error, job_id)
        return Response(dumps({"steps": [], "start": start, "count": 0, "next_start": None}), media_type=_JSON)
    body = {
        "steps": list(page.steps),
        "start": page.start,
        "count": page.count,
        "next_start": page.next_start,
    }
    return Response(dumps(body), media_type=_JSON)


@router.get("/{job_id}/artifacts/{artifact_id}", response_class=Response)
def get_artifact(job_id: str, artifact_id: str, parts: Parts, caller: Viewer) -> Response:
    """An artifact's content under its own type. HTML comes sandboxed: no script, no request to elsewhere."""
    job = _job(parts, caller.tenant, job_id)
    return artifact_answer(parts.artifacts.get(job.id, artifact_id))


def _job(parts: ApiParts, tenant: str, job_id: str) -> Job:
    if len(job_id.encode()) > _LONGEST_ID_BYTES:
        raise JobNotFound("There is no such job; its id is longer than any.", bytes=len(job_id.encode()))
    return parts.jobs.get(tenant=tenant, job_id=job_id)
