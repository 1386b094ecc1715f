"""Bringing back jobs that nobody runs any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadmagnet.adapters.queue import SqsQueue
from leadmagnet.adapters.stranded import StrandedJobTable
from leadmagnet.domain.job import JobStatus
from leadmagnet.engine.recovery import recover_jobs
from leadmagnet.wiring.clients import connect
from leadmagnet.wiring.identity import now

if TYPE_CHECKING:
    from collections.abc import Collection

    from leadmagnet.settings import Settings


def recover_stranded(settings: Settings, *, idle_s: float) -> list[str]:
    """The ids of the jobs that nobody ran for `idle_s` seconds, which are asked for again."""
    return _recover(settings, idle_s=idle_s, statuses=(JobStatus.PENDING, JobStatus.PROCESSING))


def recover_never_taken(settings: Settings, *, idle_s: float) -> list[str]:
    """The same for jobs that no worker ever took; nobody decides here, so nothing is paid for twice."""
    return _recover(settings, idle_s=idle_s, statuses=(JobStatus.PENDING,))


def _recover(settings: Settings, *, idle_s: float, statuses: Collection[JobStatus]) -> list[str]:
    settings.require("queue_url")
    clients = connect(settings)
    return recover_jobs(
        stranded=StrandedJobTable(dynamodb=clients.dynamodb, table=settings.jobs_table, statuses=statuses),
        queue=SqsQueue(sqs=clients.sqs, queue_url=settings.queue_url),
        clock=now,
        idle_s=idle_s,
    )
