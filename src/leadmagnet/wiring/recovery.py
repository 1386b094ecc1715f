"""Bringing back jobs that nobody runs any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadmagnet.adapters.queue import SqsQueue
from leadmagnet.adapters.stranded import ABANDONED, IDLE, StrandedJobTable
from leadmagnet.engine.recovery import recover_jobs
from leadmagnet.wiring.clients import connect
from leadmagnet.wiring.identity import now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadmagnet.settings import Settings


def recover_stranded(settings: Settings, *, idle_s: float) -> list[str]:
    """The ids of the jobs that nobody ran for `idle_s` seconds, which are asked for again."""
    return _recover(settings, idle_s=idle_s, signs=IDLE)


def recover_abandoned(settings: Settings, *, idle_s: float) -> list[str]:
    """The same without anybody who decides: only jobs that no worker will come for."""
    return _recover(settings, idle_s=idle_s, signs=ABANDONED)


def _recover(settings: Settings, *, idle_s: float, signs: Sequence[str]) -> list[str]:
    settings.require("queue_url")
    clients = connect(settings)
    return recover_jobs(
        stranded=StrandedJobTable(dynamodb=clients.dynamodb, table=settings.jobs_table, signs=signs),
        queue=SqsQueue(sqs=clients.sqs, queue_url=settings.queue_url),
        clock=now,
        idle_s=idle_s,
    )
