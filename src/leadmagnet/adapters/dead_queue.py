"""The dead-letter queue in SQS."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from leadmagnet.domain.errors import Invalid
from leadmagnet.engine.dead_letters import DeadMessage

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

#: How long a message that was looked at is hidden from others who look, should it not be put back.
_HIDDEN_S = 30
#: SQS's most for one request.
_BATCH = 10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SqsDeadQueue:
    """The DeadQueue of a queue in SQS, found by that queue's own settings."""

    def __init__(self, *, sqs: SQSClient, queue_url: str) -> None:
        """`queue_url` is of the queue whose dead letters these are."""
        self._sqs = sqs
        self._source_url = queue_url

    @cached_property
    def _queue_url(self) -> str:
        answer = self._sqs.get_queue_attributes(QueueUrl=self._source_url, AttributeNames=["RedrivePolicy"])
        policy = json.loads(answer.get("Attributes", {}).get("RedrivePolicy", "{}"))
        arn = str(policy.get("deadLetterTargetArn", ""))
        if not arn:
            raise Invalid(
                "The job queue has no dead-letter queue; give it a RedrivePolicy, as template.yaml does.",
                queue_url=self._source_url,
            )
        return self._sqs.get_queue_url(QueueName=arn.rsplit(":", 1)[-1])["QueueUrl"]

    def look(self, *, limit: int) -> Sequence[DeadMessage]:
        """Up to `limit` messages, hidden from other callers for a short while."""
        found: dict[str, DeadMessage] = {}
        while len(found) < limit:
            answer = self._sqs.receive_message(
                QueueUrl=self._queue_url,
                MaxNumberOfMessages=min(_BATCH, limit - len(found)),
                VisibilityTimeout=_HIDDEN_S,
                # A receive that does not wait asks only some of SQS's servers.
                WaitTimeSeconds=1,
                MessageSystemAttributeNames=["SentTimestamp"],
            )
            messages = answer.get("Messages", [])
            if not messages:
                break
            for message in messages:
                sent_ms = int(message.get("Attributes", {}).get("SentTimestamp", "0"))
                found[message["MessageId"]] = DeadMessage(
                    id=message["MessageId"],
                    body=message["Body"],
                    sent_at=_EPOCH + timedelta(milliseconds=sent_ms),
                    receipt=message["ReceiptHandle"],
                )
        return list(found.values())

    def put_back(self, messages: Sequence[DeadMessage]) -> None:
        """Show them to others again at once."""
        for batch in _batches(messages):
            self._sqs.change_message_visibility_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    {"Id": str(place), "ReceiptHandle": message.receipt, "VisibilityTimeout": 0}
                    for place, message in enumerate(batch)
                ],
            )

    def remove(self, messages: Sequence[DeadMessage]) -> None:
        """They are done with."""
        for batch in _batches(messages):
            self._sqs.delete_message_batch(
                QueueUrl=self._queue_url,
                Entries=[{"Id": str(place), "ReceiptHandle": message.receipt} for place, message in enumerate(batch)],
            )


def _batches(messages: Sequence[DeadMessage]) -> list[Sequence[DeadMessage]]:
    return [messages[start : start + _BATCH] for start in range(0, len(messages), _BATCH)]
