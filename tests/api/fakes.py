"""The API's parts in memory: honest stand-ins that keep what they are given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.engine.fakes import FakeJobs

from leadmagnet.domain.artifact import Artifact, ArtifactFacts
from leadmagnet.domain.errors import ArtifactNotFound, Invalid, JobExists, WorkflowNotFound
from leadmagnet.domain.execution_step import ExecutionStep
from leadmagnet.domain.job import Job
from leadmagnet.domain.job_filter import ALL_JOBS, JobFilter
from leadmagnet.domain.workflow import Workflow
from leadmagnet.engine.ports import JobPage
from leadmagnet.steplog import Appended, Page, Summary
from leadmagnet.steplog.errors import NoSuchJob, StepConflict, VersionConflict
from leadmagnet.steplog.jsontext import dumps


@dataclass
class MemoryJobs(FakeJobs):
    """Jobs by id; a cursor is the place in the list."""

    #: The step logs, of which each new job gets an empty one.
    logs: dict[str, list[dict[str, object]]] = field(default_factory=dict)

    @staticmethod
    def _shown(job: Job, where: JobFilter) -> bool:
        times = (where.created_from or job.created_at) <= job.created_at <= (where.created_to or job.created_at)
        named = (where.workflow or job.workflow) == job.workflow
        shown = " ".join((job.workflow, job.id, (job.label or "").casefold()))
        found = (where.text or "") in shown or job.workflow in where.titled
        return times and named and found and (where.status or job.status) is job.status

    def create(self, job: Job) -> None:
        if job.id in self.stored:
            raise JobExists("There is a job with this id already.", job_id=job.id)
        super().create(job)
        self.logs.setdefault(job.id, [])

    @property
    def by_id(self) -> dict[str, Job]:
        return self.stored

    def list(self, *, tenant: str, limit: int, cursor: str | None, where: JobFilter = ALL_JOBS) -> JobPage:
        owned = [job for job in self.by_id.values() if job.tenant == tenant and self._shown(job, where)]
        newest_first = sorted(owned, key=lambda job: job.created_at, reverse=True)
        if not (cursor or "0").isdecimal():
            raise Invalid("This cursor is not one of ours.")
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

    def versions_of(self, name: str) -> Sequence[Workflow]:
        self.get(name)
        return list(reversed(self.versions[name]))


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
    ids: dict[str, dict[str, int]] = field(default_factory=dict)
    replaced: dict[str, int] = field(default_factory=dict)
    sealed: list[str] = field(default_factory=list)
    #: Whether to say how large the records are: an older system did not.
    knows_sizes: bool = True

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
            count=len(log) if self.knows_sizes else None,
            size_bytes=len(dumps(log)) if self.knows_sizes else None,
            stored="offloaded" if offloaded else "inline",
            s3_key=f"jobs/{job_id}/execution_steps.json" if offloaded else None,
            version=len(log) + self.replaced.get(job_id, 0),
        )

    def append(self, job_id: str, step: Mapping[str, Any], *, step_id: str) -> Appended:
        known = self.ids.setdefault(job_id, {})
        log = self._log(job_id)
        if step_id in known and log[known[step_id]] != step:
            raise StepConflict("The step_id is recorded with other content.", job_id=job_id)
        if step_id not in known:
            known[step_id] = len(log)
            log.append(dict(step))
        return Appended(index=known[step_id], version=self.summary(job_id).version, stored="inline")

    def replace(self, job_id: str, steps: Sequence[Mapping[str, Any]], expected_version: int | None = None) -> int:
        version = self.summary(job_id).version
        if expected_version not in (None, version):
            raise VersionConflict(f"The log is at version {version}.", job_id=job_id)
        self.logs[job_id], self.ids[job_id] = [dict(step) for step in steps], {}
        self.replaced[job_id] = version + 1 - len(steps)
        return version + 1

    def seal(self, job_id: str) -> None:
        self.sealed.append(job_id)

    def _log(self, job_id: str) -> list[dict[str, object]]:
        if job_id not in self.logs:
            raise NoSuchJob("The table holds no such job.", job_id=job_id)
        return self.logs[job_id]


@dataclass
class MemorySnapshot:
    """One log of these."""

    steps: MemorySteps
    job_id: str

    @property
    def summary(self) -> Summary:
        return self.steps.summary(self.job_id)

    def stream(self) -> Iterator[bytes]:
        return self.steps.stream(self.job_id)

    def page(self, start: int = 0, limit: int = 50) -> Page:
        return self.steps.page(self.job_id, start, limit)


@dataclass
class MemoryRecords:
    """Jobs together with their logs."""

    jobs: MemoryJobs
    steps: MemorySteps

    def open(self, *, tenant: str, job_id: str) -> tuple[Job, MemorySnapshot]:
        return self.jobs.get(tenant=tenant, job_id=job_id), MemorySnapshot(self.steps, job_id)


@dataclass
class MemoryFiles:
    """What jobs have in S3: the artifacts beside this, and links."""

    artifacts: MemoryArtifacts
    deleted: list[str] = field(default_factory=list)
    whole: bool = True
    exported: bytes = b""

    def artifact_ids(self, job_id: str) -> Sequence[str]:
        return sorted(artifact_id for owner, artifact_id in self.artifacts.kept if owner == job_id)

    def artifact_facts(self, job_id: str, artifact_id: str) -> ArtifactFacts:
        found = self.artifacts.get(job_id, artifact_id)
        return ArtifactFacts(id=found.id, content_type=found.content_type, size_bytes=found.size_bytes)

    def document_link(self, job_id: str, *, size_bytes: int, expires_s: int) -> str | None:
        return f"https://s3.example/{job_id}?bytes={size_bytes}&expires={expires_s}" if self.whole else None

    def artifact_link(self, job_id: str, artifact_id: str, *, expires_s: int) -> str:
        return f"https://s3.example/{job_id}/{artifact_id}?expires={expires_s}"

    def export_link(self, job_id: str, blocks: Iterable[bytes], *, name: str, expires_s: int) -> str:
        self.exported = b"".join(blocks)
        return f"https://s3.example/exports/{job_id}/{name}?expires={expires_s}"

    def delete_all(self, job_id: str) -> None:
        self.deleted.append(job_id)
        for key in [key for key in self.artifacts.kept if key[0] == job_id]:
            del self.artifacts.kept[key]
