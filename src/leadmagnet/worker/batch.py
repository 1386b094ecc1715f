"""The worker of AWS Lambda: runs the jobs of a batch of SQS messages, and answers which of them failed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from leadmagnet.domain.errors import LeadmagnetError
from leadmagnet.worker.deliveries import Messages
from leadmagnet.worker.handling import Fate, RunJob, handle

logger = logging.getLogger(__name__)

#: Seconds until a message that failed comes again, after its first delivery; twice that after each further one.
FIRST_WAIT_S = 30
LONGEST_WAIT_S = 900

#: Seconds before the function's end at which no further step begins: what is under way still ends and is recorded.
STOP_MARGIN_S = 180.0


class MessageLeft(LeadmagnetError):
    """A message that no worker can act on; reported as failed, so that it ends in the dead-letter queue."""

    code = "message_left"


class Context(Protocol):
    """What Lambda says of one invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """How long the function may still run."""


class BatchWorker:
    """A Lambda handler for SQS events with `ReportBatchItemFailures`.

    A job that does not fit into the time that is left is handed on by a new message and goes on in another
    invocation. One message that fails does not bring back the others of its batch.
    """

    def __init__(self, *, run: RunJob, messages: Messages, clock: Callable[[], datetime]) -> None:
        self._run = run
        self._messages = messages
        self._clock = clock

    def __call__(self, event: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
        """`{"batchItemFailures": [...]}`: the messages that have to come again."""

        def is_late() -> bool:
            return context.get_remaining_time_in_millis() < STOP_MARGIN_S * 1_000

        def take(record: SQSRecord) -> None:
            try:
                verdict = handle(record.body, run=self._run, stop=is_late, clock=self._clock)
            except Exception:
                # The answer to Lambda names the message and no reason, and counts as no error of the function.
                logger.exception("Delivery failed", extra={"event": "delivery_failed"})
                self._bring_back(record, seconds=_wait_s(record))
                raise
            if verdict.fate is Fate.AGAIN:
                self._messages.send(verdict.job_id, delay_s=verdict.delay_s)
            elif verdict.fate is Fate.LEAVE:
                self._bring_back(record, seconds=0)
                raise MessageLeft("The message stays for the dead-letter queue.")

        # A whole batch of failures is answered as such too: raising would tell the log everything twice.
        processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        return process_partial_response(event=dict(event), record_handler=take, processor=processor)

    def _bring_back(self, record: SQSRecord, *, seconds: int) -> None:
        """Have the message come again after `seconds`: the queue's own timeout is 90 minutes, for the longest job."""
        try:
            self._messages.extend(record.receipt_handle, seconds=seconds)
        except Exception:
            # It comes again all the same, later.
            logger.warning("Delivery not extended", exc_info=True, extra={"event": "delivery_not_extended"})


def _wait_s(record: SQSRecord) -> int:
    deliveries = int(record.raw_event["attributes"].get("ApproximateReceiveCount", 1))
    # Beyond so many the longest wait is passed anyway.
    return min(LONGEST_WAIT_S, FIRST_WAIT_S << min(deliveries - 1, 10))
