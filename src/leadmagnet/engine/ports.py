"""What the engine needs of the world, as Protocols; adapters implement them, `wiring.py` joins the two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from leadmagnet.domain.artifact import Artifact
from leadmagnet.domain.execution_step import ExecutionStep, Usage
from leadmagnet.domain.job import Job, JobStatus
from leadmagnet.domain.json_value import JsonValue
from leadmagnet.domain.workflow import Workflow


class Clock(Protocol):
    """Tells the time, in UTC."""

    def __call__(self) -> datetime:
        """The time now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """Some jobs, newest first, and the cursor of the rest (None at the end)."""

    jobs: tuple[Job, ...]
    next: str | None


class JobStore(Protocol):
    """Jobs without their execution steps."""

    def create(self, job: Job) -> None:
        """Store a new job together with its empty step log."""

    def get(self, *, tenant: str, job_id: str) -> Job:
        """The job; JobNotFound if it does not exist or is another tenant's."""

    def load(self, job_id: str) -> Job:
        """The job that a queue message names, whoever owns it; JobNotFound if it does not exist."""

    def save(self, job: Job, *, expected: JobStatus) -> None:
        """Write status, progress, error and deliverable; IllegalTransition if the stored status differs."""

    def list(self, *, tenant: str, limit: int, cursor: str | None) -> JobPage:
        """One page of a tenant's jobs, newest first."""


class WorkflowStore(Protocol):
    """Workflows by name and version; versions count up from 1 and never change."""

    def put(self, workflow: Workflow) -> Workflow:
        """Store as the next version and return it with its number; unchanged text keeps its version."""

    def get(self, name: str, *, version: int | None = None) -> Workflow:
        """That version, or the newest; WorkflowNotFound if there is none."""

    def list(self) -> Sequence[Workflow]:
        """The newest version of each, by name."""


class StepRecord(Protocol):
    """A job's execution steps."""

    def append(self, job_id: str, step: ExecutionStep) -> ExecutionStep:
        """Record `step` for good; if an equal attempt is recorded already, the recorded one is returned."""

    def read(self, job_id: str) -> Sequence[ExecutionStep]:
        """All recorded steps, in the order in which they were recorded."""

    def seal(self, job_id: str) -> None:
        """The job is at rest: make the stored record whole for readers outside."""


class ArtifactStore(Protocol):
    """The files of jobs."""

    def put(self, job_id: str, artifact: Artifact) -> None:
        """Store the file; the same id again replaces it."""

    def get(self, job_id: str, artifact_id: str) -> Artifact:
        """The file; ArtifactNotFound if there is none."""


class JobQueue(Protocol):
    """Hands jobs to workers, at least once."""

    def send(self, job_id: str) -> None:
        """Ask for the job to be run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRequest:
    """What a text model is asked. `facts` is the submission, for models that write from it offline."""

    instructions: str
    options: Mapping[str, JsonValue]
    title: str
    facts: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAnswer:
    """What a text model wrote (Markdown unless asked otherwise)."""

    text: str
    #: The model that answered, as `vendor:name`.
    model: str
    usage: Usage


class TextModel(Protocol):
    """Writes text."""

    def write(self, request: TextRequest) -> TextAnswer:
        """The answer; ModelFailed if the model gave none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """What an image model is asked: a description and the size in pixels."""

    prompt: str
    width: int
    height: int
    options: Mapping[str, JsonValue]
    title: str
    facts: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageAnswer:
    """A picture: encoded bytes, their type, and the true size in pixels."""

    content: bytes
    content_type: str
    width: int
    height: int
    model: str
    usage: Usage


class ImageModel(Protocol):
    """Draws pictures."""

    def draw(self, request: ImageRequest) -> ImageAnswer:
        """The picture; ModelFailed if the model gave none."""


class Models(Protocol):
    """Finds models by the name that a step gives (None: the configured default)."""

    def text(self, name: str | None) -> TextModel:
        """A text model; ModelNotConfigured if its vendor has no credentials here."""

    def image(self, name: str | None) -> ImageModel:
        """An image model; ModelNotConfigured if its vendor has no credentials here."""


class WebhookSender(Protocol):
    """Posts JSON to an address outside."""

    def post(self, url: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> int:
        """The HTTP status of the answer, 200 to 299; WebhookFailed for anything else."""
