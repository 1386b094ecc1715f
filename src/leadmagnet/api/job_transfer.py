"""A job as one file: out with everything that it has, and in again as a new job."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from itertools import chain
from typing import Any

from fastapi import APIRouter, Request, Response, status

from leadmagnet.api.auth import Admin, Viewer
from leadmagnet.api.bodies import AdminsJson, json_content, json_request, parsed
from leadmagnet.api.job_access import job_of_caller
from leadmagnet.api.job_document import COLLECT_LIMIT_BYTES, up_to
from leadmagnet.api.json_answer import streamed_json
from leadmagnet.api.large_answer import LINK_S, elsewhere
from leadmagnet.api.parts import ApiParts, Parts
from leadmagnet.api.schemas import JobView, job_attributes
from leadmagnet.api.transfer_file import FORMAT, ExportedJob, imported_job
from leadmagnet.engine.artifact_url import artifact_url
from leadmagnet.steplog.jsontext import dumps

router = APIRouter(prefix="/admin/jobs", tags=["jobs"])


@router.get(
    "/{job_id}/export",
    response_class=Response,
    responses={200: {"content": json_content(ExportedJob)}},
)
def export_job(request: Request, job_id: str, parts: Parts, caller: Viewer) -> Response:
    """The job, its execution steps and its artifacts as one JSON file, which `import` takes.

    Where answers have a limit, one that would pass it is at the address that a 307 names, for five minutes.
    """
    job = job_of_caller(parts, caller.tenant, job_id)
    head = {"format": FORMAT, "job": job_attributes(job)}
    # What can be is fetched now: a record that is gone is refused with a reason, and not a file that ends early.
    blocks = iter(parts.steps.stream(job_id))
    first, _ = up_to(COLLECT_LIMIT_BYTES, blocks)
    text: Iterator[bytes] = chain(
        [dumps(head)[:-1] + b',"execution_steps":'],
        first or [b"[]"],
        blocks,
        [b',"artifacts":['],
        _artifacts(parts, job_id),
        [b"]}"],
    )
    name = _file_name(job_id)
    begun, whole = _begun(text, parts.answer_limit_bytes)
    if not whole:
        return elsewhere(parts.files.export_link(job_id, chain(begun, text), name=name, expires_s=LINK_S))
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return streamed_json(request, chain(begun, text), headers)


def _file_name(job_id: str) -> str:
    name = "".join(sign if sign.isalnum() and sign.isascii() else "-" for sign in job_id)[:60]
    return f"job-{name}.json"


def _begun(text: Iterator[bytes], limit_bytes: int | None) -> tuple[list[bytes], bool]:
    """The first blocks, and whether all that there is fits into one answer; nothing is read where none has a limit."""
    begun: list[bytes] = []
    room = limit_bytes
    while room is not None:
        block = next(text, None)
        if block is None:
            return begun, True
        begun.append(block)
        room -= len(block)
        if room < 0:
            return begun, False
    return begun, True


def _artifacts(parts: ApiParts, job_id: str) -> Iterator[bytes]:
    """The artifacts as JSON, one in memory at a time."""
    comma = b""
    for artifact_id in parts.files.artifact_ids(job_id):
        artifact = parts.artifacts.get(job_id, artifact_id)
        described = {"id": artifact.id, "content_type": artifact.content_type}
        yield comma + dumps(described)[:-1] + b',"content_base64":"' + base64.b64encode(artifact.content) + b'"}'
        comma = b","


@router.post("/import", status_code=status.HTTP_201_CREATED, openapi_extra=json_request(ExportedJob))
def import_job(parts: Parts, caller: Admin, body: AdminsJson, response: Response) -> JobView:
    """Store an exported job at rest as a new job of the caller's tenant, with an id of its own."""
    exported = parsed(body, ExportedJob)
    job = imported_job(exported, job_id=parts.new_id(), tenant=caller.tenant)
    steps = _moved(exported, to_job=job.id)
    parts.jobs.create(job)
    complete = False
    try:
        for artifact in exported.decoded_artifacts():
            parts.artifacts.put(job.id, artifact)
        parts.steps.replace(job.id, steps)
        complete = True
    finally:
        if not complete:
            # Half a job would look like a whole one.
            parts.files.delete_all(job.id)
            parts.jobs.delete(tenant=caller.tenant, job_id=job.id)
    response.headers["Location"] = f"/admin/jobs/{job.id}"
    return JobView(**job_attributes(job))


def _moved(exported: ExportedJob, *, to_job: str) -> list[dict[str, Any]]:
    """The steps, with the addresses of the old job's artifacts made those of the new one's."""
    if not exported.job.job_id:
        return exported.execution_steps
    old, new = artifact_url(exported.job.job_id, ""), artifact_url(to_job, "")
    return [_replaced(step, old, new) for step in exported.execution_steps]


def _replaced(value: Any, old: str, new: str) -> Any:  # noqa: ANN401 (any JSON)
    if isinstance(value, str):
        return value.replace(old, new)
    if isinstance(value, dict):
        return {name: _replaced(inner, old, new) for name, inner in value.items()}
    if isinstance(value, list):
        return [_replaced(inner, old, new) for inner in value]
    return value
