"""What the API is made of, and how an endpoint gets at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request

from leadmagnet.domain.access import TokenVerifier
from leadmagnet.domain.job import Job
from leadmagnet.domain.workflow import Workflow
from leadmagnet.engine.operator_parts import OperatorParts
from leadmagnet.engine.ports import ArtifactStore, Clock, JobFiles, JobQueue, JobStore, WorkflowStore
from leadmagnet.steplog import Appended, Page, Summary


class Record(Protocol):
    """A job's execution steps, as one look at the job's item showed them."""

    @property
    def summary(self) -> Summary:
        """Count, bytes, place and version of the record."""

    def stream(self) -> Iterator[bytes]:
        """All steps as the bytes of one JSON array, wherever they live."""

    def page(self, start: int = 0, limit: int = 50) -> Page:
        """Some steps, by place."""


class JobRecords(Protocol):
    """Jobs together with their records, by one request each."""

    def open(self, *, tenant: str, job_id: str) -> tuple[Job, Record]:
        """The job and its record; JobNotFound if there is none or it is another tenant's."""


class StepStore(Protocol):
    """The step log."""

    def stream(self, job_id: str) -> Iterator[bytes]:
        """All steps as the bytes of one JSON array, wherever they live."""

    def page(self, job_id: str, start: int = 0, limit: int = 50) -> Page:
        """Some steps, by place."""

    def summary(self, job_id: str) -> Summary:
        """Count, bytes and place of the record, from the job's item alone."""

    def append(self, job_id: str, step: Mapping[str, Any], *, step_id: str) -> Appended:
        """Record a step, once however often it is sent."""

    def replace(self, job_id: str, steps: Sequence[Mapping[str, Any]], expected_version: int | None = None) -> int:
        """Put `steps` in place of the whole log; its new version."""

    def seal(self, job_id: str) -> None:
        """Make the document in S3 whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiParts:
    """Everything that the endpoints work with."""

    jobs: JobStore
    records: JobRecords
    workflows: WorkflowStore
    queue: JobQueue
    artifacts: ArtifactStore
    steps: StepStore
    files: JobFiles
    operator: OperatorParts
    tokens: TokenVerifier
    clock: Clock
    #: Makes a new unique id (jobs, requests).
    new_id: Callable[[], str]
    #: Reads a workflow's YAML text; InvalidWorkflow names each mistake.
    parse_workflow: Callable[[str], Workflow]
    #: `ok` or `failed` for each thing that the service needs.
    readiness: Callable[[], Mapping[str, str]]
    #: The most bytes that an answer may have where the service runs (Lambda: 6 MB for all of it); None: any number.
    answer_limit_bytes: int | None = None


async def parts_of(request: Request) -> ApiParts:
    """The parts that the app was created with; a coroutine because FastAPI gives anything else to a thread."""
    parts: ApiParts = request.app.state.parts
    return parts


#: Declares an endpoint's need of the parts.
Parts = Annotated[ApiParts, Depends(parts_of)]
