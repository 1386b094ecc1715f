"""The worker of AWS Lambda: runs the jobs of a batch of SQS messages, and answers which of them failed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any, Protocol

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from leadmagnet.domain.errors import LeadmagnetError
from leadmagnet.worker.deliveries import Messages
from leadmagnet.worker.handling import Fate, RunJob, Verdict, handle
from leadmagnet.worker.heartbeat import extend, heartbeat
from leadmagnet.worker.waits import wait_s

logger = logging.getLogger(__name__)

#: Seconds before the function's end at which no further step begins: what is under way still ends and is recorded.
STOP_MARGIN_S = 180.0

#: Seconds for which a message in work is kept from other workers, said anew three times in that time. The queue's own
#: timeout is 90 minutes, for Lambda's retries before a function begins; a function that died would be missed as late.
VISIBILITY_S = 60


class MessageLeft(LeadmagnetError):
    """A message that has to come again; reported as failed, so that Lambda does not delete it."""

    code = "message_left"


class Context(Protocol):
    """What Lambda says of one invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """How long the function may still run."""


class BatchWorker:
    """A Lambda handler for SQS events with `ReportBatchItemFailures`.

    While a job runs its message is hidden for a minute at a time, so that another worker gets it soon after this one
    died; if that cannot be said in time, the message comes twice, and the second finds the job's lease held. A job that
    does not fit into the time that is left is handed on by a new message and goes on in another invocation. One message
    that fails does not bring back the others of its batch.
    """

    def __init__(
        self,
        *,
        run: RunJob,
        messages: Messages,
        clock: Callable[[], datetime],
        beat_s: float = VISIBILITY_S / 3,
    ) -> None:
        self._run = run
        self._messages = messages
        self._clock = clock
        self._beat_s = beat_s

    def __call__(self, event: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
        """`{"batchItemFailures": [...]}`: the messages that have to come again."""

        def is_late() -> bool:
            return context.get_remaining_time_in_millis() < STOP_MARGIN_S * 1_000

        def take(record: SQSRecord) -> None:
            try:
                with self._hidden(record):
                    verdict = handle(
                        record.body, deliveries=_deliveries(record), run=self._run, stop=is_late, clock=self._clock
                    )
            except Exception:
                # The answer to Lambda names the message and no reason, and counts as no error of the function.
                logger.exception("Delivery failed", extra={"event": "delivery_failed"})
                self._show_again(record, seconds=wait_s(_deliveries(record)))
                raise
            self._settle(verdict, record)

        # A whole batch of failures is answered as such too: raising would tell the log everything twice.
        processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        return process_partial_response(event=dict(event), record_handler=take, processor=processor)

    def _hidden(self, record: SQSRecord) -> AbstractContextManager[None]:
        """While the block runs, the message is kept from others."""
        if not record.receipt_handle:
            return nullcontext()
        # At once: a function may die before the first beat. What fails here is tried again with that.
        self._show_again(record, seconds=VISIBILITY_S)
        return heartbeat(self._messages, record.receipt_handle, visibility_s=VISIBILITY_S, every_s=self._beat_s)

    def _settle(self, verdict: Verdict, record: SQSRecord) -> None:
        if verdict.fate is Fate.AGAIN:
            self._messages.send(verdict.job_id, delay_s=verdict.delay_s)
        elif verdict.fate in (Fate.LATER, Fate.LEAVE):
            self._show_again(record, seconds=verdict.delay_s)
            raise MessageLeft("The message stays in the queue; it comes again, or becomes a dead letter.")

    def _show_again(self, record: SQSRecord, *, seconds: int) -> None:
        """Have the message come again after `seconds`; if that fails it comes all the same, at another time."""
        # A deployment's check hands over messages that are in no queue.
        if record.receipt_handle:
            extend(self._messages, record.receipt_handle, seconds=seconds)


def _deliveries(record: SQSRecord) -> int:
    return int(record.raw_event["attributes"].get("ApproximateReceiveCount", 1))
