"""Jobs that nobody runs, found in the index that holds small attributes only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from leadmagnet.adapters.job_item import time_text
from leadmagnet.adapters.job_list import INDEX
from leadmagnet.domain.job import JobStatus

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class StrandedJobTable:
    """StrandedJobs on the job table: all tenants', for operators of the service."""

    def __init__(self, *, dynamodb: DynamoDBClient, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def idle_since(self, moment: datetime) -> Iterator[str]:
        """The ids of jobs that were created, or whose lease ended, before `moment`.

        The index follows the table within about a second, so a job that was taken just now may be among them.
        """
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._table,
            IndexName=INDEX,
            ProjectionExpression="job_id",
            FilterExpression=(
                "(#status=:pending AND created_at<:moment) OR "
                "(#status=:processing AND (attribute_not_exists(lease_until) OR lease_until<:moment))"
            ),
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues=_values(moment),
        )
        for page in pages:
            for item in page["Items"]:
                yield item["job_id"]["S"]


def _values(moment: datetime) -> dict[str, Any]:
    return {
        ":pending": {"S": JobStatus.PENDING.value},
        ":processing": {"S": JobStatus.PROCESSING.value},
        ":moment": {"S": time_text(moment)},
    }
