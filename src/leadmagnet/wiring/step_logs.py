"""The step log of the job table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadmagnet.steplog import Limits, StepLog

if TYPE_CHECKING:
    from leadmagnet.settings import Settings
    from leadmagnet.wiring.clients import Clients


def build_step_log(settings: Settings, clients: Clients) -> StepLog:
    """The step log of the job table."""
    return StepLog(
        dynamodb=clients.dynamodb,
        s3=clients.s3,
        table=settings.jobs_table,
        bucket=settings.artifacts_bucket,
        limits=step_limits(settings),
    )


def step_limits(settings: Settings) -> Limits:
    """When steps move to S3."""
    return Limits(inline_bytes=settings.inline_bytes, buffer=settings.inline_buffer)
