"""The sweeper of a deployment."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from leadmagnet.adapters.sweep_reports import S3SweepReports
from leadmagnet.engine.sweep_run import run_sweep
from leadmagnet.steplog.sweeping import sweep
from leadmagnet.wiring.clients import connect
from leadmagnet.wiring.identity import now
from leadmagnet.wiring.readiness import build_readiness
from leadmagnet.wiring.recovery import recover_abandoned
from leadmagnet.worker.sweeper import Sweeper

if TYPE_CHECKING:
    from leadmagnet.settings import Settings

#: A job that no worker took for so long, or whose worker's lease ended so long ago, has lost its message; SQS and
#: Lambda need seconds, and where they do not, a second message does no harm: the lease lets one worker in.
_IDLE_S = 3_600.0


def build_sweeper(settings: Settings) -> Sweeper:
    """The sweeper of the job table and its bucket."""
    settings.require("artifacts_bucket", "queue_url")
    clients = connect(settings)
    return Sweeper(
        sweep=partial(
            run_sweep,
            sweep=partial(
                sweep,
                dynamodb=clients.dynamodb,
                s3=clients.s3,
                table=settings.jobs_table,
                bucket=settings.artifacts_bucket,
                # Where jobs end by themselves, nobody else takes their files away.
                of_gone_jobs="folder" if settings.keep_jobs else "log",
            ),
            reports=S3SweepReports(s3=clients.s3, bucket=settings.artifacts_bucket),
            clock=now,
        ),
        recover=partial(recover_abandoned, settings, idle_s=_IDLE_S),
        ready=build_readiness(settings, clients),
    )
