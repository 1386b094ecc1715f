"""Ports in memory. Like the real ones they keep copies, through JSON where JSON is what is stored."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from leadmagnet.domain.artifact import Artifact
from leadmagnet.domain.errors import ArtifactNotFound, IllegalTransition, JobNotFound, WorkflowNotFound
from leadmagnet.domain.execution_step import ExecutionStep, Usage
from leadmagnet.domain.job import Job, JobStatus
from leadmagnet.domain.workflow import Workflow
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


@dataclass
class FakeJobs:
    faults: Faults = field(default_factory=Faults)
    stored: dict[str, Job] = field(default_factory=dict)
    saves: list[Job] = field(default_factory=list)

    def create(self, job: Job) -> None:
        self.faults.before()
        self.stored[job.id] = job
        self.faults.after()

    def get(self, *, tenant: str, job_id: str) -> Job:
        job = self.load(job_id)
        if job.tenant != tenant:
            raise JobNotFound("There is no such job.", job_id=job_id)
        return job

    def load(self, job_id: str) -> Job:
        self.faults.before()
        if job_id not in self.stored:
            raise JobNotFound("There is no such job.", job_id=job_id)
        return self.stored[job_id]

    def save(self, job: Job, *, expected: JobStatus) -> None:
        self.faults.before()
        have = self.stored[job.id].status
        if have is not expected:
            raise IllegalTransition("The job was moved meanwhile.", job_id=job.id, have=have, want=job.status)
        self.stored[job.id] = job
        self.saves.append(job)
        self.faults.after()

    def list(self, *, tenant: str, limit: int, cursor: str | None) -> JobPage:
        del cursor
        owned = [job for job in self.stored.values() if job.tenant == tenant]
        return JobPage(jobs=tuple(owned[:limit]), next=None)


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


@dataclass
class FakeStepRecord:
    faults: Faults = field(default_factory=Faults)
    #: JSON texts, as a store would hold them.
    logs: dict[str, list[str]] = field(default_factory=dict)
    sealed: dict[str, int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def append(self, job_id: str, step: ExecutionStep) -> ExecutionStep:
        self.faults.before()
        with self._lock:
            for recorded in self.read_quietly(job_id):
                if recorded.step_id == step.step_id:
                    return recorded
            text = json.dumps(step.to_record(), allow_nan=False)
            self.logs.setdefault(job_id, []).append(text)
        self.faults.after()
        return ExecutionStep.from_record(json.loads(text))

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


@dataclass
class FakeQueue:
    sent: list[str] = field(default_factory=list)

    def send(self, job_id: str) -> None:
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
    models: FakeModels = field(default_factory=FakeModels)
    webhooks: FakeWebhooks = field(default_factory=FakeWebhooks)
    clock: SteadyClock = field(default_factory=SteadyClock)

    def parts(self, *, max_parallel_steps: int = 4) -> EngineParts:
        return EngineParts(
            jobs=self.jobs,
            workflows=self.workflows,
            steps=self.steps,
            artifacts=self.artifacts,
            models=self.models,
            webhooks=self.webhooks,
            clock=self.clock,
            max_parallel_steps=max_parallel_steps,
        )

    def inject(self, faults: Faults) -> None:
        """From now on `faults` decides when the process dies."""
        self.jobs.faults = self.steps.faults = faults

    def recorded(self, job_id: str) -> dict[str, ExecutionStep]:
        """The job's records by step; fails if a step is there twice."""
        records = self.steps.read_quietly(job_id)
        by_name = {record.step_id: record for record in records}
        assert len(by_name) == len(records)
        return by_name
