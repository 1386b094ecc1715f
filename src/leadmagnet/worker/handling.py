"""One message: what is done for it, and what becomes of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from leadmagnet.domain.errors import JobNotFound, LeaseHeld, LeaseLost
from leadmagnet.domain.job import Job
from leadmagnet.engine.message import PoisonMessage, job_id_of
from leadmagnet.worker.waits import LONGEST_WAIT_S, MOST_DELIVERIES, wait_s

logger = logging.getLogger(__name__)

#: A job that was taken so often is handed on by the same message, whose deliveries are counted, and ends with the
#: dead letters. At 12 minutes a time these are 20 hours: a job that goes round and round stops being paid for.
MOST_EXECUTIONS = 100


class RunJob(Protocol):
    """Runs the job of that id, as far as `stop` lets it."""

    def __call__(self, job_id: str, *, stop: Callable[[], bool]) -> Job:
        """The job after its run."""


class Fate(StrEnum):
    """What should become of a message."""

    #: The job is at rest; nothing is left to do.
    DONE = "done"
    #: Somebody has to go on with the job: a new message in place of this one, whose deliveries are counted and end in
    #: the dead-letter queue.
    AGAIN = "again"
    #: The same message has to come again later; after its last delivery the queue makes a dead letter of it.
    LATER = "later"
    #: No worker can act on it; the queue moves it to the dead-letter queue after its last delivery.
    LEAVE = "leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What should become of a message, and for AGAIN and LATER the job and when."""

    fate: Fate
    job_id: str = ""
    delay_s: int = 0


def handle(
    body: str, *, deliveries: int, run: RunJob, stop: Callable[[], bool], clock: Callable[[], datetime]
) -> Verdict:
    """Run the job that the message names and say what should become of the message.

    `deliveries` is how often it was handed out, this time included. What goes wrong beyond the job itself (a store
    that does not answer) goes up; the message then comes again.
    """
    try:
        job_id = job_id_of(body)
        job = run(job_id, stop=stop)
    except (PoisonMessage, JobNotFound) as error:
        facts = {"event": "message_refused", "code": error.code, "size_bytes": len(body.encode())}
        logger.error("Message refused", extra=facts)  # noqa: TRY400, the kind says it all; no traceback helps
        return Verdict(fate=Fate.LEAVE)
    except LeaseHeld as error:
        return _held(job_id, deliveries, left_s=(error.until - clock()).total_seconds())
    except LeaseLost:
        return _deferred(Fate.LATER, job_id, delay_s=wait_s(deliveries), why="lease_lost")
    if job.status.at_rest:
        return Verdict(fate=Fate.DONE)
    if job.executions >= MOST_EXECUTIONS:
        return _deferred(Fate.LATER, job_id, delay_s=wait_s(deliveries), why="taken_too_often")
    return _deferred(Fate.AGAIN, job_id, delay_s=0, why="stopped")


def _held(job_id: str, deliveries: int, *, left_s: float) -> Verdict:
    """Not acknowledged away: this may be the only message that is left when the worker that has the job dies.

    The first two times it waits for the end of the lease: a message whose worker died may be there again a moment
    before that. A worker that still has the job then lives, so that there is no hurry, and each further wait is longer.
    Waiting must not end with the dead letters: in the place of the last delivery a new message begins to count.
    """
    # One second more than the lease has left, or the message would be there just before it ends.
    until_free_s = max(0, round(left_s) + 1) if left_s > 0 else 0
    delay_s = min(LONGEST_WAIT_S, max(until_free_s, 0 if deliveries <= 2 else wait_s(deliveries - 1)))
    fate = Fate.AGAIN if deliveries >= MOST_DELIVERIES else Fate.LATER
    return _deferred(fate, job_id, delay_s=delay_s, why="lease_held")


def _deferred(fate: Fate, job_id: str, *, delay_s: int, why: str) -> Verdict:
    facts = {"event": "job_deferred", "job_id": job_id, "reason": why, "delay_s": delay_s}
    logger.info("Job deferred", extra=facts)
    return Verdict(fate=fate, job_id=job_id, delay_s=delay_s)
