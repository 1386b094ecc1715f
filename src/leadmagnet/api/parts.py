"""What the API is made of, and how an endpoint gets at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends, Request

from leadmagnet.domain.access import TokenVerifier
from leadmagnet.domain.workflow import Workflow
from leadmagnet.engine.operator_parts import OperatorParts
from leadmagnet.engine.ports import ArtifactStore, Clock, JobQueue, JobStore, WorkflowStore
from leadmagnet.steplog import Page, Summary


class StepReader(Protocol):
    """The reading side of the step log."""

    def stream(self, job_id: str) -> Iterator[bytes]:
        """All steps as the bytes of one JSON array, wherever they live."""

    def page(self, job_id: str, start: int = 0, limit: int = 50) -> Page:
        """Some steps, by place."""

    def summary(self, job_id: str) -> Summary:
        """Count, bytes and place of the record, from the job's item alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiParts:
    """Everything that the endpoints work with."""

    jobs: JobStore
    workflows: WorkflowStore
    queue: JobQueue
    artifacts: ArtifactStore
    steps: StepReader
    operator: OperatorParts
    tokens: TokenVerifier
    clock: Clock
    #: Makes a new unique id (jobs, requests).
    new_id: Callable[[], str]
    #: Reads a workflow's YAML text; InvalidWorkflow names each mistake.
    parse_workflow: Callable[[str], Workflow]


def parts_of(request: Request) -> ApiParts:
    """The parts that the app was created with."""
    parts: ApiParts = request.app.state.parts
    return parts


#: Declares an endpoint's need of the parts.
Parts = Annotated[ApiParts, Depends(parts_of)]
