"""A job and the moves it may make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from leadmagnet.domain.errors import IllegalTransition
from leadmagnet.domain.json_value import JsonValue

#: The tenant of a laptop, and of jobs that older systems wrote without one.
DEFAULT_TENANT = "default"


class JobStatus(StrEnum):
    """Where a job stands; `product.md` fixes the five words."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def at_rest(self) -> bool:
        """Whether nothing more will happen to the job by itself."""
        return self in (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobError:
    """Why a job failed: which step, the kind of error, and its message."""

    step_id: str | None
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The job that this one runs again."""

    job_id: str
    #: The first step that ran anew, with those after it; None if all did.
    from_step: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One run of one workflow version for one submission.

    The execution steps are not here: they live in the job's step log.
    """

    id: str
    tenant: str
    workflow: str
    workflow_version: int
    submission: Mapping[str, JsonValue]
    created_at: datetime
    status: JobStatus = JobStatus.PENDING
    started_at: datetime | None = None
    finished_at: datetime | None = None
    #: Steps of the workflow, without the submission's own record.
    steps_total: int = 0
    steps_done: int = 0
    tokens: int = 0
    cost_usd: float = 0.0
    #: The artifact that the job exists to make; set when it completes.
    deliverable: str | None = None
    error: JobError | None = None
    #: The attempt by name of each step that a worker began and has not recorded.
    running: Mapping[str, int] = field(default_factory=dict)
    #: When each of these attempts began, as far as the worker said: one of 0.1.0 does not.
    running_since: Mapping[str, datetime] = field(default_factory=dict)
    #: How often a worker took it to run it: once, unless it was delivered twice, outlived a worker, or was handed on.
    executions: int = 0
    #: When somebody asked for it to be cancelled; the worker that owns it does so.
    cancel_requested_at: datetime | None = None
    origin: Origin | None = None
    #: What tells it from others of its workflow: a value of its submission. Jobs from before 0.2.0 have none.
    label: str | None = None
    #: Instructions by step name that take the place of the workflow's.
    instructions: Mapping[str, str] = field(default_factory=dict)

    def start(self, *, at: datetime) -> Job:
        """A pending job begins; one that is processing already keeps its first start (a redelivery)."""
        executions = self.executions + 1
        if self.status is JobStatus.PROCESSING:
            return replace(self, executions=executions)
        self._must_be(JobStatus.PENDING, want=JobStatus.PROCESSING)
        return replace(self, status=JobStatus.PROCESSING, started_at=at, executions=executions)

    def advance(
        self,
        *,
        steps_done: int,
        tokens: int,
        cost_usd: float,
        running: Mapping[str, int],
        running_since: Mapping[str, datetime] | None = None,
    ) -> Job:
        """Progress of a job that is processing: steps finished so far, what they used, and what is under way."""
        self._must_be(JobStatus.PROCESSING, want=JobStatus.PROCESSING)
        progress = replace(self, steps_done=steps_done, tokens=tokens, cost_usd=cost_usd)
        return replace(progress, running=dict(running), running_since=dict(running_since or {}))

    def complete(self, *, at: datetime, deliverable: str | None) -> Job:
        """The job ends well, with the deliverable that it made."""
        self._must_be(JobStatus.PROCESSING, want=JobStatus.COMPLETED)
        return replace(
            self, status=JobStatus.COMPLETED, finished_at=at, deliverable=deliverable, running={}, running_since={}
        )

    def fail(self, *, at: datetime, error: JobError) -> Job:
        """The job ends badly; `error` says where and why."""
        self._must_be(JobStatus.PROCESSING, want=JobStatus.FAILED)
        return replace(self._ended(at), status=JobStatus.FAILED, error=error)

    def cancel(self, *, at: datetime) -> Job:
        """The job ends because somebody asked for it."""
        if self.status.at_rest:
            self._must_be(JobStatus.PROCESSING, want=JobStatus.CANCELLED)
        return replace(self._ended(at), status=JobStatus.CANCELLED)

    def _ended(self, at: datetime) -> Job:
        return replace(self, finished_at=at, running={}, running_since={})

    def _must_be(self, have: JobStatus, *, want: JobStatus) -> None:
        if self.status is not have:
            raise IllegalTransition(
                f"A {self.status} job cannot become {want}; submit it again to run it anew.",
                job_id=self.id,
                have=self.status.value,
                want=want.value,
            )
