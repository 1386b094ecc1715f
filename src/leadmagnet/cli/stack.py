"""The whole service in one process: engine, resources, workflows, worker and API."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from leadmagnet.adapters.tokens import HmacTokens
from leadmagnet.cli.api_server import listen, serving, url_of
from leadmagnet.cli.client import ApiClient
from leadmagnet.cli.data_dir import Ready, ready_path, token_key, write_ready
from leadmagnet.cli.log_file import logging_to
from leadmagnet.cli.shipped_workflows import put_workflows, shipped_workflows
from leadmagnet.domain.access import Caller, Role
from leadmagnet.domain.errors import Invalid
from leadmagnet.domain.job import DEFAULT_TENANT
from leadmagnet.local.engine import EmbeddedEngine
from leadmagnet.local.files import template_path
from leadmagnet.local.resources import create_resources
from leadmagnet.settings import Settings
from leadmagnet.web.tickets import OneTimeTickets
from leadmagnet.wiring.clients import connect
from leadmagnet.wiring.identity import now
from leadmagnet.wiring.recovery import recover_stranded
from leadmagnet.wiring.service import build_service
from leadmagnet.wiring.stores import build_workflow_store
from leadmagnet.wiring.worker import build_worker

#: The local service's own token outlives any sitting at the laptop; each start makes a new one.
_TOKEN_TTL = timedelta(days=30)
#: A step that takes longer than this to end is left behind; the queue hands its job out again.
_WORKER_PATIENCE_S = 60.0
_ANSWER_S = 5.0
#: Whoever starts the service on this machine.
_OWNER = Caller(tenant=DEFAULT_TENANT, role=Role.ADMIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOptions:
    """How to start the service on this machine."""

    data_dir: Path
    port: int
    #: False: work with the AWS (or what stands in for it) that `environ` names.
    embedded: bool
    environ: Mapping[str, str]


@contextmanager
def running_stack(options: StackOptions, *, notify: Callable[[str], None]) -> Iterator[Ready]:
    """The service, up and answering, for as long as the block lasts; `notify` gets a sentence per event."""
    with ExitStack() as stack:
        # First what may be refused at once, so that a taken port costs no start of an engine.
        listener = stack.enter_context(listen(options.port))
        settings = replace(
            Settings.from_environment({"LEADMAGNET_QUEUE_WAIT_S": "1", **options.environ}),
            token_key=options.environ.get("LEADMAGNET_TOKEN_KEY") or token_key(options.data_dir),
        )
        if options.embedded:
            engine = stack.enter_context(EmbeddedEngine(options.data_dir, notify=notify))
            settings = _on_engine(settings, engine)
        settings = _prepared(settings)
        stack.enter_context(logging_to(options.data_dir))
        if options.embedded:
            _take_up(settings, notify=notify)
        stack.enter_context(_working(settings, notify=notify))
        tickets = OneTimeTickets(clock=now)
        stack.enter_context(serving(build_service(settings, tickets=tickets), listener))
        ready = _ready(settings, url_of(listener), ticket=tickets.issue(_OWNER))
        with ApiClient(ready.api_url, ready.token) as client:
            client.health()
        path = ready_path(options.data_dir)
        stack.callback(path.unlink, missing_ok=True)
        write_ready(path, ready)
        yield ready


def _on_engine(settings: Settings, engine: EmbeddedEngine) -> Settings:
    access = engine.access
    return replace(
        settings,
        endpoint_url=access.endpoint_url,
        region=access.region,
        access_key_id=access.access_key_id,
        secret_access_key=access.secret_access_key,
        # Names of resources elsewhere mean nothing here.
        artifacts_bucket="",
        queue_url="",
    )


def _prepared(settings: Settings) -> Settings:
    """The settings with all resources there, and the example workflows in their table.

    Tables, bucket and queue are created where something stands in for AWS and none are named; in AWS itself
    they are deployed.
    """
    if settings.endpoint_url:
        _must_answer(settings.endpoint_url)
    try:
        if settings.endpoint_url and not (settings.artifacts_bucket and settings.queue_url):
            settings = _with_resources(settings)
        settings.require("artifacts_bucket", "queue_url")
        put_workflows(build_workflow_store(settings), shipped_workflows())
    except (BotoCoreError, ClientError) as error:
        raise _unusable(settings.endpoint_url or "AWS", error) from error
    return settings


def _must_answer(endpoint_url: str) -> None:
    """Find out at once what boto3's retries would take many seconds to say."""
    parts = urlsplit(endpoint_url)
    try:
        port = parts.port or {"https": 443}.get(parts.scheme, 80)
        socket.create_connection((parts.hostname or "", port), timeout=_ANSWER_S).close()
    except (OSError, ValueError) as error:
        raise _unusable(endpoint_url, error) from error


def _unusable(what: str, why: Exception) -> Invalid:
    return Invalid(
        f"{what} cannot be worked with ({why}). Check AWS_ENDPOINT_URL, the region and the credentials, or leave out "
        "--no-embedded."
    )


def _with_resources(settings: Settings) -> Settings:
    clients = connect(settings)
    made = create_resources(template_path(), dynamodb=clients.dynamodb, s3=clients.s3, sqs=clients.sqs)
    return replace(
        settings,
        jobs_table=made.jobs_table,
        workflows_table=made.workflows_table,
        artifacts_bucket=made.bucket,
        queue_url=made.queue_url,
    )


def _take_up(settings: Settings, *, notify: Callable[[str], None]) -> None:
    """Go on with the jobs of the last time: if the engine was killed, their messages may be lost."""
    found = recover_stranded(settings, idle_s=0)
    if found:
        notify(f"Going on with {len(found)} unfinished {'jobs' if len(found) > 1 else 'job'} of the last time.")


@contextmanager
def _working(settings: Settings, *, notify: Callable[[str], None]) -> Iterator[None]:
    worker = build_worker(settings)
    worker.start()
    try:
        yield
    finally:
        if not worker.stop(timeout_s=_WORKER_PATIENCE_S):
            notify("A step takes long to end and is left behind; its job goes on at the next start.")


def _ready(settings: Settings, api_url: str, *, ticket: str) -> Ready:
    now = datetime.now(UTC)
    tokens = HmacTokens(key=settings.token_key)
    return Ready(
        api_url=api_url,
        sign_in_url=f"{api_url}/sign-in/{ticket}",
        aws_endpoint_url=settings.endpoint_url,
        region=settings.region,
        token=tokens.issue(tenant=_OWNER.tenant, role=_OWNER.role, ttl=_TOKEN_TTL, now=now),
        jobs_table=settings.jobs_table,
        bucket=settings.artifacts_bucket,
        queue_url=settings.queue_url,
    )
