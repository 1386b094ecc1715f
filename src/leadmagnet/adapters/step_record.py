"""Execution steps in the step log."""

from __future__ import annotations

from collections.abc import Sequence

from leadmagnet.domain.errors import JobNotFound
from leadmagnet.domain.execution_step import ExecutionStep
from leadmagnet.steplog import NoSuchJob, StepConflict, StepLog


class LoggedSteps:
    """A StepRecord on the step log."""

    def __init__(self, *, step_log: StepLog) -> None:
        self._step_log = step_log

    def append(self, job_id: str, step: ExecutionStep) -> ExecutionStep:
        """Record `step` for good; if this attempt is recorded already, the recorded one is returned."""
        try:
            self._step_log.append(job_id, step.to_record(), step_id=f"{step.step_id}#{step.attempt}")
        except NoSuchJob as error:
            raise JobNotFound("The job was deleted while it ran; nothing was recorded.", job_id=job_id) from error
        except StepConflict:
            # Another delivery of the same job was faster; what it recorded is what happened.
            for recorded in self.read(job_id):
                if (recorded.step_id, recorded.attempt) == (step.step_id, step.attempt):
                    return recorded
            raise
        return step

    def read(self, job_id: str) -> Sequence[ExecutionStep]:
        """All recorded steps, in the order in which they were recorded."""
        return [ExecutionStep.from_record(record) for record in self._step_log.read(job_id)]

    def seal(self, job_id: str) -> None:
        """The job is at rest: make the stored record whole for readers outside."""
        self._step_log.seal(job_id)
