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

logger = logging.getLogger(__name__)

#: SQS delays a message by 15 minutes at most.
LONGEST_DELAY_S = 900


class RunJob(Protocol):
    """Runs the job of that id, as far as `stop` lets it."""

    def __call__(self, job_id: str, *, stop: Callable[[], bool]) -> Job:
        """The job after its run."""


class Fate(StrEnum):
    """What should become of a message."""

    #: The job is at rest; nothing is left to do.
    DONE = "done"
    #: Somebody has to go on with the job later: a new message in place of this one, whose deliveries are
    #: counted and end in the dead-letter queue.
    AGAIN = "again"
    #: No worker can act on it; the queue moves it to the dead-letter queue after its last delivery.
    LEAVE = "leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What should become of a message, and for AGAIN the job and when."""

    fate: Fate
    job_id: str = ""
    delay_s: int = 0


def handle(body: str, *, run: RunJob, stop: Callable[[], bool], clock: Callable[[], datetime]) -> Verdict:
    """Run the job that the message names and say what should become of the message.

    What goes wrong beyond the job itself (a store that does not answer) goes up; the message then comes again.
    """
    try:
        job_id = job_id_of(body)
        job = run(job_id, stop=stop)
    except (PoisonMessage, JobNotFound) as error:
        facts = {"event": "message_refused", "code": error.code, "size_bytes": len(body.encode())}
        logger.error("Message refused", extra=facts)  # noqa: TRY400, the kind says it all; no traceback helps
        return Verdict(fate=Fate.LEAVE)
    except LeaseHeld as error:
        # Not acknowledged away: this may be the only message that is left when that worker dies.
        return _again(job_id, wait_s=(error.until - clock()).total_seconds(), why="lease_held")
    except LeaseLost:
        return _again(job_id, wait_s=0, why="lease_lost")
    return Verdict(fate=Fate.DONE) if job.status.at_rest else _again(job_id, wait_s=0, why="stopped")


def _again(job_id: str, *, wait_s: float, why: str) -> Verdict:
    # One second more than the lease has left, or the message would be there just before it ends.
    delay_s = min(LONGEST_DELAY_S, max(0, round(wait_s) + 1)) if wait_s > 0 else 0
    facts = {"event": "job_deferred", "job_id": job_id, "reason": why, "delay_s": delay_s}
    logger.info("Job deferred", extra=facts)
    return Verdict(fate=Fate.AGAIN, job_id=job_id, delay_s=delay_s)
