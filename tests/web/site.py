"""The whole service on the embedded engine, over real HTTP, with a count of what it sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tests.conftest import Aws, furnish, settings_on

from leadmagnet.adapters.tokens import HmacTokens
from leadmagnet.cli.api_server import listen, serving, url_of
from leadmagnet.domain.access import Caller, Role
from leadmagnet.domain.artifact import Artifact
from leadmagnet.domain.job import Job, JobError, JobStatus
from leadmagnet.engine.workflow_file import parse_workflow
from leadmagnet.settings import Settings
from leadmagnet.web.tickets import OneTimeTickets
from leadmagnet.wiring.identity import now
from leadmagnet.wiring.service import build_service
from leadmagnet.wiring.stores import Stores, build_stores

KEY = "a development key of more than 32 bytes"
TENANT = "acme"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

WORKFLOW = """\
name: market-report
title: Market report
description: A report to hand to a lead.
submission:
  - name: company
    label: Company
    example: Alder & Co
  - name: mood
    label: Mood
    type: choice
    choices: [calm, bold]
    example: bold
  - name: goal
    label: Goal
    type: long_text
    required: false
    example: Forty new customers
  - name: email
    label: E-mail
    type: email
    example: ann@alder.example
steps:
  - name: outline
    title: Outline
    type: ai_generation
    instructions: Write about {{ submission.company }}.
  - name: cover
    title: Cover
    type: image_generation
    instructions: A cover for {{ submission.company }}.
    options: {width: 64, height: 48, count: 2}
  - name: page
    title: Page
    type: html_generation
    depends_on: [outline, cover]
    instructions: <!doctype html><title>Report</title><body><h1>{{ submission.company }}</h1></body>
  - name: report
    title: Report
    type: final_output
"""


@dataclass
class Sent:
    """What the service sent, by path."""

    sizes: list[tuple[str, int]] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Bytes of all bodies."""
        return sum(size for _, size in self.sizes)


@dataclass
class Counting:
    """An ASGI app that notes the size of each body of another's answers."""

    app: ASGIApp
    sent: Sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        size = 0

        async def counted(message: Message) -> None:
            nonlocal size
            size += len(message.get("body", b""))
            await send(message)

        await self.app(scope, receive, counted)
        if scope["type"] == "http":
            self.sent.sizes.append((scope["path"], size))


@dataclass
class Site:
    """A running service and all that tests do to it."""

    url: str
    settings: Settings
    stores: Stores
    tickets: OneTimeTickets
    sent: Sent

    def ticket(self, role: Role = Role.ADMIN, tenant: str = TENANT) -> str:
        """The path of a sign-in link."""
        return f"/sign-in/{self.tickets.issue(Caller(tenant=tenant, role=role))}"

    def token(self, role: Role = Role.ADMIN, tenant: str = TENANT) -> str:
        """A good bearer token."""
        now = datetime.now(UTC)
        return HmacTokens(key=KEY).issue(tenant=tenant, role=role, ttl=timedelta(hours=1), now=now)

    @contextmanager
    def client(self, role: Role | None = Role.ADMIN, tenant: str = TENANT) -> Iterator[httpx2.Client]:
        """An HTTP client that is signed in, or (role None) is not."""
        with httpx2.Client(base_url=self.url, trust_env=False) as http:
            if role is not None:
                assert http.get(self.ticket(role, tenant)).status_code == 303
            yield http

    def job(
        self,
        steps: Sequence[dict[str, Any]] = (),
        *,
        status: JobStatus = JobStatus.COMPLETED,
        tenant: str = TENANT,
        age: timedelta = timedelta(0),
        error: JobError | None = None,
        deliverable: str | None = None,
        job_id: str = "",
        workflow: str = "market-report",
        label: str | None = None,
    ) -> Job:
        """A stored job with these execution steps."""
        began = NOW - age if status is not JobStatus.PENDING else None
        job = Job(
            id=job_id or f"JOB{uuid4().hex[:20].upper()}",
            tenant=tenant,
            workflow=workflow,
            workflow_version=1,
            submission={"company": "Alder & Co", "mood": "bold", "email": "ann@alder.example"},
            created_at=NOW - age,
            started_at=began,
            finished_at=NOW - age + timedelta(seconds=3) if status.at_rest else None,
            status=status,
            steps_total=4,
            steps_done=sum(step.get("status") != "failed" for step in steps),
            error=error,
            deliverable=deliverable,
            label=label,
        )
        self.stores.jobs.create(job)
        if steps:
            self.stores.steps.replace(job.id, list(steps))
        return job

    def file(self, job: Job, name: str, content: bytes, content_type: str) -> None:
        """A file of that job."""
        self.stores.artifacts.put(job.id, Artifact(id=name, content_type=content_type, content=content))


def step(number: int, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 (any attribute of a record)
    """An execution step as the engine records it; the numbers follow each other by a second."""
    return {
        "step_id": f"step-{number}",
        "step_name": f"Step number {number}",
        "step_order": number,
        "step_type": "ai_generation",
        "status": "completed",
        "model": "offline",
        "input": {"prompt": f"Write {number}"},
        "output": f"Words of step {number}",
        "image_urls": [],
        "artifact_id": None,
        "usage_info": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3, "cost_usd": 0.0},
        "error": None,
        "attempt": 1,
        "timestamp": (NOW + timedelta(seconds=number)).isoformat(),
        "duration_ms": 1_000,
    } | changes


@contextmanager
def running_site(
    aws: Aws,
    *,
    change: Callable[[Settings, str], Settings] | None = None,
    answer_limit_bytes: int | None = None,
) -> Iterator[Site]:
    """A service in tables, bucket and queue of its own, with one workflow; no worker runs its jobs.

    `change` is given its settings and its address, and gives other settings.
    """
    made = furnish(aws, Environment=f"t{uuid4().hex[:12]}")
    settings = replace(settings_on(aws, made, token_key=KEY), queue_wait_s=1)
    tickets, sent, listener = OneTimeTickets(clock=now), Sent(), listen(0)
    settings = change(settings, url_of(listener)) if change else settings
    stores = build_stores(settings)
    stores.workflows.put(parse_workflow(WORKFLOW))
    service = build_service(settings, tickets=tickets, answer_limit_bytes=answer_limit_bytes)
    with serving(Counting(service, sent), listener):
        yield Site(url=url_of(listener), settings=settings, stores=stores, tickets=tickets, sent=sent)
