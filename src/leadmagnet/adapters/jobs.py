"""Jobs in DynamoDB: the table by job id, and its index by tenant for lists."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from leadmagnet.adapters.job_item import changing_attributes, item_of, job_of
from leadmagnet.domain.errors import IllegalTransition, Invalid, InvalidSubmission, JobNotFound
from leadmagnet.domain.job import Job, JobStatus
from leadmagnet.engine.ports import JobPage
from leadmagnet.steplog import StepLog, item_size
from leadmagnet.steplog.encoding import decode_attribute, encode_step

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_INDEX = "by_tenant"
#: A job's own attributes beside its steps; an item holds 400 KB, and pointers to the steps must fit too.
MOST_JOB_BYTES = 256 * 1024
#: What a read of a job needs; its steps, which may be large, are the step log's to read.
_READ = (
    "job_id,tenant,workflow,workflow_version,submission,created_at,#status,started_at,finished_at,"
    "steps_total,steps_done,tokens,cost_usd,deliverable,#error"
)
_READ_NAMES = {"#status": "status", "#error": "error"}


class JobTable:
    """A JobStore on one DynamoDB table."""

    def __init__(self, *, dynamodb: DynamoDBClient, table: str, step_log: StepLog) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._step_log = step_log

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
            if _code(error) != "ConditionalCheckFailedException":
                raise
            # A retry of our own put that had taken effect is met here too; equal means it was ours.
            if self.load(job.id) != job:
                raise Invalid("There is a job with this id already; use another one.", job_id=job.id) from error

    def get(self, *, tenant: str, job_id: str) -> Job:
        """The job; JobNotFound if it does not exist or is another tenant's."""
        job = self._find(job_id)
        if job is None or job.tenant != tenant:
            raise _not_found(job_id)
        return job

    def load(self, job_id: str) -> Job:
        """The job that a queue message names, whoever owns it; JobNotFound if it does not exist."""
        job = self._find(job_id)
        if job is None:
            raise _not_found(job_id)
        return job

    def _find(self, job_id: str) -> Job | None:
        answer = self._dynamodb.get_item(
            TableName=self._table,
            Key={"job_id": {"S": job_id}},
            ConsistentRead=True,
            ProjectionExpression=_READ,
            ExpressionAttributeNames=_READ_NAMES,
        )
        item = answer.get("Item")
        if item is None:
            return None
        submission = item.get("submission", {})
        return job_of(item, submission=decode_attribute(submission) if "M" in submission else {})

    def save(self, job: Job, *, expected: JobStatus) -> None:
        """Write status, progress, error and deliverable; IllegalTransition if the stored status differs."""
        attributes = changing_attributes(job)
        names = {f"#{name}": name for name in attributes}
        values: dict[str, Any] = {f":{name}": value for name, value in attributes.items()}
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key={"job_id": {"S": job.id}},
                UpdateExpression="SET " + ",".join(f"#{name}=:{name}" for name in attributes),
                ConditionExpression="#status=:expected",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values | {":expected": {"S": expected.value}},
            )
        except ClientError as error:
            if _code(error) != "ConditionalCheckFailedException":
                raise
            stored = self.load(job.id)
            if stored.status is job.status and changing_attributes(stored) == attributes:
                # Our own write, whose answer was lost and which the client sent again.
                return
            raise IllegalTransition(
                f"The job is {stored.status} meanwhile; look at it again.",
                job_id=job.id,
                have=stored.status.value,
                want=job.status.value,
            ) from error

    def list(self, *, tenant: str, limit: int, cursor: str | None) -> JobPage:
        """One page of a tenant's jobs, newest first, without their submissions and errors."""
        request: dict[str, Any] = {"ExclusiveStartKey": _position(cursor, tenant)} if cursor else {}
        answer = self._dynamodb.query(
            TableName=self._table,
            IndexName=_INDEX,
            KeyConditionExpression="tenant=:tenant",
            ExpressionAttributeValues={":tenant": {"S": tenant}},
            ScanIndexForward=False,
            Limit=limit,
            **request,
        )
        jobs = tuple(job_of(item) for item in answer["Items"])
        return JobPage(jobs=jobs, next=_cursor(answer.get("LastEvaluatedKey")))


def _cursor(position: Any) -> str | None:  # noqa: ANN401 (DynamoDB's own key)
    if not position:
        return None
    fields = [position["job_id"]["S"], position["created_at"]["S"]]
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode()


def _position(cursor: str, tenant: str) -> dict[str, Any]:
    """Where a list goes on. The tenant is the caller's, whatever the cursor says."""
    try:
        job_id, created_at = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if not (isinstance(job_id, str) and isinstance(created_at, str) and job_id and created_at):
            raise TypeError("a cursor holds two texts")  # noqa: TRY301 (one way out for every wrong cursor)
    except (ValueError, TypeError, binascii.Error) as error:
        raise Invalid("This cursor is not one of ours; begin the list again without it.") from error
    return {"job_id": {"S": job_id}, "created_at": {"S": created_at}, "tenant": {"S": tenant}}


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _not_found(job_id: str) -> JobNotFound:
    return JobNotFound("There is no such job; list them with: leadmagnet jobs list", job_id=job_id)
