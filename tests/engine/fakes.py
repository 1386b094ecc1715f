"""Ports in memory. Like the real ones they keep copies, through JSON where JSON is what is stored."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from leadmagnet.domain.artifact import Artifact
from leadmagnet.domain.errors import ArtifactNotFound, JobNotFound, LeaseHeld, LeaseLost, WorkflowNotFound
from leadmagnet.domain.execution_step import ExecutionStep, StepStatus, Usage
from leadmagnet.domain.job import Job, JobStatus
from leadmagnet.domain.job_filter import ALL_JOBS, JobFilter
from leadmagnet.domain.workflow import Workflow
from leadmagnet.engine.crew import Threads
from leadmagnet.engine.dead_letters import DeadMessage
from leadmagnet.engine.operator_parts import OperatorParts
from leadmagnet.engine.parts import EngineParts
from leadmagnet.engine.ports import (
    ImageAnswer,
    ImageModel,
    ImageRequest,
    JobPage,
    TextAnswer,
    TextModel,
    TextRequest,
)

START = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n-not-a-real-picture"


class Crash(BaseException):
    """The process is gone: nothing may catch this."""


class Faults:
    """Counts the calls to all stores and kills the process at the one that is told, before or after its effect."""

    def __init__(self, crash_at: int | None = None, *, after: bool = False) -> None:
        self.calls = 0
        self._crash_at = crash_at
        self._after = after
        self._dead = False

    def before(self) -> None:
        self.calls += 1
        if self._dead or (self.calls == self._crash_at and not self._after):
            self._dead = True
            raise Crash

    def after(self) -> None:
        if self.calls == self._crash_at and self._after:
            self._dead = True
            raise Crash


class SteadyClock:
    """A clock that goes on by one second whenever it is asked."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._now = START

    def __call__(self) -> datetime:
        with self._lock:
            self._now += timedelta(seconds=1)
            return self._now

    @property
    def now(self) -> datetime:
        return self._now

    def jump(self, seconds: float) -> None:
        with self._lock:
            self._now += timedelta(seconds=seconds)


@dataclass
class FakeJobs:
    """A JobStore and the JobRuns of the same jobs."""

    faults: Faults = field(default_factory=Faults)
    stored: dict[str, Job] = field(default_factory=dict)
    #: Owner and end of the lease of each job that somebody runs.
    leases: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    saves: list[Job] = field(default_factory=list)
    renewals: int = 0

    def create(self, job: Job) -> None:
        self.faults.before()
        self.stored[job.id] = job
        self.faults.after()

    def get(self, *, tenant: str, job_id: str) -> Job:
        job = self._found(job_id)
        if job.tenant != tenant:
            raise JobNotFound("There is no such job.", job_id=job_id)
        return job

    def list(self, *, tenant: str, limit: int, cursor: str | None, where: JobFilter = ALL_JOBS) -> JobPage:
        del cursor, where
        owned = [job for job in self.stored.values() if job.tenant == tenant]
        return JobPage(jobs=tuple(owned[:limit]), next=None)

    def delete(self, *, tenant: str, job_id: str) -> None:
        del self.stored[self.get(tenant=tenant, job_id=job_id).id]

    def between(self, *, tenant: str, start: datetime, end: datetime) -> Iterator[Job]:
        owned = (job for job in self.stored.values() if job.tenant == tenant)
        yield from (job for job in owned if start <= job.created_at <= end)

    def cancel(self, *, tenant: str, job_id: str, at: datetime) -> Job:
        job = self.get(tenant=tenant, job_id=job_id)
        if job.status is JobStatus.CANCELLED:
            return job
        job.cancel(at=at)
        lease = self.leases.get(job_id)
        owned = lease is not None and lease[1] >= at
        if not owned:
            self.leases.pop(job_id, None)
        self.stored[job_id] = replace(job, cancel_requested_at=at) if owned else job.cancel(at=at)
        return self.stored[job_id]

    def take(self, job_id: str, *, owner: str, now: datetime, until: datetime) -> Job:
        self.faults.before()
        job = self._found(job_id)
        if not job.status.at_rest:
            lease = self.leases.get(job_id)
            if lease is not None and lease[0] != owner and lease[1] >= now:
                raise LeaseHeld("Another worker runs this job.", until=lease[1], job_id=job_id)
            if lease is None or lease[0] != owner:
                job = self.stored[job_id] = job.start(at=now)
            self.leases[job_id] = (owner, until)
        self.faults.after()
        return job

    def renew(self, job_id: str, *, owner: str, until: datetime) -> bool:
        self.faults.before()
        self.renewals += 1
        self._require(job_id, owner)
        self.leases[job_id] = (owner, until)
        self.faults.after()
        return self.stored[job_id].cancel_requested_at is not None

    def save(self, job: Job, *, owner: str, until: datetime) -> bool:
        self.faults.before()
        self._require(job.id, owner)
        requested = self.stored[job.id].cancel_requested_at
        self.stored[job.id] = replace(job, cancel_requested_at=requested)
        self.saves.append(job)
        if job.status.at_rest:
            del self.leases[job.id]
        else:
            self.leases[job.id] = (owner, until)
        self.faults.after()
        return requested is not None

    def release(self, job_id: str, *, owner: str) -> None:
        self.faults.before()
        if self.leases.get(job_id, ("",))[0] == owner:
            del self.leases[job_id]
        self.faults.after()

    def owns(self, job_id: str, owner: str | None) -> bool:
        return owner is None or self.leases.get(job_id, ("",))[0] == owner

    def _require(self, job_id: str, owner: str) -> None:
        if not self.owns(job_id, owner):
            raise LeaseLost("The job is another worker's.", job_id=job_id)

    def _found(self, job_id: str) -> Job:
        if job_id not in self.stored:
            raise JobNotFound("There is no such job.", job_id=job_id)
        return self.stored[job_id]


