"""The worker of a laptop or a server: takes messages from the queue and runs their jobs until told to stop."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Thread

from leadmagnet.worker.deliveries import Deliveries, Delivery
from leadmagnet.worker.handling import Fate, RunJob, Verdict, handle
from leadmagnet.worker.heartbeat import heartbeat

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How many jobs a worker runs at a time, and how it speaks with the queue."""

    threads: int = 2
    #: Seconds that a receive may wait; a worker that is told to stop may need as long.
    wait_s: int = 5
    #: Seconds for which a message in work is kept from other workers.
    visibility_s: int = 30
    #: Seconds to rest after the queue did not answer.
    rest_s: float = 2.0
    #: How often in that time a message in work is claimed anew; with three, two may fail.
    beats_per_visibility: int = 3

    @property
    def heartbeat_s(self) -> float:
        """Seconds between two beats."""
        return self.visibility_s / self.beats_per_visibility


class Worker:
    """Threads that each take one message at a time and run its job."""

    def __init__(
        self, *, deliveries: Deliveries, run: RunJob, clock: Callable[[], datetime], pace: Pace | None = None
    ) -> None:
        self._deliveries = deliveries
        self._run = run
        self._clock = clock
        self._pace = pace or Pace()
        self._stopped = Event()
        self._threads: list[Thread] = []

    def start(self) -> None:
        """Begin to take messages."""
        for number in range(1, self._pace.threads + 1):
            thread = Thread(target=self._loop, name=f"worker-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()
        logger.info("Worker started", extra={"event": "worker_started", "threads": self._pace.threads})

    def stop(self, *, timeout_s: float | None = None) -> bool:
        """Take nothing new, hand jobs back between two steps, and wait; whether all threads have ended.

        A step that is under way is finished and recorded first, however long its model takes; after
        `timeout_s` the worker no longer waits for it, and the queue hands the job out again later.
        """
        self._stopped.set()
        for thread in self._threads:
            thread.join(timeout_s)
        ended = not any(thread.is_alive() for thread in self._threads)
        logger.info("Worker stopped", extra={"event": "worker_stopped", "all_ended": ended})
        return ended

    def _loop(self) -> None:
        while not self._stopped.is_set():
            try:
                for delivery in self._deliveries.receive(limit=1, wait_s=self._pace.wait_s):
                    self._take(delivery)
            except Exception:
                # The message, if there was one, becomes visible again by itself.
                logger.exception("Delivery failed", extra={"event": "delivery_failed"})
                self._stopped.wait(self._pace.rest_s)

    def _take(self, delivery: Delivery) -> None:
        pace = self._pace
        with heartbeat(self._deliveries, delivery.receipt, visibility_s=pace.visibility_s, every_s=pace.heartbeat_s):
            verdict = handle(
                delivery.body,
                deliveries=delivery.deliveries,
                run=self._run,
                stop=self._stopped.is_set,
                clock=self._clock,
            )
        # Settled after the last beat: one that came later would hide the message again.
        self._settle(verdict, delivery)

    def _settle(self, verdict: Verdict, delivery: Delivery) -> None:
        if verdict.fate is Fate.AGAIN:
            # Sent before the old one is gone; if the worker dies in between there are two, which does no harm.
            self._deliveries.send(verdict.job_id, delay_s=verdict.delay_s)
        if verdict.fate is Fate.LATER:
            self._deliveries.extend(delivery.receipt, seconds=verdict.delay_s)
        if verdict.fate in (Fate.DONE, Fate.AGAIN):
            self._deliveries.ack(delivery.receipt)
