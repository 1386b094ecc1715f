"""What API and pages read and write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadmagnet.adapters.artifacts import S3Artifacts
from leadmagnet.adapters.dead_queue import SqsDeadQueue
from leadmagnet.adapters.job_files import S3JobFiles
from leadmagnet.adapters.job_history import JobHistoryTable
from leadmagnet.adapters.job_records import LoggedJobs
from leadmagnet.adapters.jobs import JobTable
from leadmagnet.adapters.queue import SqsQueue
from leadmagnet.adapters.readiness import Readiness
from leadmagnet.adapters.step_record import LoggedSteps
from leadmagnet.adapters.sweep_reports import S3SweepReports
from leadmagnet.adapters.workflows import WorkflowTable
from leadmagnet.engine.operator_parts import OperatorParts
from leadmagnet.steplog import StepLog
from leadmagnet.wiring.clients import connect
from leadmagnet.wiring.identity import new_id, now
from leadmagnet.wiring.readiness import build_readiness
from leadmagnet.wiring.step_logs import build_step_log

if TYPE_CHECKING:
    from leadmagnet.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """What API and pages read and write."""

    jobs: JobTable
    records: LoggedJobs
    workflows: WorkflowTable
    queue: SqsQueue
    artifacts: S3Artifacts
    steps: StepLog
    operator: OperatorParts
    files: S3JobFiles
    sweeps: S3SweepReports
    readiness: Readiness


def build_stores(settings: Settings) -> Stores:
    """The stores, on clients of their own."""
    settings.require("artifacts_bucket", "queue_url")
    clients = connect(settings)
    step_log = build_step_log(settings, clients)
    jobs = JobTable(dynamodb=clients.dynamodb, table=settings.jobs_table, step_log=step_log, keep=settings.keep_jobs)
    workflows = WorkflowTable(dynamodb=clients.dynamodb, table=settings.workflows_table)
    queue = SqsQueue(sqs=clients.sqs, queue_url=settings.queue_url)
    artifacts = S3Artifacts(s3=clients.s3, bucket=settings.artifacts_bucket)
    operator = OperatorParts(
        jobs=jobs,
        workflows=workflows,
        steps=LoggedSteps(step_log=step_log),
        artifacts=artifacts,
        queue=queue,
        dead=SqsDeadQueue(sqs=clients.sqs, queue_url=settings.queue_url),
        history=JobHistoryTable(dynamodb=clients.dynamodb, table=settings.jobs_table),
        clock=now,
        new_id=new_id,
    )
    return Stores(
        jobs=jobs,
        records=LoggedJobs(step_log=step_log),
        workflows=workflows,
        queue=queue,
        artifacts=artifacts,
        steps=step_log,
        operator=operator,
        files=S3JobFiles(s3=clients.s3, bucket=settings.artifacts_bucket),
        sweeps=S3SweepReports(s3=clients.s3, bucket=settings.artifacts_bucket),
        readiness=build_readiness(settings, clients),
    )


def build_workflow_store(settings: Settings) -> WorkflowTable:
    """The workflow table alone."""
    return WorkflowTable(dynamodb=connect(settings).dynamodb, table=settings.workflows_table)
