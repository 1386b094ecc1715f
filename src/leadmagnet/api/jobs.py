"""`/admin/jobs`: submit a job, look at jobs and their artifacts, delete one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response, status

from leadmagnet.api.artifact_answer import artifact_answer
from leadmagnet.api.auth import Operator, Viewer
from leadmagnet.api.caching import CACHE_HEADERS, etag_of, known_by_mark
from leadmagnet.api.file_content import FILE
from leadmagnet.api.head import is_head
from leadmagnet.api.job_access import job_of_caller, record_of_caller
from leadmagnet.api.job_document import COLLECT_LIMIT_BYTES, job_document
from leadmagnet.api.job_query import job_filter
from leadmagnet.api.json_answer import json_answer, streamed_json
from leadmagnet.api.json_route import JsonRoute
from leadmagnet.api.large_answer import LINK_S, elsewhere
from leadmagnet.api.parts import ApiParts, Parts, Record
from leadmagnet.api.schemas import (
    JobPageView,
    JobView,
    StoredJobView,
    SubmitJob,
    job_attributes,
    storage_attributes,
)
from leadmagnet.api.short_answer import short_job
from leadmagnet.domain.artifact import Artifact, ArtifactFacts
from leadmagnet.domain.job import Job
from leadmagnet.domain.job_filter import JobFilter
from leadmagnet.engine.delete_job import delete_job
from leadmagnet.engine.job_search import with_titles
from leadmagnet.engine.submit import submit_job
from leadmagnet.engine.submit_once import submit_once
from leadmagnet.steplog.jsontext import dumps

router = APIRouter(prefix="/admin/jobs", tags=["jobs"], route_class=JsonRoute)

_Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,200}$",
        description="Up to 200 visible ASCII characters. The same key with the same body makes one job.",
    ),
]


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    responses={200: {"model": JobView, "description": "The job that this Idempotency-Key made before."}},
)
def create(
    body: SubmitJob, parts: Parts, caller: Operator, response: Response, idempotency_key: _Key = None
) -> JobView:
    """Submit a job: it is stored and queued, and a worker takes it from there."""
    job, is_new = _submitted(body, parts, caller.tenant, idempotency_key)
    response.status_code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
    response.headers["Location"] = f"/admin/jobs/{job.id}"
    return JobView(**job_attributes(job))


def _submitted(body: SubmitJob, parts: ApiParts, tenant: str, key: str | None) -> tuple[Job, bool]:
    if key is not None:
        return submit_once(
            key=key,
            tenant=tenant,
            workflow=body.workflow,
            submission=body.submission,
            jobs=parts.jobs,
            workflows=parts.workflows,
            queue=parts.queue,
            clock=parts.clock,
        )
    job = submit_job(
        tenant=tenant,
        workflow=body.workflow,
        submission=body.submission,
        jobs=parts.jobs,
        workflows=parts.workflows,
        queue=parts.queue,
        clock=parts.clock,
        new_id=parts.new_id,
    )
    return job, True


@router.get("")
def list_jobs(
    parts: Parts,
    caller: Viewer,
    where: Annotated[JobFilter, Depends(job_filter)],
    limit: Annotated[int, Query(ge=1, le=100, description="The most jobs to answer with.")] = 50,
    cursor: Annotated[str | None, Query(max_length=4_000, description="The `next` of the page before.")] = None,
) -> JobPageView:
    """The tenant's jobs, newest first, without their execution steps."""
    where = with_titles(where, parts.workflows)
    return JobPageView.of(parts.jobs.list(tenant=caller.tenant, limit=limit, cursor=cursor or None, where=where))


@router.get("/{job_id}", response_model=StoredJobView, responses={304: {"description": "As the client has it."}})
def get(
    request: Request,
    job_id: str,
    parts: Parts,
    caller: Viewer,
    execution_steps: Annotated[
        bool, Query(description="`false` leaves the steps out: what a progress bar asks for.")
    ] = True,
) -> Response:
    """The job with its execution steps, from wherever they live."""
    job, record = record_of_caller(parts, caller.tenant, job_id)
    summary = record.summary
    attributes = job_attributes(job) | storage_attributes(summary)
    # Steps that were replaced and swept meanwhile are newer than this mark, which costs a request; never older.
    etag = etag_of(attributes, summary.version)
    if answer := known_by_mark(request, etag):
        return answer
    if not execution_steps:
        return json_answer(request, dumps(attributes), {"ETag": etag, **CACHE_HEADERS})
    return _whole(request, parts, job, record, etag)


def _whole(request: Request, parts: ApiParts, job: Job, record: Record, etag: str) -> Response:
    summary = record.summary
    attributes = job_attributes(job) | storage_attributes(summary)
    headers = {"ETag": etag, **CACHE_HEADERS}
    limit = parts.answer_limit_bytes
    # What an older system left says nothing of its size: then only reading tells.
    if limit is None or summary.size_bytes is None or summary.size_bytes + len(dumps(attributes)) < limit:
        collect = COLLECT_LIMIT_BYTES if limit is None else limit
        document = job_document(record, job.id, attributes, collect_bytes=collect)
        if not document.found:
            # What is gone may come back from a backup: this answer is none to keep.
            return streamed_json(request, document.blocks, {**CACHE_HEADERS, "Cache-Control": "no-store"})
        if document.ended and (limit is None or document.read_bytes <= limit):
            return json_answer(request, b"".join(document.blocks), headers)
        if limit is None:
            return streamed_json(request, document.blocks, headers)
    body = short_job(parts, job.id, attributes, record, whole=job.status.at_rest)
    # Its link grows old: not to be kept either.
    return json_answer(request, body, {**CACHE_HEADERS, "Cache-Control": "no-store"})


@router.delete(
    "/{job_id}", status_code=status.HTTP_204_NO_CONTENT, responses={409: {"description": "The job is not at rest."}}
)
def delete(job_id: str, parts: Parts, caller: Operator) -> None:
    """Delete a job at rest for good: its record, its execution steps and its artifacts, in every version."""
    job_of_caller(parts, caller.tenant, job_id)
    delete_job(tenant=caller.tenant, job_id=job_id, jobs=parts.jobs, files=parts.files)


@router.get("/{job_id}/artifacts/{artifact_id}", response_class=Response, responses=FILE)
def get_artifact(
    request: Request,
    job_id: str,
    artifact_id: str,
    parts: Parts,
    caller: Viewer,
    download: Annotated[bool, Query(description="`true` has the browser save it instead of showing it.")] = False,
) -> Response:
    """An artifact's content under its own type. HTML comes sandboxed: no script, no request to elsewhere.

    Where answers have a limit, one that would pass it is a file at the address that a 307 names, for five minutes.
    """
    job = job_of_caller(parts, caller.tenant, job_id)
    found: Artifact | ArtifactFacts
    if is_head(request):
        found = parts.files.artifact_facts(job.id, artifact_id)
    else:
        found = parts.artifacts.get(job.id, artifact_id)
    if parts.answer_limit_bytes is not None and found.size_bytes > parts.answer_limit_bytes:
        return elsewhere(parts.files.artifact_link(job.id, artifact_id, expires_s=LINK_S))
    return artifact_answer(found, download=download)
