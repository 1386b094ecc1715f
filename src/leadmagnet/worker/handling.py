"""One message: what is done for it, and what becomes of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from leadmagnet.domain.errors import JobNotFound
from leadmagnet.domain.job import Job
from leadmagnet.worker.message import PoisonMessage, job_id_of

logger = logging.getLogger(__name__)


class RunJob(Protocol):
    """Runs the job of that id, as far as `stop` lets it."""

    def __call__(self, job_id: str, *, stop: Callable[[], bool]) -> Job:
        """The job after its run."""


class Verdict(StrEnum):
    """What should become of a message."""

    #: The job is at rest; nothing is left to do.
    DONE = "done"
    #: The worker stopped between two steps; another one should go on at once.
    HAND_BACK = "hand_back"
    #: No worker can act on it; the queue moves it to the dead-letter queue after its last attempt.
    LEAVE = "leave"


def handle(body: str, *, run: RunJob, stop: Callable[[], bool]) -> Verdict:
    """Run the job that the message names and say what should become of the message.

    What goes wrong beyond the job itself (a store that does not answer) goes up; the message then comes again.
    """
    try:
        job = run(job_id_of(body), stop=stop)
    except (PoisonMessage, JobNotFound) as error:
        facts = {"event": "message_refused", "code": error.code, "size_bytes": len(body.encode())}
        logger.error("Message refused", extra=facts)  # noqa: TRY400, the kind says it all; no traceback helps
        return Verdict.LEAVE
    return Verdict.DONE if job.status.at_rest else Verdict.HAND_BACK
