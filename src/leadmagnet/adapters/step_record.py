"""Execution steps in the step log."""

from __future__ import annotations

from collections.abc import Sequence

from leadmagnet.adapters.job_runs import LEASE_OWNER
from leadmagnet.domain.errors import JobNotFound, LeaseLost
from leadmagnet.domain.execution_step import ExecutionStep
from leadmagnet.steplog import Guard, GuardFailed, NoSuchJob, StepConflict, StepLog


class LoggedSteps:
    """A StepRecord on the step log."""

    def __init__(self, *, step_log: StepLog) -> None:
        self._step_log = step_log

    def append(self, job_id: str, step: ExecutionStep, *, owner: str | None) -> None:
        """Record `step` for good, once however often it is sent.

        LeaseLost, and nothing is recorded, unless `owner` owns the job at that moment; None is for a job that no
        worker knows of yet.
        """
        guard = None if owner is None else Guard(attribute=LEASE_OWNER, value=owner)
        try:
            self._step_log.append(job_id, step.to_record(), step_id=f"{step.step_id}#{step.attempt}", guard=guard)
        except NoSuchJob as error:
            raise JobNotFound("The job was deleted while it ran; nothing was recorded.", job_id=job_id) from error
        except (GuardFailed, StepConflict) as error:
            # A conflict: whoever took the job over has recorded already that this attempt was interrupted.
            raise LeaseLost(
                "The job is no longer this worker's; the step that it ran was not recorded.",
                job_id=job_id,
                step_id=step.step_id,
                attempt=step.attempt,
            ) from error

    def read(self, job_id: str) -> Sequence[ExecutionStep]:
        """All recorded steps, in the order in which they were recorded."""
        return [ExecutionStep.from_record(record) for record in self._step_log.read(job_id)]

    def seal(self, job_id: str) -> None:
        """The job is at rest: make the stored record whole for readers outside."""
        self._step_log.seal(job_id)
