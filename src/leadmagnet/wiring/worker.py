"""The worker that takes jobs from the queue by itself."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from leadmagnet.adapters.queue import SqsQueue
from leadmagnet.engine.runner import run_job
from leadmagnet.wiring.clients import connect
from leadmagnet.wiring.engine import build_engine
from leadmagnet.wiring.identity import now
from leadmagnet.worker.loop import Pace, Worker

if TYPE_CHECKING:
    from leadmagnet.settings import Settings


def build_worker(settings: Settings) -> Worker:
    """A worker that takes jobs from the queue; it begins with `start` and ends with `stop`."""
    clients = connect(settings)
    pace = Pace(threads=settings.worker_threads, wait_s=settings.queue_wait_s)
    run = partial(run_job, parts=build_engine(settings, clients))
    deliveries = SqsQueue(sqs=clients.sqs, queue_url=settings.queue_url, visibility_s=pace.visibility_s)
    return Worker(deliveries=deliveries, run=run, clock=now, pace=pace)
