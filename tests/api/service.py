"""The API over real HTTP, on fakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import httpx2
from tests.api.fakes import (
    MemoryArtifacts,
    MemoryFiles,
    MemoryJobs,
    MemoryRecord,
    MemoryRecords,
    MemorySteps,
    MemoryWorkflows,
)
from tests.engine.fakes import FakeDeadQueue, FakeQueue

from leadmagnet.adapters.tokens import HmacTokens
from leadmagnet.api.app import ApiParts
from leadmagnet.domain.access import Role
from leadmagnet.domain.job import Job, JobStatus
from leadmagnet.engine.operator_parts import OperatorParts
from leadmagnet.engine.workflow_file import parse_workflow

KEY = "a development key of more than 32 bytes"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TENANT = "acme"

WORKFLOW = """\
name: market-report
title: Market report
submission:
  - name: company
    label: Company
    example: Alder & Co
  - name: budget
    label: Budget
    type: number
    required: false
steps:
  - name: outline
    type: ai_generation
    instructions: Write about {{ submission.company }}.
  - name: page
    type: html_generation
    instructions: <h1>{{ submission.company }}</h1>
  - name: report
    type: final_output
"""


class ApiIds:
    """Ids that count up."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def __call__(self) -> str:
        return f"id-{next(self._numbers)}"


@dataclass
class Fakes:
    """All parts of the API, in memory."""

    jobs: MemoryJobs = field(default_factory=MemoryJobs)
    workflows: MemoryWorkflows = field(default_factory=MemoryWorkflows)
    queue: FakeQueue = field(default_factory=FakeQueue)
    dead: FakeDeadQueue = field(default_factory=FakeDeadQueue)
    artifacts: MemoryArtifacts = field(default_factory=MemoryArtifacts)
    steps: MemorySteps = field(default_factory=MemorySteps)
    checks: dict[str, str] = field(default_factory=lambda: {"table": "ok", "bucket": "ok", "queue": "ok"})
    answer_limit_bytes: int | None = None

    def __post_init__(self) -> None:
        self.files = MemoryFiles(self.artifacts)
        self.jobs.logs = self.steps.logs

    def parts(self) -> ApiParts:
        return ApiParts(
            jobs=self.jobs,
            records=MemoryRecords(jobs=self.jobs, steps=self.steps),
            workflows=self.workflows,
            queue=self.queue,
            artifacts=self.artifacts,
            steps=self.steps,
            operator=self.operator(),
            files=self.files,
            readiness=lambda: self.checks,
            answer_limit_bytes=self.answer_limit_bytes,
            tokens=HmacTokens(key=KEY),
            clock=lambda: NOW,
            new_id=ApiIds(),
            parse_workflow=parse_workflow,
        )

    def operator(self) -> OperatorParts:
        return OperatorParts(
            jobs=self.jobs,
            workflows=self.workflows,
            steps=MemoryRecord(logs=self.steps.logs),
            artifacts=self.artifacts,
            queue=self.queue,
            dead=self.dead,
            history=self.jobs,
            clock=lambda: NOW,
            new_id=ApiIds(),
        )

    def add_job(
        self,
        job_id: str,
        *,
        steps: list[dict[str, object]] | None = None,
        tenant: str = TENANT,
        offloaded: bool = False,
        age: timedelta = timedelta(0),
    ) -> Job:
        """A completed job with its execution steps."""
        job = Job(
            id=job_id,
            tenant=tenant,
            workflow="market-report",
            workflow_version=1,
            submission={"company": "Alder & Co"},
            created_at=NOW - age,
            started_at=NOW - age,
            finished_at=NOW - age + timedelta(seconds=2),
            status=JobStatus.COMPLETED,
            steps_total=1,
            steps_done=1,
            deliverable="report.html",
        )
        self.jobs.create(job)
        self.steps.logs[job_id] = steps or []
        if offloaded:
            self.steps.offloaded.add(job_id)
        return job


def token(role: Role = Role.ADMIN, tenant: str = TENANT) -> str:
    """A good token."""
    return HmacTokens(key=KEY).issue(tenant=tenant, role=role, ttl=timedelta(hours=1), now=datetime.now(UTC))


@dataclass
class Service:
    """A running API, what it runs on, and a way to call it."""

    fakes: Fakes
    http: httpx2.Client
    #: Has the server take the fakes' settings anew.
    refresh: Callable[[], None] = lambda: None

    def token(self, role: Role = Role.ADMIN, tenant: str = TENANT) -> str:
        """A good token."""
        return token(role, tenant)

    def call(
        self,
        method: str,
        path: str,
        *,
        role: Role = Role.ADMIN,
        tenant: str = TENANT,
        json: object = None,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        """The answer to a request with a good token of that role and tenant."""
        bearer = {"Authorization": f"Bearer {self.token(role, tenant)}"}
        return self.http.request(method, path, json=json, content=content, headers=bearer | (headers or {}))