@dataclass
class FakeWorkflows:
    versions: dict[str, list[Workflow]] = field(default_factory=dict)

    def put(self, workflow: Workflow) -> Workflow:
        known = self.versions.setdefault(workflow.name, [])
        if not known or known[-1].source != workflow.source:
            known.append(replace(workflow, version=len(known) + 1))
        return known[-1]

    def get(self, name: str, *, version: int | None = None) -> Workflow:
        known = self.versions.get(name, [])
        if not known or (version or 1) > len(known):
            raise WorkflowNotFound(f'There is no workflow "{name}"; put it first.', name=name)
        return known[(version or len(known)) - 1]

    def list(self) -> Sequence[Workflow]:
        return [known[-1] for known in self.versions.values()]

    def versions_of(self, name: str) -> Sequence[Workflow]:
        return list(reversed(self.versions.get(name, [])))


@dataclass
class FakeStepRecord:
    faults: Faults = field(default_factory=Faults)
    #: JSON texts, as a store would hold them.
    logs: dict[str, list[str]] = field(default_factory=dict)
    sealed: dict[str, int] = field(default_factory=dict)
    owns: Callable[[str, str | None], bool] = lambda _job_id, _owner: True
    _lock: Lock = field(default_factory=Lock)

    def append(self, job_id: str, step: ExecutionStep, *, owner: str | None) -> None:
        self.faults.before()
        with self._lock:
            text = json.dumps(step.to_record(), allow_nan=False)
            if text not in self.logs.get(job_id, []):
                if not self.owns(job_id, owner):
                    raise LeaseLost("The job is another worker's.", job_id=job_id)
                self.logs.setdefault(job_id, []).append(text)
        self.faults.after()

    def read(self, job_id: str) -> Sequence[ExecutionStep]:
        self.faults.before()
        return self.read_quietly(job_id)

    def seal(self, job_id: str) -> None:
        self.faults.before()
        self.sealed[job_id] = len(self.logs.get(job_id, []))
        self.faults.after()

    def read_quietly(self, job_id: str) -> list[ExecutionStep]:
        return [ExecutionStep.from_record(json.loads(text)) for text in self.logs.get(job_id, [])]


@dataclass
class FakeArtifacts:
    files: dict[tuple[str, str], Artifact] = field(default_factory=dict)

    def put(self, job_id: str, artifact: Artifact) -> None:
        self.files[job_id, artifact.id] = artifact

    def get(self, job_id: str, artifact_id: str) -> Artifact:
        if (job_id, artifact_id) not in self.files:
            raise ArtifactNotFound("There is no such file.", job_id=job_id, artifact_id=artifact_id)
        return self.files[job_id, artifact_id]

    def copy(self, artifact_id: str, *, from_job: str, to_job: str) -> None:
        self.files[to_job, artifact_id] = self.get(from_job, artifact_id)


@dataclass
class FakeDeadQueue:
    messages: list[DeadMessage] = field(default_factory=list)
    hidden: list[DeadMessage] = field(default_factory=list)

    def add(self, body: str) -> None:
        number = str(len(self.messages) + 1)
        self.messages.append(DeadMessage(id=f"m{number}", body=body, sent_at=START, receipt=f"r{number}"))

    def look(self, *, limit: int) -> Sequence[DeadMessage]:
        found, self.messages = self.messages[:limit], self.messages[limit:]
        self.hidden += found
        return found

    def put_back(self, messages: Sequence[DeadMessage]) -> None:
        self.hidden = [message for message in self.hidden if message not in messages]
        self.messages += messages

    def remove(self, messages: Sequence[DeadMessage]) -> None:
        self.hidden = [message for message in self.hidden if message not in messages]


