"""Requests generated from the OpenAPI description: whatever is sent, no answer is a fault, and each is as described."""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.api.service import WORKFLOW, Fakes, token

from leadmagnet.api.app import ApiParts, create_app
from leadmagnet.domain.access import Role
from leadmagnet.domain.artifact import Artifact
from leadmagnet.engine.workflow_file import parse_workflow

#: Examples for each route: with more, new mistakes were no longer found, and each costs time in every run.
EXAMPLES = 8
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]


def furnished() -> ApiParts:
    """Parts with a job and a workflow, of which requests name every other one."""
    fakes = Fakes()
    fakes.workflows.put(WORKFLOW_READ)
    fakes.add_job("j1", steps=[{"step_id": "a", "output": {"text": "x"}}, {"step_id": "b", "error": "y"}])
    fakes.artifacts.put("j1", Artifact(id="report.html", content_type="text/html", content=b"<p>"))
    return fakes.parts()


WORKFLOW_READ = parse_workflow(WORKFLOW)
APP = create_app(furnished())
THERE = {"job_id": "j1", "artifact_id": "report.html", "name": "market-report", "index": 1}
schema = schemathesis.openapi.from_asgi("/openapi.json", APP)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    deadline=None,
    derandomize=True,
)
def test_whatever_is_sent_the_answer_is_as_described(case: schemathesis.Case[Any]) -> None:
    APP.state.parts = furnished()
    if len(str(case.path_parameters)) % 2:
        case.path_parameters = {name: THERE.get(name, value) for name, value in case.path_parameters.items()}

    case.call_and_validate(headers={"Authorization": f"Bearer {token(Role.ADMIN)}"}, checks=CHECKS)
