"""The two requests for one job's item: a read without its steps, which may be large, and a conditional update."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from leadmagnet.adapters.job_item import job_of
from leadmagnet.domain.errors import JobNotFound
from leadmagnet.domain.job import Job
from leadmagnet.steplog.encoding import decode_attribute

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_READ = (
    "job_id,tenant,workflow,workflow_version,submission,created_at,#status,started_at,finished_at,"
    "steps_total,steps_done,tokens,cost_usd,deliverable,#error,running,running_since,cancel_requested_at,rerun_of,rerun_from,"
    "instructions,executions,#label"
)
_NAMES = {"#status": "status", "#error": "error", "#label": "label"}


def read_job(dynamodb: DynamoDBClient, table: str, job_id: str) -> Job | None:
    """The job, whoever owns it, as the last write left it; None if there is none."""
    answer = dynamodb.get_item(
        TableName=table,
        Key={"job_id": {"S": job_id}},
        ConsistentRead=True,
        ProjectionExpression=_READ,
        ExpressionAttributeNames=_NAMES,
    )
    return job_in(answer["Item"]) if "Item" in answer else None


def job_in(item: Mapping[str, Any]) -> Job:
    """The job that an item is, whatever else it holds."""
    submission = item.get("submission", {})
    return job_of(item, submission=decode_attribute(submission) if "M" in submission else {})


def job_not_found(job_id: str) -> JobNotFound:
    """The error for a job that does not exist or is another tenant's."""
    return JobNotFound("There is no such job; list them with: leadmagnet jobs list", job_id=job_id)


def update_job(
    dynamodb: DynamoDBClient,
    table: str,
    job_id: str,
    change: str,
    condition: str,
    *,
    names: Mapping[str, str],
    values: Mapping[str, Any],
) -> bool:
    """Whether `condition` held, and `change` was made."""
    request: dict[str, Any] = {"ExpressionAttributeNames": names} if names else {}
    try:
        dynamodb.update_item(
            TableName=table,
            Key={"job_id": {"S": job_id}},
            UpdateExpression=change,
            ConditionExpression=condition,
            ExpressionAttributeValues=values,
            **request,
        )
    except ClientError as error:
        if is_refused(error):
            return False
        raise
    return True


def is_refused(error: ClientError) -> bool:
    """Whether a write was refused because its condition did not hold."""
    return str(error.response.get("Error", {}).get("Code", "")) == "ConditionalCheckFailedException"
