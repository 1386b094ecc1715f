"""What the engine needs of the world, as Protocols; adapters implement them, `wiring` joins the two."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from leadmagnet.domain.artifact import Artifact, ArtifactFacts
from leadmagnet.domain.execution_step import ExecutionStep, Usage
from leadmagnet.domain.job import Job
from leadmagnet.domain.job_filter import ALL_JOBS, JobFilter, Stored
from leadmagnet.domain.json_value import JsonValue
from leadmagnet.domain.workflow import Workflow

T = TypeVar("T")


class Clock(Protocol):
    """Tells the time, in UTC."""

    def __call__(self) -> datetime:
        """The time now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFacts:
    """Where a job's execution steps are, and how large; numbers are None where an older system did not say."""

    stored: Stored
    steps_count: int | None
    steps_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """Some jobs, newest first, and the cursor of the rest (None at the end)."""

    jobs: tuple[Job, ...]
    next: str | None
    #: How the jobs' execution steps are stored, by job id.
    records: Mapping[str, RecordFacts] = field(default_factory=dict)


class JobStore(Protocol):
    """A tenant's jobs, without their execution steps. Nothing here reads or writes without naming the tenant."""

    def create(self, job: Job) -> None:
        """Store a new job together with its empty step log."""

    def get(self, *, tenant: str, job_id: str) -> Job:
        """The job; JobNotFound if it does not exist or is another tenant's."""

    def list(self, *, tenant: str, limit: int, cursor: str | None, where: JobFilter = ALL_JOBS) -> JobPage:
        """One page of a tenant's jobs, newest first. It may hold fewer than `limit` although `next` has more."""

    def delete(self, *, tenant: str, job_id: str) -> None:
        """Remove the record; JobNotFound if there is none, IllegalTransition if it is not at rest."""

    def cancel(self, *, tenant: str, job_id: str, at: datetime) -> Job:
        """The job, cancelled if no worker owns it at that time, else with `cancel_requested_at`.

        JobNotFound as above; IllegalTransition if it completed or failed already.
        """


class JobRuns(Protocol):
    """Jobs as the worker that owns one sees them: what it writes takes effect only while its lease holds."""

    def take(self, job_id: str, *, owner: str, now: datetime, until: datetime) -> Job:
        """The job, processing, and `owner`'s until then; or the job as it is if it is at rest.

        JobNotFound if it does not exist; LeaseHeld if another worker owns it.
        """

    def renew(self, job_id: str, *, owner: str, until: datetime) -> bool:
        """Keep the job until then; whether somebody asked for it to be cancelled. LeaseLost if it is not `owner`'s."""

    def save(self, job: Job, *, owner: str, until: datetime) -> bool:
        """Write status, progress, error and deliverable, and renew as above; a job at rest is nobody's from then on."""

    def release(self, job_id: str, *, owner: str) -> None:
        """Give the job back, so that another worker may take it at once; nothing if it is not `owner`'s any more."""


class WorkflowStore(Protocol):
    """Workflows by name and version; versions count up from 1 and never change."""

    def put(self, workflow: Workflow) -> Workflow:
        """Store as the next version and return it with its number; unchanged text keeps its version."""

    def get(self, name: str, *, version: int | None = None) -> Workflow:
        """That version, or the newest; WorkflowNotFound if there is none."""

    def list(self) -> Sequence[Workflow]:
        """The newest version of each, by name."""

    def versions_of(self, name: str) -> Sequence[Workflow]:
        """All versions of one, newest first; WorkflowNotFound if there is none."""


class StepRecord(Protocol):
    """A job's execution steps."""

    def append(self, job_id: str, step: ExecutionStep, *, owner: str | None) -> None:
        """Record `step` for good, once however often it is sent.

        LeaseLost, and nothing is recorded, unless `owner` owns the job at that moment; None is for a job that no
        worker knows of yet.
        """

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

    def copy(self, artifact_id: str, *, from_job: str, to_job: str) -> None:
        """Give another job the same file; ArtifactNotFound if there is none."""


class Crew(Protocol):
    """Does several pieces of work at a time, and has a time of its own that is never set."""

    def start(self, work: Callable[[], T], *, name: str) -> Future[T]:
        """Begin `work` beside the caller."""

    def wait(self, futures: Collection[Future[T]], *, seconds: float) -> None:
        """Return when one of `futures` has ended, or after that many seconds."""

    def time_s(self) -> float:
        """Seconds since some moment."""


class JobFiles(Protocol):
    """Everything that jobs have in S3, as whoever keeps order there sees it."""

    def artifact_ids(self, job_id: str) -> Sequence[str]:
        """The ids of the job's artifacts, in order."""

    def artifact_facts(self, job_id: str, artifact_id: str) -> ArtifactFacts:
        """Type and size of one, without its content; ArtifactNotFound if there is none."""

    def document_link(self, job_id: str, *, size_bytes: int, expires_s: int) -> str | None:
        """An address of the whole document for a while; None if the document is not of that size, thus not whole."""

    def artifact_link(self, job_id: str, artifact_id: str, *, expires_s: int) -> str:
        """An address that saves the artifact as a file, for a while."""

    def export_link(self, job_id: str, blocks: Iterable[bytes], *, name: str, expires_s: int) -> str:
        """Keep the exported job for a while, and give the address that saves it as a file called `name`."""

    def delete_all(self, job_id: str) -> None:
        """Delete every version of everything; FilesLeft if some could not be deleted."""


class JobQueue(Protocol):
    """Hands jobs to workers, at least once."""

    def send(self, job_id: str, *, delay_s: int = 0) -> None:
        """Ask for the job to be run, after `delay_s` seconds (900 at most)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRequest:
    """What a text model is asked. `facts` is the submission, for models that write from it offline."""

    instructions: str
    options: Mapping[str, JsonValue]
    title: str
    facts: Mapping[str, JsonValue]
    #: Seconds that the whole call may take; None: as long as the service is set to wait for any model.
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A web page that an answer rests on."""

    url: str
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAnswer:
    """What a text model wrote (Markdown unless asked otherwise)."""

    text: str
    #: The model that answered, as `vendor:name`.
    model: str
    usage: Usage
    #: The pages that it cites, each once, if it searched the web.
    sources: tuple[Source, ...] = ()


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
    #: As for texts.
    timeout_s: float | None = None


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