@dataclass
class FakeQueue:
    sent: list[str] = field(default_factory=list)

    def send(self, job_id: str, *, delay_s: int = 0) -> None:
        del delay_s
        self.sent.append(job_id)


def plain_answer(request: TextRequest) -> str:
    return f"About {request.title}."


@dataclass
class FakeText:
    """A text model whose words `answer` makes; it keeps what it was asked."""

    answer: Callable[[TextRequest], str] = plain_answer
    asked: list[TextRequest] = field(default_factory=list)
    cost_usd: float | None = 0.25

    def write(self, request: TextRequest) -> TextAnswer:
        self.asked.append(request)
        usage = Usage(input_tokens=10, output_tokens=5, cost_usd=self.cost_usd)
        return TextAnswer(text=self.answer(request), model="fake:words", usage=usage)


@dataclass
class FakeImages:
    asked: list[ImageRequest] = field(default_factory=list)
    content_type: str = "image/png"

    def draw(self, request: ImageRequest) -> ImageAnswer:
        self.asked.append(request)
        number = str(request.options["number"]).encode()
        return ImageAnswer(
            content=PNG + number,
            content_type=self.content_type,
            width=request.width,
            height=request.height,
            model="fake:pictures",
            usage=Usage(cost_usd=0.5),
        )


@dataclass
class FakeModels:
    texts: FakeText = field(default_factory=FakeText)
    images: FakeImages = field(default_factory=FakeImages)
    names: list[str | None] = field(default_factory=list)

    def text(self, name: str | None) -> TextModel:
        self.names.append(name)
        return self.texts

    def image(self, name: str | None) -> ImageModel:
        self.names.append(name)
        return self.images


@dataclass
class FakeWebhooks:
    posts: list[tuple[str, Mapping[str, Any], Mapping[str, str]]] = field(default_factory=list)

    def post(self, url: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> int:
        self.posts.append((url, json.loads(json.dumps(body)), dict(headers)))
        return 202


@dataclass
class World:
    """All fakes of one test, and the parts made of them."""

    jobs: FakeJobs = field(default_factory=FakeJobs)
    workflows: FakeWorkflows = field(default_factory=FakeWorkflows)
    steps: FakeStepRecord = field(default_factory=FakeStepRecord)
    artifacts: FakeArtifacts = field(default_factory=FakeArtifacts)
    queue: FakeQueue = field(default_factory=FakeQueue)
    dead: FakeDeadQueue = field(default_factory=FakeDeadQueue)
    models: FakeModels = field(default_factory=FakeModels)
    webhooks: FakeWebhooks = field(default_factory=FakeWebhooks)
    clock: SteadyClock = field(default_factory=SteadyClock)
    owners: int = 0

    def parts(self, *, max_parallel_steps: int = 4, **options: Any) -> EngineParts:  # noqa: ANN401 (of EngineParts)
        self.steps.owns = self.jobs.owns
        usual: dict[str, Any] = {"crew": Threads(), "random": lambda: 0.5, "new_id": self._new_owner}
        return EngineParts(
            runs=self.jobs,
            workflows=self.workflows,
            steps=self.steps,
            artifacts=self.artifacts,
            models=self.models,
            webhooks=self.webhooks,
            clock=self.clock,
            max_parallel_steps=max_parallel_steps,
            **usual | options,
        )

    def operator(self) -> OperatorParts:
        return OperatorParts(
            jobs=self.jobs,
            workflows=self.workflows,
            steps=self.steps,
            artifacts=self.artifacts,
            queue=self.queue,
            dead=self.dead,
            history=self.jobs,
            clock=self.clock,
            new_id=lambda: f"job-{len(self.jobs.stored) + 1}",
        )

    def _new_owner(self) -> str:
        self.owners += 1
        return f"owner-{self.owners}"

    def inject(self, faults: Faults) -> None:
        """From now on `faults` decides when the process dies."""
        self.jobs.faults = self.steps.faults = faults

    def recorded(self, job_id: str) -> dict[str, ExecutionStep]:
        """The job's records by step, the last of each; fails if a step completed twice."""
        records = self.steps.read_quietly(job_id)
        completed = [record.step_id for record in records if record.status is StepStatus.COMPLETED]
        assert len(set(completed)) == len(completed)
        return {record.step_id: record for record in records}
