"""A tenant's jobs by the time of their creation, from the index that holds small attributes only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from leadmagnet.adapters.job_index import index_items
from leadmagnet.adapters.job_item import job_of, time_text
from leadmagnet.domain.job import Job

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class JobHistoryTable:
    """A JobHistory on the job table."""

    def __init__(self, *, dynamodb: DynamoDBClient, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def between(self, *, tenant: str, start: datetime, end: datetime) -> Iterator[Job]:
        """The jobs created from `start` to `end`, oldest first, with their small attributes."""
        found = index_items(
            self._dynamodb.query,
            TableName=self._table,
            KeyConditionExpression="tenant=:tenant AND created_at BETWEEN :start AND :end",
            ExpressionAttributeValues={
                ":tenant": {"S": tenant},
                ":start": {"S": time_text(start)},
                ":end": {"S": time_text(end)},
            },
        )
        for item in found:
            yield job_of(item)
