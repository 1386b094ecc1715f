"""The worker that AWS Lambda hands batches of messages to."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from leadmagnet.adapters.queue import SqsQueue
from leadmagnet.engine.runner import run_job
from leadmagnet.wiring.clients import connect
from leadmagnet.wiring.engine import build_engine
from leadmagnet.wiring.identity import now
from leadmagnet.worker.batch import BatchWorker

if TYPE_CHECKING:
    from leadmagnet.settings import Settings


def build_batch_worker(settings: Settings) -> BatchWorker:
    """A worker that AWS Lambda hands batches of messages to."""
    clients = connect(settings)
    run = partial(run_job, parts=build_engine(settings, clients))
    return BatchWorker(run=run, messages=SqsQueue(sqs=clients.sqs, queue_url=settings.queue_url), clock=now)
