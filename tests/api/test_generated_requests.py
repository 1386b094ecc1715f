"""Requests generated from the OpenAPI description: whatever is sent, no answer is a fault, and each is as described.

On parts in memory and on the embedded engine's, which refuses what no stand-in thought of.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.api.service import KEY, TENANT, WORKFLOW, Fakes, token
from tests.conftest import Aws, furnish, settings_on

from leadmagnet.api.app import ApiParts, create_app
from leadmagnet.domain.access import Role
from leadmagnet.domain.artifact import Artifact
from leadmagnet.domain.errors import JobExists
from leadmagnet.domain.job import Job
from leadmagnet.engine.workflow_file import parse_workflow
from leadmagnet.wiring.api import api_on
from leadmagnet.wiring.stores import Stores, build_stores

if TYPE_CHECKING:
    from leadmagnet.local.resources import Resources

#: Examples for each route: with more, new mistakes were rarely found, and each costs time in every run.
EXAMPLES = 8
EXAMPLES_ON_THE_ENGINE = 3
MANY_EXAMPLES = 150
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
STEPS: list[dict[str, object]] = [{"step_id": "a", "output": {"text": "x"}}, {"step_id": "b", "error": "y"}]
WORKFLOW_READ = parse_workflow(WORKFLOW)
REPORT = Artifact(id="report.html", content_type="text/html", content=b"<p>")
STEADY: dict[str, Any] = {
    "phases": [Phase.explicit, Phase.generate],
    "suppress_health_check": list(HealthCheck),
    "deadline": None,
    "derandomize": True,
}


def in_memory() -> ApiParts:
    """Parts with a job and a workflow, of which requests name every other one."""
    fakes = Fakes()
    fakes.workflows.put(WORKFLOW_READ)
    fakes.add_job("j1", steps=STEPS)
    fakes.artifacts.put("j1", REPORT)
    return fakes.parts()


@dataclass(frozen=True, kw_only=True)
class OnEngine:
    """The parts that a deployment has, and the job that requests name."""

    parts: ApiParts
    stores: Stores
    job: Job

    def furnish(self) -> None:
        """Put back what a request may have deleted."""
        with suppress(JobExists):
            self.stores.jobs.create(self.job)
            self.stores.steps.replace(self.job.id, STEPS)
            self.stores.artifacts.put(self.job.id, REPORT)


@pytest.fixture(scope="module")
def on_engine(aws: Aws) -> OnEngine:
    made: Resources = furnish(aws, Environment=f"t{uuid4().hex[:12]}")
    deployed = settings_on(aws, made, token_key=KEY)
    stores = build_stores(deployed)
    stores.workflows.put(WORKFLOW_READ)
    parts: ApiParts = api_on(deployed, stores).state.parts
    job = replace(Fakes().add_job("j1"), tenant=TENANT)
    return OnEngine(parts=parts, stores=stores, job=job)


APP = create_app(in_memory())
THERE = {"job_id": "j1", "artifact_id": "report.html", "name": "market-report", "index": 1}
schema = schemathesis.openapi.from_asgi("/openapi.json", APP)


def check(case: schemathesis.Case[Any], parts: ApiParts) -> None:
    """Send the request to those parts."""
    APP.state.parts = parts
    if len(str(case.path_parameters)) % 2:
        case.path_parameters = {name: THERE.get(name, value) for name, value in case.path_parameters.items()}
    if len(str(case.query)) % 4:
        # No made-up cursor is ours, and one that is refused keeps the filters from what they are sent to.
        case.query = {name: value for name, value in (case.query or {}).items() if name != "cursor"}
    case.call_and_validate(headers={"Authorization": f"Bearer {token(Role.ADMIN)}"}, checks=CHECKS)


@schema.parametrize()
@settings(max_examples=EXAMPLES, **STEADY)
def test_whatever_is_sent_the_answer_is_as_described(case: schemathesis.Case[Any]) -> None:
    check(case, in_memory())


@schema.parametrize()
@settings(max_examples=EXAMPLES_ON_THE_ENGINE, **STEADY)
def test_so_it_is_on_the_engine(case: schemathesis.Case[Any], on_engine: OnEngine) -> None:
    on_engine.furnish()

    check(case, on_engine.parts)


@pytest.mark.long
@schema.parametrize()
@settings(max_examples=MANY_EXAMPLES, **STEADY)
def test_so_it_is_on_the_engine_with_many_more(case: schemathesis.Case[Any], on_engine: OnEngine) -> None:
    on_engine.furnish()

    check(case, on_engine.parts)
