"""The API's parts in memory: honest stand-ins that keep what they are given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from tests.engine.fakes import FakeJobs

from leadmagnet.domain.artifact import Artifact
from leadmagnet.domain.errors import ArtifactNotFound, WorkflowNotFound
from leadmagnet.domain.execution_step import ExecutionStep
from leadmagnet.domain.job import Job
from leadmagnet.domain.workflow import Workflow
from leadmagnet.engine.ports import JobPage
from leadmagnet.steplog import Page, Summary
from leadmagnet.steplog.errors import NoSuchJob
from leadmagnet.steplog.jsontext import dumps


@dataclass
class MemoryJobs(FakeJobs):
    """Jobs by id; a cursor is the place in the list."""

    @property
    def by_id(self) -> dict[str, Job]:
        return self.stored

    def list(self, *, tenant: str, limit: int, cursor: str | None) -> JobPage:
        owned = [job for job in self.by_id.values() if job.tenant == tenant]
        newest_first = sorted(owned, key=lambda job: job.created_at, reverse=True)
        start = int(cursor or 0)
        end = start + limit
        return JobPage(jobs=tuple(newest_first[start:end]), next=str(end) if end < len(owned) else None)


@dataclass
class MemoryWorkflows:
    """Every version of each workflow, by name."""

    versions: dict[str, list[Workflow]] = field(default_factory=dict)

    def put(self, workflow: Workflow) -> Workflow:
        known = self.versions.setdefault(workflow.name, [])
        if not known or known[-1].source != workflow.source:
            known.append(replace(workflow, version=len(known) + 1))
        return known[-1]

    def get(self, name: str, *, version: int | None = None) -> Workflow:
        known = self.versions.get(name, [])
        if not known or (version is not None and version > len(known)):
            raise WorkflowNotFound(f'There is no workflow "{name}".', name=name)
        return known[-1 if version is None else version - 1]

    def list(self) -> Sequence[Workflow]:
        return [known[-1] for _, known in sorted(self.versions.items())]


@dataclass
class MemoryArtifacts:
    """Artifacts by job and id."""

    kept: dict[tuple[str, str], Artifact] = field(default_factory=dict)

    def put(self, job_id: str, artifact: Artifact) -> None:
        self.kept[job_id, artifact.id] = artifact

    def get(self, job_id: str, artifact_id: str) -> Artifact:
        try:
            return self.kept[job_id, artifact_id]
        except KeyError:
            raise ArtifactNotFound("The job has no such artifact.", artifact_id=artifact_id) from None

    def copy(self, artifact_id: str, *, from_job: str, to_job: str) -> None:
        self.put(to_job, self.get(from_job, artifact_id))


@dataclass
class MemoryRecord:
    """The execution steps in the same logs, as the engine sees them."""

    logs: dict[str, list[dict[str, object]]]

    def append(self, job_id: str, step: ExecutionStep, *, owner: str | None) -> None:
        del owner
        self.logs.setdefault(job_id, []).append(dict(step.to_record()))

    def read(self, job_id: str) -> Sequence[ExecutionStep]:
        return [ExecutionStep.from_record(record) for record in self.logs.get(job_id, [])]

    def seal(self, job_id: str) -> None:
        self.logs.setdefault(job_id, [])


@dataclass
class MemorySteps:
    """Step logs by job; `before_chunk` may raise to play a loss, given the number of the chunk."""

    logs: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    offloaded: set[str] = field(default_factory=set)
    before_chunk: Callable[[int], None] = lambda _: None
    chunk_bytes: int = 65_536

    def stream(self, job_id: str) -> Iterator[bytes]:
        text = dumps(self._log(job_id))
        for number, start in enumerate(range(0, len(text), self.chunk_bytes)):
            self.before_chunk(number)
            yield text[start : start + self.chunk_bytes]

    def page(self, job_id: str, start: int = 0, limit: int = 50) -> Page:
        self.before_chunk(0)
        log = self._log(job_id)
        end = start + limit
        return Page(steps=log[start:end], start=start, count=len(log), next_start=end if end < len(log) else None)

    def summary(self, job_id: str) -> Summary:
        log = self._log(job_id)
        offloaded = job_id in self.offloaded
        return Summary(
            count=len(log),
            size_bytes=len(dumps(log)),
            stored="offloaded" if offloaded else "inline",
            s3_key=f"jobs/{job_id}/execution_steps.json" if offloaded else None,
            version=len(log),
        )

    def _log(self, job_id: str) -> list[dict[str, object]]:
        if job_id not in self.logs:
            raise NoSuchJob("The table holds no such job.", job_id=job_id)
        return self.logs[job_id]
