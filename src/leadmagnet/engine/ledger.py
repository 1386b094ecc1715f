"""What a running job has behind it, kept equal to what is stored."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from leadmagnet.domain.execution_step import ExecutionStep, StepStatus, StepType
from leadmagnet.domain.job import Job, JobError, JobStatus
from leadmagnet.domain.workflow import Step, Workflow
from leadmagnet.engine.context import StepContext
from leadmagnet.engine.parts import EngineParts
from leadmagnet.engine.plan import ancestors
from leadmagnet.engine.usage import known_cost_usd

logger = logging.getLogger(__name__)

SUBMISSION_STEP_ID = "form_submission"


@dataclass(slots=True, kw_only=True)
class Ledger:
    """A job, its workflow, and the records of its steps by name. One thread writes it."""

    job: Job
    workflow: Workflow
    records: dict[str, ExecutionStep]
    parts: EngineParts

    @classmethod
    def open(cls, job: Job, workflow: Workflow, *, parts: EngineParts) -> Ledger:
        """The ledger of a job that is processing, as far as it came, with the submission recorded."""
        recorded = {record.step_id: record for record in parts.steps.read(job.id)}
        ledger = cls(job=job, workflow=workflow, records=recorded, parts=parts)
        if SUBMISSION_STEP_ID not in recorded:
            ledger.record(_submission(job))
        elif ledger._progressed() != job:
            # The worker before died between recording a step and saying so on the job.
            ledger._save_progress()
        return ledger

    @property
    def done(self) -> set[str]:
        """The names of the steps that completed."""
        return {name for name, record in self.records.items() if record.status is StepStatus.COMPLETED}

    @property
    def finished(self) -> bool:
        """Whether every step of the workflow completed."""
        return self.done.issuperset(step.name for step in self.workflow.steps)

    def context_of(self, step: Step) -> StepContext:
        """What `step` may know."""
        before = ancestors(self.workflow.steps, step)
        names = [each.name for each in self.workflow.steps if each.name in before]
        return StepContext(job=self.job, workflow=self.workflow, records={name: self.records[name] for name in names})

    def record(self, execution: ExecutionStep) -> None:
        """Store the record of a step, then the job's progress."""
        self.append(execution)
        self._save_progress()

    def append(self, execution: ExecutionStep) -> None:
        """Store the record of a step.

        If another delivery of the job recorded the step first, its record is the one that counts.
        """
        stored = self.parts.steps.append(self.job.id, execution)
        self.records[stored.step_id] = stored
        facts: dict[str, object] = {"event": "step_recorded", "job_id": self.job.id, "step_id": stored.step_id}
        facts |= {"status": stored.status.value, "duration_ms": stored.duration_ms}
        logger.info("Step recorded", extra=facts)

    def first_failure(self) -> JobError | None:
        """Why the job cannot go on: the first step, in the order of recording, that failed."""
        for record in self.records.values():
            if record.error is not None:
                return JobError(step_id=record.step_id, code=record.error.code, message=record.error.message)
        return None

    def deliverable(self) -> str | None:
        """The file that the final step named."""
        finals = (step for step in self.workflow.steps if step.type is StepType.FINAL_OUTPUT)
        return self.records[next(finals).name].artifact_id

    def _save_progress(self) -> None:
        self.job = self._progressed()
        self.parts.jobs.save(self.job, expected=JobStatus.PROCESSING)

    def _progressed(self) -> Job:
        """The job with its totals, always from all the records: nothing is counted twice after a crash."""
        done = self._of_workflow()
        return self.job.advance(
            steps_done=sum(record.status is StepStatus.COMPLETED for record in done),
            tokens=sum(record.usage.tokens for record in done),
            cost_usd=known_cost_usd(record.usage for record in done),
        )

    def _of_workflow(self) -> list[ExecutionStep]:
        return [self.records[step.name] for step in self.workflow.steps if step.name in self.records]


def _submission(job: Job) -> ExecutionStep:
    """Record 0. Its time is the job's own, so that a second delivery makes the same record."""
    return ExecutionStep(
        step_id=SUBMISSION_STEP_ID,
        step_name="Submission",
        step_order=0,
        step_type=StepType.FORM_SUBMISSION,
        status=StepStatus.COMPLETED,
        timestamp=job.created_at,
        input=dict(job.submission),
        output=dict(job.submission),
    )
