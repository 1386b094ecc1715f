"""Removes a job for good."""

from __future__ import annotations

import logging

from leadmagnet.domain.errors import IllegalTransition
from leadmagnet.engine.ports import JobFiles, JobStore

logger = logging.getLogger(__name__)


def delete_job(*, tenant: str, job_id: str, jobs: JobStore, files: JobFiles) -> None:
    """Delete the job's record, its execution steps and its artifacts, in every version.

    JobNotFound; IllegalTransition while the job is not at rest. The files go first: if that ends halfway, the job
    is still there to be deleted again, and no file is left that nobody knows of.
    """
    job = jobs.get(tenant=tenant, job_id=job_id)
    if not job.status.at_rest:
        raise IllegalTransition(
            f"The job is {job.status}; cancel it and wait for it to end, then delete it.",
            job_id=job_id,
            have=job.status.value,
        )
    files.delete_all(job_id)
    jobs.delete(tenant=tenant, job_id=job_id)
    logger.info("Job deleted", extra={"event": "job_deleted", "job_id": job_id, "tenant": tenant})
