"""Jobs that nobody runs, found in the index that holds small attributes only."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from leadmagnet.adapters.job_item import time_text
from leadmagnet.adapters.job_list import INDEX
from leadmagnet.domain.job import JobStatus

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


#: What shows, for each status, that nothing happened to a job since a moment.
_IDLE = {
    JobStatus.PENDING: "(#status=:pending AND created_at<:moment)",
    JobStatus.PROCESSING: ("(#status=:processing AND (attribute_not_exists(lease_until) OR lease_until<:moment))"),
}


class StrandedJobTable:
    """StrandedJobs on the job table: all tenants', for operators of the service."""

    def __init__(self, *, dynamodb: DynamoDBClient, table: str, statuses: Collection[JobStatus] = tuple(_IDLE)) -> None:
        """Look for jobs with one of `statuses`, which are pending and processing at most."""
        self._dynamodb = dynamodb
        self._table = table
        self._statuses = statuses

    def idle_since(self, moment: datetime) -> Iterator[str]:
        """The ids of jobs that were created, or whose lease ended, before `moment`.

        The index follows the table within about a second, so a job that was taken just now may be among them.
        """
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._table,
            IndexName=INDEX,
            ProjectionExpression="job_id",
            FilterExpression=" OR ".join(_IDLE[status] for status in self._statuses),
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues=self._values(moment),
        )
        for page in pages:
            for item in page["Items"]:
                yield item["job_id"]["S"]

    def _values(self, moment: datetime) -> dict[str, Any]:
        # DynamoDB refuses values that no expression names.
        values: dict[str, Any] = {f":{status}": {"S": status.value} for status in self._statuses}
        return {**values, ":moment": {"S": time_text(moment)}}
