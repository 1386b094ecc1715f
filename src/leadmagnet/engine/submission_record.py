"""Record 0 of every job: what was submitted."""

from __future__ import annotations

from leadmagnet.domain.execution_step import ExecutionStep, StepStatus, StepType
from leadmagnet.domain.job import Job

SUBMISSION_STEP_ID = "form_submission"


def submission_record(job: Job) -> ExecutionStep:
    """The execution step of the submission. Its time is the job's own: made twice, it is the same record."""
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
