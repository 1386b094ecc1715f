"""Finds jobs that no worker will come for, and asks for them again."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Protocol

from leadmagnet.engine.ports import Clock, JobQueue

logger = logging.getLogger(__name__)


class StrandedJobs(Protocol):
    """Jobs that are not at rest and that nobody runs."""

    def idle_since(self, moment: datetime) -> Iterator[str]:
        """The ids of jobs that were created, or whose lease ended, before `moment`."""


def recover_jobs(*, stranded: StrandedJobs, queue: JobQueue, clock: Clock, idle_s: float) -> list[str]:
    """The ids of the jobs that were asked for again: idle for at least `idle_s` seconds.

    A job strands when its message was lost, never sent (a fault between the two), or ended as a dead letter. One that
    does have a message is delivered twice then, which the lease makes harmless.
    """
    found = list(stranded.idle_since(clock() - timedelta(seconds=idle_s)))
    for job_id in found:
        queue.send(job_id)
        logger.info("Job recovered", extra={"event": "job_recovered", "job_id": job_id})
    return found
