"""What jobs are run with."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from leadmagnet.adapters.artifacts import S3Artifacts
from leadmagnet.adapters.job_runs import JobRunTable
from leadmagnet.adapters.step_record import LoggedSteps
from leadmagnet.adapters.webhook import HttpWebhook
from leadmagnet.adapters.workflows import WorkflowTable
from leadmagnet.engine.crew import Threads
from leadmagnet.engine.parts import EngineParts
from leadmagnet.wiring.identity import new_id, now
from leadmagnet.wiring.models import build_models
from leadmagnet.wiring.step_logs import build_step_log

if TYPE_CHECKING:
    from leadmagnet.settings import Settings
    from leadmagnet.wiring.clients import Clients


def build_engine(settings: Settings, clients: Clients) -> EngineParts:
    """What jobs are run with."""
    settings.require("artifacts_bucket", "queue_url")
    step_log = build_step_log(settings, clients)
    return EngineParts(
        runs=JobRunTable(dynamodb=clients.dynamodb, table=settings.jobs_table, keep=settings.keep_jobs),
        workflows=WorkflowTable(dynamodb=clients.dynamodb, table=settings.workflows_table),
        steps=LoggedSteps(step_log=step_log),
        artifacts=S3Artifacts(s3=clients.s3, bucket=settings.artifacts_bucket),
        models=build_models(settings),
        webhooks=HttpWebhook(allowed_hosts=settings.webhook_hosts, secret=settings.webhook_secret),
        crew=Threads(),
        clock=now,
        new_id=new_id,
        random=random.random,
        max_parallel_steps=settings.parallel_steps,
        lease_s=settings.lease_s,
        most_output_bytes=settings.most_output_bytes,
    )
