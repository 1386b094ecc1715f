"""The file that an exported job is, and the job that it makes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from leadmagnet.api.schemas import OneLine
from leadmagnet.domain.artifact import Artifact
from leadmagnet.domain.errors import Invalid, Problem
from leadmagnet.domain.job import Job, JobError, JobStatus
from leadmagnet.engine.job_label import LONGEST_CHARS

#: Counts up when what is exported could no longer be imported by an older version.
FORMAT = 1

_Whole = Annotated[int, Field(ge=0, le=2**53)]
_Line = Annotated[OneLine, Field(max_length=200)]


class _Error(BaseModel):
    step_id: _Line | None = None
    code: _Line
    message: str = Field(max_length=20_000)

    def to_domain(self) -> JobError:
        return JobError(step_id=self.step_id, code=self.code, message=self.message)


class _Deliverable(BaseModel):
    artifact_id: _Line


class _ExportedAttributes(BaseModel):
    """The attributes of the job that was exported; what it was linked to stays behind."""

    job_id: _Line = ""
    workflow: Annotated[OneLine, Field(min_length=1, max_length=200)]
    workflow_version: Annotated[int, Field(ge=0, le=2**31)]
    label: Annotated[OneLine, Field(max_length=LONGEST_CHARS)] | None = None
    submission: dict[str, Any]
    status: Literal["completed", "failed", "cancelled"]
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    steps_total: _Whole = 0
    steps_done: _Whole = 0
    tokens: _Whole = 0
    cost_usd: float = Field(default=0.0, ge=0, le=1e12, allow_inf_nan=False)
    deliverable: _Deliverable | None = None
    error: _Error | None = None


class _ExportedArtifact(BaseModel):
    id: _Line
    content_type: str = Field(max_length=200, pattern=r"^[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+(; ?[a-z]+=[A-Za-z0-9._-]+)?$")
    content_base64: str


class ExportedJob(BaseModel):
    """A job, its execution steps and its artifacts."""

    model_config = ConfigDict(extra="forbid")

    format: Literal[1]
    job: _ExportedAttributes
    execution_steps: list[dict[str, Any]] = Field(max_length=1_000_000)
    artifacts: list[_ExportedArtifact] = Field(max_length=10_000)

    def decoded_artifacts(self) -> Iterator[Artifact]:
        """The artifacts, one decoded at a time; `imported_job` has found out that they can be."""
        for each in self.artifacts:
            yield Artifact(id=each.id, content_type=each.content_type, content=base64.b64decode(each.content_base64))


def imported_job(exported: ExportedJob, *, job_id: str, tenant: str) -> Job:
    """The new job; Invalid names what of the file does not fit together."""
    _check_artifacts(exported)
    was = exported.job
    return Job(
        id=job_id,
        tenant=tenant,
        workflow=was.workflow,
        workflow_version=was.workflow_version,
        submission=was.submission,
        label=was.label or None,
        created_at=_moment("job.created_at", was.created_at),
        status=JobStatus(was.status),
        started_at=was.started_at and _moment("job.started_at", was.started_at),
        finished_at=was.finished_at and _moment("job.finished_at", was.finished_at),
        steps_total=was.steps_total,
        steps_done=was.steps_done,
        tokens=was.tokens,
        cost_usd=was.cost_usd,
        deliverable=None if was.deliverable is None else was.deliverable.artifact_id,
        error=None if was.error is None else was.error.to_domain(),
    )


def _check_artifacts(exported: ExportedJob) -> None:
    problems = [*_unreadable(exported)]
    ids = [each.id for each in exported.artifacts]
    if len(set(ids)) != len(ids):
        problems.append(Problem(field="artifacts", message="has an id twice"))
    if exported.job.deliverable and exported.job.deliverable.artifact_id not in ids:
        problems.append(Problem(field="job.deliverable.artifact_id", message="is not among the artifacts"))
    if problems:
        raise Invalid("The file is not an exported job:", problems=problems)


def _unreadable(exported: ExportedJob) -> Iterator[Problem]:
    for place, each in enumerate(exported.artifacts):
        if each.id in (".", "..") or "/" in each.id or "\\" in each.id or ".." in each.id:
            yield Problem(field=f"artifacts.{place}.id", message="is not a name that an artifact can have")
        try:
            base64.b64decode(each.content_base64, validate=True)
        except (binascii.Error, ValueError):
            yield Problem(field=f"artifacts.{place}.content_base64", message="is not Base64")


def _moment(field: str, given: datetime) -> datetime:
    try:
        return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)
    except OverflowError as error:
        problem = Problem(field=field, message="is before or after all times that a calendar has")
        raise Invalid("The file is not an exported job:", problems=[problem]) from error
