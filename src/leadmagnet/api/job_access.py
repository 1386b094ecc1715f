"""The caller's job of an id, whichever route asks."""

from __future__ import annotations

from leadmagnet.api.parts import ApiParts, Record
from leadmagnet.domain.errors import IllegalTransition, JobNotFound
from leadmagnet.domain.job import Job

#: The longest id that still makes an S3 key (1,024 bytes) with what stands around it.
_LONGEST_ID_BYTES = 900


def job_of_caller(parts: ApiParts, tenant: str, job_id: str) -> Job:
    """The job; JobNotFound if it does not exist, is another tenant's, or could not be stored under that id."""
    _check_length(job_id)
    return parts.jobs.get(tenant=tenant, job_id=job_id)


def record_of_caller(parts: ApiParts, tenant: str, job_id: str) -> tuple[Job, Record]:
    """The job with its execution steps, by one request for both; JobNotFound as above."""
    _check_length(job_id)
    return parts.records.open(tenant=tenant, job_id=job_id)


def job_at_rest(parts: ApiParts, tenant: str, job_id: str) -> Job:
    """The same; IllegalTransition while a worker may still write to its record."""
    job = job_of_caller(parts, tenant, job_id)
    if not job.status.at_rest:
        raise IllegalTransition(
            f"The job is {job.status}, and its execution steps are its worker's; wait for it to end, or cancel it.",
            job_id=job_id,
            have=job.status.value,
        )
    return job


def _check_length(job_id: str) -> None:
    if len(job_id.encode()) > _LONGEST_ID_BYTES:
        raise JobNotFound("There is no such job; its id is longer than any.", bytes=len(job_id.encode()))
