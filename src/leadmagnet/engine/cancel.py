"""Stops a job that somebody no longer wants."""

from __future__ import annotations

import logging

from leadmagnet.domain.job import Job
from leadmagnet.engine.operator_parts import OperatorParts

logger = logging.getLogger(__name__)


def cancel_job(*, tenant: str, job_id: str, parts: OperatorParts) -> Job:
    """The job: cancelled, or with `cancel_requested_at` while a worker owns it, which cancels it within a beat.

    A step that is under way is given up then; what it had asked for may still be billed. Cancelling a cancelled job
    again changes nothing. JobNotFound; IllegalTransition if the job completed or failed already.
    """
    job = parts.jobs.cancel(tenant=tenant, job_id=job_id, at=parts.clock())
    if job.status.at_rest:
        parts.steps.seal(job_id)
    logger.info("Cancel asked for", extra={"event": "cancel_requested", "job_id": job_id, "status": job.status.value})
    return job
