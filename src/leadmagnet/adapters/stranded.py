"""Jobs that nobody runs, found in the index that holds small attributes only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from leadmagnet.adapters.job_index import index_items
from leadmagnet.adapters.job_item import time_text
from leadmagnet.domain.job import JobStatus

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


_NEVER_TAKEN = "(#status=:pending AND created_at<:moment)"
#: Nobody runs the job, as far as its item says; it may have a message that waits, or a dead letter.
IDLE = (_NEVER_TAKEN, "(#status=:processing AND (attribute_not_exists(lease_until) OR lease_until<:moment))")
#: No worker will come for the job: it was never taken, or its worker died and nobody came after it. What was given
#: back is not among them: it has a message, or a dead letter that somebody has to look at. Nor is what began more than
#: a day ago: a job that takes down whoever takes it must not be paid for every hour, for ever.
ABANDONED = (_NEVER_TAKEN, "(#status=:processing AND lease_until<:moment AND started_at>=:a_day_ago)")
_DAY = timedelta(days=1)


class StrandedJobTable:
    """StrandedJobs on the job table: all tenants', for operators of the service."""

    def __init__(self, *, dynamodb: DynamoDBClient, table: str, signs: Sequence[str] = IDLE) -> None:
        """Look for jobs that show one of `signs`: IDLE or ABANDONED."""
        self._dynamodb = dynamodb
        self._table = table
        self._filter = " OR ".join(signs)

    def idle_since(self, moment: datetime) -> Iterator[str]:
        """The ids of jobs that were created, or whose lease ended, before `moment`.

        The index follows the table within about a second, so a job that was taken just now may be among them.
        """
        found = index_items(
            self._dynamodb.scan,
            TableName=self._table,
            ProjectionExpression="job_id",
            FilterExpression=self._filter,
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues=self._values(moment),
        )
        for item in found:
            yield item["job_id"]["S"]

    def _values(self, moment: datetime) -> dict[str, Any]:
        values = {
            ":pending": JobStatus.PENDING.value,
            ":processing": JobStatus.PROCESSING.value,
            ":moment": time_text(moment),
            ":a_day_ago": time_text(moment - _DAY),
        }
        # DynamoDB refuses values that no expression names.
        return {name: {"S": value} for name, value in values.items() if name in self._filter}
