"""Builds every client and joins the parts. Nothing else in the service knows how they fit together."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from ulid import ULID

from leadmagnet.adapters.artifacts import S3Artifacts
from leadmagnet.adapters.dead_queue import SqsDeadQueue
from leadmagnet.adapters.job_files import S3JobFiles
from leadmagnet.adapters.job_history import JobHistoryTable
from leadmagnet.adapters.job_runs import JobRunTable
from leadmagnet.adapters.jobs import JobTable
from leadmagnet.adapters.models.registry import ModelRegistry
from leadmagnet.adapters.queue import SqsQueue
from leadmagnet.adapters.readiness import Readiness
from leadmagnet.adapters.step_record import LoggedSteps
from leadmagnet.adapters.stranded import StrandedJobTable
from leadmagnet.adapters.tokens import EitherTokens, HmacTokens, JwksKeys, OidcTokens
from leadmagnet.adapters.webhook import HttpWebhook
from leadmagnet.adapters.workflows import WorkflowTable
from leadmagnet.api.app import create_app
from leadmagnet.api.parts import ApiParts
from leadmagnet.engine.crew import Threads
from leadmagnet.engine.operator_parts import OperatorParts
from leadmagnet.engine.parts import EngineParts
from leadmagnet.engine.recovery import recover_jobs
from leadmagnet.engine.runner import run_job
from leadmagnet.engine.workflow_file import parse_workflow
from leadmagnet.steplog import Limits, StepLog
from leadmagnet.web.app import create_web
from leadmagnet.web.front import Front
from leadmagnet.web.parts import WebParts
from leadmagnet.worker.batch import BatchWorker
from leadmagnet.worker.loop import Pace, Worker

if TYPE_CHECKING:
    from fastapi import FastAPI
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from starlette.types import ASGIApp

    from leadmagnet.domain.access import TokenVerifier
    from leadmagnet.settings import Settings
    from leadmagnet.web.parts import SignInTickets

#: Enough for every thread of a worker and the steps that it runs at the same time.
_CONNECTIONS = 64
_CONNECT_TIMEOUT_S = 5
#: First segments of the API's paths; all others are pages.
API_SEGMENTS = frozenset({"admin", "health", "ready", "version", "openapi.json"})
#: SQS answers a long poll after at most 20 s.
_READ_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """AWS, or what stands in for it."""

    dynamodb: DynamoDBClient
    s3: S3Client
    sqs: SQSClient


def connect(settings: Settings) -> Clients:
    """The clients that everything else is built on."""
    session = boto3.session.Session(
        region_name=settings.region,
        aws_access_key_id=settings.access_key_id,
        aws_secret_access_key=settings.secret_access_key,
    )
    config = Config(
        retries={"mode": "standard", "max_attempts": 4},
        connect_timeout=_CONNECT_TIMEOUT_S,
        read_timeout=_READ_TIMEOUT_S,
        max_pool_connections=_CONNECTIONS,
        # A proxy that the environment names must not stand between us and this machine.
        proxies={} if _on_this_machine(settings.endpoint_url) else None,
    )
    # Links signed the old way (SigV2) never expire on the embedded engine; path style needs no wildcard DNS.
    s3 = config.merge(
        Config(signature_version="s3v4", s3={"addressing_style": "path"} if settings.endpoint_url else {})
    )
    # Steps are checked by the step log's own walk; botocore's second walk over large ones only costs time.
    dynamodb = config.merge(Config(parameter_validation=False))
    endpoint = settings.endpoint_url
    return Clients(
        dynamodb=session.client("dynamodb", endpoint_url=endpoint, config=dynamodb),
        s3=session.client("s3", endpoint_url=endpoint, config=s3),
        sqs=session.client("sqs", endpoint_url=endpoint, config=config),
    )


def _on_this_machine(endpoint_url: str | None) -> bool:
    return urlsplit(endpoint_url or "").hostname in ("127.0.0.1", "localhost", "::1")


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


def build_workflow_store(settings: Settings) -> WorkflowTable:
    """The workflow table alone."""
    return WorkflowTable(dynamodb=connect(settings).dynamodb, table=settings.workflows_table)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """What API and pages read and write."""

    jobs: JobTable
    workflows: WorkflowTable
    queue: SqsQueue
    artifacts: S3Artifacts
    steps: StepLog
    operator: OperatorParts
    files: S3JobFiles
    readiness: Readiness


def build_stores(settings: Settings) -> Stores:
    """The stores, on clients of their own."""
    settings.require("artifacts_bucket", "queue_url")
    clients = connect(settings)
    step_log = build_step_log(settings, clients)
    jobs = JobTable(dynamodb=clients.dynamodb, table=settings.jobs_table, step_log=step_log)
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
        workflows=workflows,
        queue=queue,
        artifacts=artifacts,
        steps=step_log,
        operator=operator,
        files=S3JobFiles(s3=clients.s3, bucket=settings.artifacts_bucket),
        readiness=Readiness(
            dynamodb=clients.dynamodb,
            s3=clients.s3,
            sqs=clients.sqs,
            jobs_table=settings.jobs_table,
            bucket=settings.artifacts_bucket,
            queue_url=settings.queue_url,
        ),
    )


def build_service(settings: Settings, *, tickets: SignInTickets) -> ASGIApp:
    """API and pages as one app; the API alone where there is no key to sign sessions with."""
    stores = build_stores(settings)
    api = _api(settings, stores)
    if not settings.token_key:
        return api
    parts = WebParts(
        operator=stores.operator,
        steps=stores.steps,
        tokens=build_tokens(settings),
        tickets=tickets,
        session_key=settings.token_key,
    )
    return Front(api=api, pages=create_web(parts), api_segments=API_SEGMENTS)


def build_api(settings: Settings) -> FastAPI:
    """The admin API alone."""
    return _api(settings, build_stores(settings))


def _api(settings: Settings, stores: Stores) -> FastAPI:
    return create_app(
        ApiParts(
            jobs=stores.jobs,
            workflows=stores.workflows,
            queue=stores.queue,
            artifacts=stores.artifacts,
            steps=stores.steps,
            operator=stores.operator,
            files=stores.files,
            readiness=stores.readiness,
            tokens=build_tokens(settings),
            clock=now,
            new_id=new_id,
            parse_workflow=parse_workflow,
        )
    )


def build_tokens(settings: Settings) -> TokenVerifier:
    """Whoever tells which bearer tokens are good: the key, the identity provider, or both."""
    if settings.oidc_issuer is None:
        settings.require("token_key")
        return HmacTokens(key=settings.token_key)
    settings.require("oidc_audience")
    provider = OidcTokens(
        keys=JwksKeys(issuer=settings.oidc_issuer, jwks_url=settings.oidc_jwks_url),
        issuer=settings.oidc_issuer,
        audience=settings.oidc_audience,
        tenant_claim=settings.oidc_tenant_claim,
        role_claim=settings.oidc_role_claim,
        token_use=settings.oidc_token_use,
    )
    if not settings.token_key:
        return provider
    return EitherTokens(provider=provider, shared_key=HmacTokens(key=settings.token_key))


def build_worker(settings: Settings) -> Worker:
    """A worker that takes jobs from the queue; it begins with `start` and ends with `stop`."""
    clients = connect(settings)
    pace = Pace(threads=settings.worker_threads, wait_s=settings.queue_wait_s)
    run = partial(run_job, parts=build_engine(settings, clients))
    deliveries = SqsQueue(sqs=clients.sqs, queue_url=settings.queue_url, visibility_s=pace.visibility_s)
    return Worker(deliveries=deliveries, run=run, clock=now, pace=pace)


def build_batch_worker(settings: Settings) -> BatchWorker:
    """A worker that AWS Lambda hands batches of messages to."""
    clients = connect(settings)
    run = partial(run_job, parts=build_engine(settings, clients))
    return BatchWorker(run=run, sender=SqsQueue(sqs=clients.sqs, queue_url=settings.queue_url), clock=now)


def build_engine(settings: Settings, clients: Clients) -> EngineParts:
    """What jobs are run with."""
    settings.require("artifacts_bucket", "queue_url")
    step_log = build_step_log(settings, clients)
    return EngineParts(
        runs=JobRunTable(dynamodb=clients.dynamodb, table=settings.jobs_table),
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


def recover(settings: Settings, *, idle_s: float) -> list[str]:
    """The ids of the jobs that nobody ran for `idle_s` seconds, which are asked for again."""
    settings.require("queue_url")
    clients = connect(settings)
    return recover_jobs(
        stranded=StrandedJobTable(dynamodb=clients.dynamodb, table=settings.jobs_table),
        queue=SqsQueue(sqs=clients.sqs, queue_url=settings.queue_url),
        clock=now,
        idle_s=idle_s,
    )


def build_models(settings: Settings) -> ModelRegistry:
    """The models that steps may name."""
    session = boto3.session.Session(region_name=settings.region)
    return ModelRegistry(
        default_text=settings.text_model,
        default_image=settings.image_model,
        openai_api_key=settings.openai_api_key,
        openai_base_url=settings.openai_base_url,
        anthropic_api_key=settings.anthropic_api_key,
        anthropic_base_url=settings.anthropic_base_url,
        bedrock=partial(session.client, "bedrock-runtime") if settings.bedrock else None,
        timeout_s=settings.model_timeout_s,
    )


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """A new ULID: unique, and in the order of time."""
    return str(ULID())
