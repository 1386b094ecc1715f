"""The job queue in SQS, both sides."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True, kw_only=True)
class SqsDelivery:
    """One message, handed to one worker for a while."""

    body: str
    receipt: str
    #: How often the message was handed out, this time included.
    deliveries: int = 1


class SqsQueue:
    """Sends jobs to workers, and hands them out; at least once each.

    A message that was received is kept from other workers for `visibility_s`; whoever works on it longer extends
    that. The queue's own timeout is made for Lambda, which cannot say one: a worker that died would be missed late.
    """

    def __init__(self, *, sqs: SQSClient, queue_url: str, visibility_s: int = 30) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._visibility_s = visibility_s

    def send(self, job_id: str, *, delay_s: int = 0) -> None:
        """Ask for the job to be run, after `delay_s` seconds (900 at most)."""
        self._sqs.send_message(
            QueueUrl=self._queue_url, MessageBody=json.dumps({"job_id": job_id}), DelaySeconds=delay_s
        )

    def receive(self, *, limit: int, wait_s: int) -> Sequence[SqsDelivery]:
        """Up to `limit` messages; waits up to `wait_s` seconds for the first."""
        answer = self._sqs.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=limit,
            WaitTimeSeconds=wait_s,
            VisibilityTimeout=self._visibility_s,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        return [
            SqsDelivery(
                body=message["Body"],
                receipt=message["ReceiptHandle"],
                deliveries=int(message["Attributes"]["ApproximateReceiveCount"]),
            )
            for message in answer.get("Messages", [])
        ]

    def ack(self, receipt: str) -> None:
        """The message is done with: never hand it out again."""
        self._sqs.delete_message(QueueUrl=self._queue_url, ReceiptHandle=receipt)

    def extend(self, receipt: str, *, seconds: int) -> None:
        """Keep the message from others for that many seconds from now; 0 hands it out again at once."""
        self._sqs.change_message_visibility(QueueUrl=self._queue_url, ReceiptHandle=receipt, VisibilityTimeout=seconds)
