"""What the log says of a job that came to rest: how long it took, what it cost, and how often that was paid for."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from leadmagnet.domain.errors import StepCancelled, StepInterrupted, StepTimedOut
from leadmagnet.domain.execution_step import ExecutionStep, StepStatus, StepType
from leadmagnet.domain.job import Job, JobStatus

logger = logging.getLogger(__name__)

#: Steps whose every call is on somebody's bill.
_PAID_TYPES = frozenset({StepType.AI_GENERATION, StepType.IMAGE_GENERATION})
#: Ends of attempts of which nobody knows whether the vendor had begun to charge; counted as if it had.
_PERHAPS_PAID = frozenset({StepInterrupted.code, StepTimedOut.code, StepCancelled.code})


def log_end(job: Job, records: Iterable[ExecutionStep]) -> None:
    """Write the line of the end of `job`, whose attempts are `records`."""
    facts: dict[str, object] = {"job_id": job.id, "tenant": job.tenant, "workflow": job.workflow}
    facts |= {"steps": job.steps_done, "executions": job.executions, "cost_usd": job.cost_usd, "tokens": job.tokens}
    if job.started_at is not None and job.finished_at is not None:
        facts |= {"duration_ms": round((job.finished_at - job.started_at).total_seconds() * 1_000)}
    calls = [record.step_id for record in records if _is_paid(record)]
    if calls:
        facts |= {"paid_calls": len(calls), "paid_calls_per_step": len(calls) / len(set(calls))}
    if job.status is JobStatus.COMPLETED:
        logger.info("Job completed", extra=facts | {"event": "job_completed"})
    elif job.error is not None:
        facts |= {"event": "job_failed", "step_id": job.error.step_id, "code": job.error.code}
        logger.warning("Job failed", extra=facts)
    else:
        logger.info("Job cancelled", extra=facts | {"event": "job_cancelled"})


def _is_paid(record: ExecutionStep) -> bool:
    """Whether this attempt was a call that is, or may be, on the bill of this job."""
    if record.step_type not in _PAID_TYPES or record.kept_from is not None:
        return False
    if record.status is StepStatus.COMPLETED or record.usage.tokens > 0 or record.usage.cost_usd != 0:
        return True
    return record.error is not None and record.error.code in _PERHAPS_PAID
