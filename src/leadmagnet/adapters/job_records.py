"""Jobs together with their execution steps, by one request for the item that holds both."""

from __future__ import annotations

from leadmagnet.adapters.job_requests import job_in, job_not_found
from leadmagnet.domain.job import Job
from leadmagnet.steplog import NoSuchJob, Snapshot, StepLog


class LoggedJobs:
    """Jobs of one DynamoDB table, with their step logs."""

    def __init__(self, *, step_log: StepLog) -> None:
        self._step_log = step_log

    def open(self, *, tenant: str, job_id: str) -> tuple[Job, Snapshot]:
        """The job and its steps as they are now; JobNotFound if there is none or it is another tenant's."""
        try:
            record = self._step_log.snapshot(job_id)
        except NoSuchJob as error:
            raise job_not_found(job_id) from error
        job = job_in(record.attributes)
        if job.tenant != tenant:
            raise job_not_found(job_id)
        return job, record
