"""Messages that no worker could handle: look at them, and have their jobs run again."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from leadmagnet.domain.errors import JobNotFound
from leadmagnet.domain.job import DEFAULT_TENANT, Job
from leadmagnet.engine.message import PoisonMessage, job_id_of
from leadmagnet.engine.ports import JobQueue, JobStore

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadMessage:
    """One message of the dead-letter queue."""

    id: str
    body: str
    sent_at: datetime
    receipt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A dead message and the job that it names; None if it names none that exists."""

    message_id: str
    sent_at: datetime
    job: Job | None


class DeadQueue(Protocol):
    """The dead-letter queue."""

    def look(self, *, limit: int) -> Sequence[DeadMessage]:
        """Up to `limit` messages, hidden from other callers for a short while."""

    def put_back(self, messages: Sequence[DeadMessage]) -> None:
        """Show them to others again at once."""

    def remove(self, messages: Sequence[DeadMessage]) -> None:
        """They are done with."""


def list_dead(*, tenant: str, limit: int, dead: DeadQueue, jobs: JobStore) -> list[DeadLetter]:
    """The tenant's dead letters among the first `limit` of all.

    Messages that name no job are nobody's; the default tenant, which runs the service, sees them.
    """
    messages = dead.look(limit=limit)
    try:
        return [letter for _, letter in _letters(messages, tenant, jobs)]
    finally:
        dead.put_back(messages)


def redrive(
    *, tenant: str, job_ids: Collection[str] | None, limit: int, dead: DeadQueue, jobs: JobStore, queue: JobQueue
) -> list[str]:
    """The ids of the tenant's jobs that are asked for again: those of `job_ids`, or all, among the first `limit`.

    Their dead messages are removed after the new ones are sent; what names no job stays until the queue forgets it.
    """
    messages = dead.look(limit=limit)
    sent: list[str] = []
    done: list[DeadMessage] = []
    try:
        for message, letter in _letters(messages, tenant, jobs):
            if letter.job is None or (job_ids is not None and letter.job.id not in job_ids):
                continue
            queue.send(letter.job.id)
            sent.append(letter.job.id)
            done.append(message)
            logger.info("Dead letter sent again", extra={"event": "dead_letter_redriven", "job_id": letter.job.id})
    finally:
        dead.remove(done)
        dead.put_back([message for message in messages if message not in done])
    return sent


def _letters(messages: Sequence[DeadMessage], tenant: str, jobs: JobStore) -> Iterator[tuple[DeadMessage, DeadLetter]]:
    for message in messages:
        job = _job_of(message, tenant, jobs)
        if job is not None or (tenant == DEFAULT_TENANT and not _names_a_job(message)):
            yield message, DeadLetter(message_id=message.id, sent_at=message.sent_at, job=job)


def _job_of(message: DeadMessage, tenant: str, jobs: JobStore) -> Job | None:
    try:
        return jobs.get(tenant=tenant, job_id=job_id_of(message.body))
    except (PoisonMessage, JobNotFound):
        return None


def _names_a_job(message: DeadMessage) -> bool:
    try:
        job_id_of(message.body)
    except PoisonMessage:
        return False
    return True
