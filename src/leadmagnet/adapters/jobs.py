"""Jobs in DynamoDB: the table by job id, and its index by tenant for lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from leadmagnet.adapters.expiry import expiry_attributes
from leadmagnet.adapters.job_item import changing_attributes, item_of, time_text
from leadmagnet.adapters.job_list import JobLists
from leadmagnet.adapters.job_requests import is_refused, job_not_found, read_job, update_job
from leadmagnet.adapters.job_runs import LEASE_OWNER, LEASE_UNTIL, UNOWNED
from leadmagnet.domain.errors import IllegalTransition, InvalidSubmission, JobExists
from leadmagnet.domain.job import Job, JobStatus
from leadmagnet.domain.job_filter import ALL_JOBS, JobFilter
from leadmagnet.engine.ports import JobPage
from leadmagnet.steplog import StepLog, item_size
from leadmagnet.steplog.encoding import encode_step

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

#: A job's own attributes beside its steps; an item holds 400 KB, and pointers to the steps must fit too.
MOST_JOB_BYTES = 256 * 1024


class JobTable:
    """A JobStore on one DynamoDB table."""

    def __init__(
        self, *, dynamodb: DynamoDBClient, table: str, step_log: StepLog, keep: timedelta | None = None
    ) -> None:
        """`keep` is for how long after its end a job's item stays; None: for ever."""
        self._dynamodb = dynamodb
        self._table = table
        self._step_log = step_log
        self._keep = keep
        self._lists = JobLists(dynamodb=dynamodb, table=table)

    def create(self, job: Job) -> None:
        """Store a new job together with its empty step log; Invalid if the id is taken or the job too large."""
        submission = encode_step(job.submission, job_id=job.id)
        item = item_of(job, submission=submission.attribute)
        size_bytes = item_size(item)
        if not submission.exact or size_bytes > MOST_JOB_BYTES:
            raise InvalidSubmission(
                f"The submission is too large or too deeply nested to be stored; keep a job below {MOST_JOB_BYTES} "
                "bytes and 30 levels, and give large texts as links.",
                size_bytes=size_bytes,
            )
        item |= self._step_log.empty(item)
        try:
            self._dynamodb.put_item(
                TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(job_id)"
            )
        except ClientError as error:
            if not is_refused(error):
                raise
            # A retry of our own put that had taken effect is met here too; equal means it was ours.
            if self._find(job.id) != job:
                raise JobExists("There is a job with this id already; use another one.", job_id=job.id) from error

    def get(self, *, tenant: str, job_id: str) -> Job:
        """The job; JobNotFound if it does not exist or is another tenant's."""
        job = self._find(job_id)
        if job is None or job.tenant != tenant:
            raise job_not_found(job_id)
        return job

    def cancel(self, *, tenant: str, job_id: str, at: datetime) -> Job:
        """The job, cancelled if no worker owns it at that time, else with `cancel_requested_at`.

        JobNotFound as above; IllegalTransition if it completed or failed already.
        """
        while True:
            job = self.get(tenant=tenant, job_id=job_id)
            if job.status is JobStatus.CANCELLED:
                return job
            cancelled = job.cancel(at=at)
            if self._cancel_unowned(cancelled, at=at):
                return cancelled
            if self._request_cancel(job, at=at):
                return replace(job, cancel_requested_at=job.cancel_requested_at or at)

    def _cancel_unowned(self, cancelled: Job, *, at: datetime) -> bool:
        """Whether no worker owned the job, so that it is `cancelled` now."""
        attributes = changing_attributes(cancelled) | expiry_attributes(cancelled, self._keep)
        return self._changed(
            cancelled,
            "SET " + ",".join(f"#{name}=:{name}" for name in attributes) + f" REMOVE {LEASE_OWNER},{LEASE_UNTIL}",
            f"#status IN (:pending,:processing) AND {UNOWNED}",
            names={f"#{name}": name for name in attributes},
            values={f":{name}": value for name, value in attributes.items()} | {":now": {"S": time_text(at)}},
        )

    def _request_cancel(self, job: Job, *, at: datetime) -> bool:
        """Whether the worker that owns the job has now been asked to cancel it."""
        return self._changed(
            job,
            "SET cancel_requested_at=if_not_exists(cancel_requested_at,:now)",
            f"#status=:processing AND {LEASE_UNTIL}>=:now",
            names={"#status": "status"},
            values={":now": {"S": time_text(at)}},
        )

    def _changed(self, job: Job, change: str, condition: str, *, names: dict[str, str], values: dict[str, Any]) -> bool:
        statuses = {f":{status}": {"S": status.value} for status in (JobStatus.PENDING, JobStatus.PROCESSING)}
        used = {name: value for name, value in statuses.items() if name in condition}
        return update_job(self._dynamodb, self._table, job.id, change, condition, names=names, values=used | values)

    def _find(self, job_id: str) -> Job | None:
        return read_job(self._dynamodb, self._table, job_id)

    def list(self, *, tenant: str, limit: int, cursor: str | None, where: JobFilter = ALL_JOBS) -> JobPage:
        """One page of a tenant's jobs, newest first, without their submissions and errors."""
        return self._lists.page(tenant=tenant, where=where, limit=limit, cursor=cursor)

    def delete(self, *, tenant: str, job_id: str) -> None:
        """Remove the record; JobNotFound if there is none, IllegalTransition if it is not at rest."""
        active = {":pending": {"S": JobStatus.PENDING.value}, ":processing": {"S": JobStatus.PROCESSING.value}}
        try:
            self._dynamodb.delete_item(
                TableName=self._table,
                Key={"job_id": {"S": job_id}},
                ConditionExpression="attribute_exists(job_id) AND NOT #status IN (:pending,:processing)",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues=active,
            )
        except ClientError as error:
            if not is_refused(error):
                raise
            job = self.get(tenant=tenant, job_id=job_id)
            raise IllegalTransition(
                f"The job is {job.status}; cancel it and wait for it to end, then delete it.", job_id=job_id
            ) from error
