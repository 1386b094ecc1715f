"""What a running job has behind it, kept equal to what is stored, while its lease holds."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from leadmagnet.domain.errors import StepInterrupted
from leadmagnet.domain.execution_step import ExecutionStep, StepError, StepStatus, StepType
from leadmagnet.domain.job import Job, JobError
from leadmagnet.domain.workflow import OnFailure, Step, Workflow
from leadmagnet.engine.attempt import Attempt
from leadmagnet.engine.context import StepContext
from leadmagnet.engine.parts import EngineParts
from leadmagnet.engine.plan import ancestors
from leadmagnet.engine.retrying import is_settled
from leadmagnet.engine.submission_record import SUBMISSION_STEP_ID, submission_record
from leadmagnet.engine.usage import known_cost_usd

logger = logging.getLogger(__name__)

_INTERRUPTED = StepError(
    code=StepInterrupted.code,
    message="The worker was gone before this step ended; what it had asked for may have been done and billed.",
)


@dataclass(slots=True, kw_only=True)
class Ledger:
    """A job, its workflow, and the records of its steps. One thread writes it, as the lease's owner."""

    job: Job
    workflow: Workflow
    owner: str
    parts: EngineParts
    #: All recorded attempts by step name, oldest first.
    attempts: dict[str, list[ExecutionStep]] = field(default_factory=dict)
    #: Whether somebody asked for the job to be cancelled, as far as the store said.
    cancel_requested: bool = False
    #: When, by the crew's time, the lease was last renewed.
    renewed_s: float = 0.0

    @classmethod
    def open(cls, job: Job, workflow: Workflow, *, owner: str, parts: EngineParts) -> Ledger:
        """The ledger of a job that `owner` took, as far as it came, with the submission recorded."""
        ledger = cls(job=job, workflow=workflow, owner=owner, parts=parts, renewed_s=parts.crew.time_s())
        ledger.cancel_requested = job.cancel_requested_at is not None
        for record in parts.steps.read(job.id):
            ledger._keep(record)
        if SUBMISSION_STEP_ID not in ledger.attempts:
            ledger.append(submission_record(job))
        ledger._record_interruptions()
        return ledger

    @property
    def settled(self) -> set[str]:
        """The names of the steps that need no further attempt."""
        return {step.name for step in self.workflow.steps if is_settled(step, self.attempts_of(step))}

    @property
    def finished(self) -> bool:
        """Whether every step of the workflow is settled."""
        return self.settled.issuperset(step.name for step in self.workflow.steps)

    def attempts_of(self, step: Step) -> Sequence[ExecutionStep]:
        """The recorded attempts at `step`."""
        return self.attempts.get(step.name, ())

    def failure(self) -> JobError | None:
        """Why the job cannot go on: the first step, in the workflow's order, that failed for good and matters."""
        for step in self.workflow.steps:
            attempts = self.attempts_of(step)
            if step.on_failure is OnFailure.STOP and is_settled(step, attempts):
                error = attempts[-1].error
                if error is not None:
                    return JobError(step_id=step.name, code=error.code, message=error.message)
        return None

    def next_attempt(self, step: Step) -> int:
        """The number of the attempt that comes now."""
        return 1 + max((record.attempt for record in self.attempts_of(step)), default=0)

    def context_of(self, step: Step, attempt: int) -> StepContext:
        """What this attempt at `step` may know."""
        before = ancestors(self.workflow.steps, step)
        names = [each.name for each in self.workflow.steps if each.name in before]
        records = {name: self.attempts[name][-1] for name in names}
        return StepContext(job=self.job, workflow=self.workflow, records=records, attempt=attempt)

    def append(self, execution: ExecutionStep) -> None:
        """Store the record of an attempt; LeaseLost if the job is another worker's by now."""
        self.parts.steps.append(self.job.id, execution, owner=self.owner)
        self._keep(execution)
        facts: dict[str, object] = {"event": "step_recorded", "job_id": self.job.id, "step_id": execution.step_id}
        facts |= {"step_type": execution.step_type.value, "status": execution.status.value}
        facts |= {"attempt": execution.attempt, "duration_ms": execution.duration_ms, "model": execution.model}
        facts |= {"code": None if execution.error is None else execution.error.code}
        logger.info("Step recorded", extra=facts)

    @property
    def records(self) -> Iterator[ExecutionStep]:
        """Everything that is recorded, step by step."""
        return chain.from_iterable(self.attempts.values())

    @property
    def spent_usd(self) -> float:
        """What this job is known to have spent; what a rerun took over was paid for by the job before."""
        return known_cost_usd(record.usage for record in self._of_workflow() if record.kept_from is None)

    def save(self, *, running: Mapping[str, int], since: Mapping[str, datetime]) -> None:
        """Store the job's progress and the attempts that are under way from now on; LeaseLost as above.

        A step may only be begun after this: it proves that the job is ours at this moment, and whoever comes
        after us learns what we had begun.
        """
        progressed = self.progress(running=running, since=since)
        if progressed != self.job:
            self.put(progressed)

    def progress(self, *, running: Mapping[str, int], since: Mapping[str, datetime] | None = None) -> Job:
        """The job with what its records add up to."""
        records = self._of_workflow()
        return self.job.advance(
            steps_done=len({record.step_id for record in records if record.status is StepStatus.COMPLETED}),
            tokens=sum(record.usage.tokens for record in records if record.kept_from is None),
            cost_usd=self.spent_usd,
            running=running,
            running_since=since,
        )

    def put(self, job: Job) -> None:
        """Store `job` in place of what is stored of it, and renew the lease unless it comes to rest."""
        self._noted(self.parts.runs.save(job, owner=self.owner, until=self.parts.lease_end()))
        self.job = job

    def renew(self) -> None:
        """Keep the job ours for longer."""
        self._noted(self.parts.runs.renew(self.job.id, owner=self.owner, until=self.parts.lease_end()))

    def _noted(self, cancel_requested: bool) -> None:
        self.cancel_requested = self.cancel_requested or cancel_requested
        self.renewed_s = self.parts.crew.time_s()

    def deliverable(self) -> str | None:
        """The file that the final step named."""
        finals = (step for step in self.workflow.steps if step.type is StepType.FINAL_OUTPUT)
        return self.attempts[next(finals).name][-1].artifact_id

    def _record_interruptions(self) -> None:
        """Record the attempts that the worker before us had begun: they may have cost something."""
        for name, number in self.job.running.items():
            step = self.workflow.step(name)
            if all(record.attempt != number for record in self.attempts_of(step)):
                self.append(self._interrupted(step, number).failed(_INTERRUPTED))

    def _interrupted(self, step: Step, number: int) -> Attempt:
        """An attempt that nobody saw end: it lasted until now at most, and when it began its claim says."""
        now = self.parts.clock()
        began_at = self.job.running_since.get(step.name, now)
        lasted_s = max(0.0, (now - began_at).total_seconds())
        return Attempt(step=step, number=number, timestamp=began_at, began_s=0.0, ended_s=lasted_s)

    def _keep(self, record: ExecutionStep) -> None:
        self.attempts.setdefault(record.step_id, []).append(record)

    def _of_workflow(self) -> list[ExecutionStep]:
        return [record for step in self.workflow.steps for record in self.attempts_of(step)]
