"""`/admin/jobs/{job_id}/execution-steps`: execution steps by page, one by one, as files; and writing them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response, status

from leadmagnet.api.auth import Admin, Operator, Viewer
from leadmagnet.api.bodies import AdminsJson, OperatorsJson, json_request, parsed
from leadmagnet.api.caching import CACHE_HEADERS, expected_version, known_by_mark, not_modified, version_etag
from leadmagnet.api.errors import AnswerTooLarge, StepNotFound
from leadmagnet.api.file_content import FILE
from leadmagnet.api.job_access import job_at_rest, record_of_caller
from leadmagnet.api.job_document import log_missing_steps
from leadmagnet.api.json_answer import json_answer
from leadmagnet.api.json_route import parse_json
from leadmagnet.api.parts import ApiParts, Parts
from leadmagnet.api.schemas import AppendedView, ExecutionStepView, RecordView, StepPageView, Steps, StepToAppend
from leadmagnet.api.short_answer import fitting_page, page_json
from leadmagnet.api.step_value import value_answer
from leadmagnet.steplog.errors import StepsMissing
from leadmagnet.steplog.jsontext import dumps

router = APIRouter(prefix="/admin/jobs/{job_id}/execution-steps", tags=["execution steps"])

_MOST_STEPS = 10_000_000
_Index = Annotated[int, Path(ge=0, le=_MOST_STEPS, description="The step's place in the record, from 0.")]
_IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=200,
        description="The ETag of the record that the change is meant for; 412 if it moved on.",
    ),
]


class StepValue(StrEnum):
    """A value of a step that may be large."""

    INPUT = "input"
    OUTPUT = "output"
    ERROR = "error"


@router.get("", response_model=StepPageView)
def get_steps(
    request: Request,
    job_id: str,
    parts: Parts,
    caller: Viewer,
    start: Annotated[int, Query(ge=0, le=_MOST_STEPS, description="The place of the first step, from 0.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000, description="The most steps to answer with.")] = 50,
) -> Response:
    """Some of a job's execution steps, by place; the cost does not depend on the size of the record."""
    _, record = record_of_caller(parts, caller.tenant, job_id)
    etag = version_etag(record.summary.version)
    if answer := known_by_mark(request, etag):
        return answer
    try:
        page = fitting_page(record, start=start, limit=limit, room_bytes=parts.answer_limit_bytes)
    except StepsMissing as error:
        log_missing_steps(error, job_id)
        return json_answer(request, dumps({"steps": [], "start": start, "count": 0, "next_start": None}))
    return json_answer(request, page_json(page), {"ETag": etag, **CACHE_HEADERS})


@router.get("/{index}", response_model=ExecutionStepView)
def get_step(request: Request, job_id: str, index: _Index, parts: Parts, caller: Viewer) -> Response:
    """One execution step, by its place."""
    _, record = record_of_caller(parts, caller.tenant, job_id)
    etag = version_etag(record.summary.version)
    # The mark is the whole record's; only its count, or a look, tells whether this step is there.
    is_there = index < (record.summary.count or 0)
    if answer := known_by_mark(request, etag) if is_there else not_modified(request, etag):
        return answer
    page = fitting_page(record, start=index, limit=1, room_bytes=parts.answer_limit_bytes)
    if not page.steps:
        raise _no_step(index, page.count)
    return json_answer(request, page.steps[0], {"ETag": etag, **CACHE_HEADERS})


@router.get("/{index}/{value}", response_class=Response, responses=FILE)
def get_step_value(job_id: str, index: _Index, value: StepValue, parts: Parts, caller: Viewer) -> Response:
    """One value of an execution step as a file: HTML, Markdown or text as the step wrote it, else JSON."""
    _, record = record_of_caller(parts, caller.tenant, job_id)
    page = record.page(index, 1)
    if not page.steps:
        raise _no_step(index, page.count)
    [step] = page.steps
    if step.get(value) is None:
        raise StepNotFound(f"The execution step {index} has no {value}.", job_id=job_id)
    answer = value_answer(step, value, index=index)
    if parts.answer_limit_bytes is not None and len(answer.body) > parts.answer_limit_bytes:
        raise AnswerTooLarge(
            f"The {value} is {len(answer.body):,} bytes, and an answer here holds {parts.answer_limit_bytes:,}; "
            "get the whole document by the execution_steps_url of the job.",
        )
    return answer


@router.put(
    "",
    openapi_extra=json_request(Steps),
    responses={409: {"description": "The job is not at rest."}, 412: {"description": "The record moved on."}},
)
def replace_steps(
    job_id: str,
    parts: Parts,
    caller: Admin,
    body: AdminsJson,
    response: Response,
    if_match: _IfMatch = None,
) -> RecordView:
    """Put other execution steps in place of all of a job at rest."""
    job_at_rest(parts, caller.tenant, job_id)
    steps = parsed(body, Steps).execution_steps
    version = parts.steps.replace(job_id, steps, expected_version(if_match))
    response.headers["ETag"] = version_etag(version)
    return _record(parts, job_id)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    openapi_extra=json_request(StepToAppend),
    responses={409: {"description": "The job is not at rest, or the step_id is recorded with other content."}},
)
def append_step(job_id: str, parts: Parts, caller: Operator, body: OperatorsJson, response: Response) -> AppendedView:
    """Add an execution step to a job at rest. The same step again changes nothing and is answered alike."""
    job_at_rest(parts, caller.tenant, job_id)
    named = parsed(body, StepToAppend)
    step: dict[str, Any] = parse_json(body)
    # As the worker names its own, so that neither can record the other's step a second time.
    appended = parts.steps.append(job_id, step, step_id=f"{named.step_id}#{named.attempt}")
    # A record at rest is whole for whoever reads the document in S3.
    parts.steps.seal(job_id)
    response.headers["ETag"] = version_etag(parts.steps.summary(job_id).version)
    response.headers["Location"] = f"/admin/jobs/{job_id}/execution-steps/{appended.index}"
    return AppendedView(index=appended.index)


def _record(parts: ApiParts, job_id: str) -> RecordView:
    summary = parts.steps.summary(job_id)
    return RecordView(stored=summary.stored, steps_count=summary.count, steps_bytes=summary.size_bytes)


def _no_step(index: int, count: int) -> StepNotFound:
    return StepNotFound(f"The job has {count} execution steps, counted from 0; there is no {index}.")
