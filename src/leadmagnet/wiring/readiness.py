"""Whether what the service needs answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadmagnet.adapters.readiness import Readiness

if TYPE_CHECKING:
    from leadmagnet.settings import Settings
    from leadmagnet.wiring.clients import Clients


def build_readiness(settings: Settings, clients: Clients) -> Readiness:
    """Asks table, bucket and queue."""
    return Readiness(
        dynamodb=clients.dynamodb,
        s3=clients.s3,
        sqs=clients.sqs,
        jobs_table=settings.jobs_table,
        bucket=settings.artifacts_bucket,
        queue_url=settings.queue_url,
    )
