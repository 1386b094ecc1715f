"""Every route with every role, for an own job, another tenant's, none, and without a token.

A new route fails here until it is in the table.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2
import pytest
from tests.api.service import TENANT, WORKFLOW, Fakes, Service

from leadmagnet.api.app import create_app
from leadmagnet.domain.access import Role
from leadmagnet.domain.artifact import Artifact
from leadmagnet.domain.job import JobStatus

YAML = {"content": WORKFLOW.encode(), "headers": {"Content-Type": "application/yaml"}}
SUBMIT: dict[str, Any] = {"json": {"workflow": "market-report", "submission": {"company": "Alder"}}}
EXPORTED: dict[str, Any] = {
    "format": 1,
    "job": {
        "workflow": "market-report",
        "workflow_version": 1,
        "submission": {"company": "Alder"},
        "status": "completed",
        "created_at": "2026-01-01T00:00:00Z",
    },
    "execution_steps": [],
    "artifacts": [],
}
STEP: dict[str, Any] = {"json": {"step_id": "added", "output": 1}}
REPLACED: dict[str, Any] = {"json": {"execution_steps": []}}


@dataclass(frozen=True, kw_only=True)
class Row:
    """The least role that a route opens to (None: no token needed), and a request that succeeds."""

    least: Role | None
    status: int = 200
    request: dict[str, Any] = field(default_factory=dict)
    #: The status of the job that the request needs.
    job: JobStatus = JobStatus.COMPLETED


V, O, A = Role.VIEWER, Role.OPERATOR, Role.ADMIN  # noqa: E741 (a table wants short names)
JOB = "/admin/jobs/{job_id}"
STEPS = JOB + "/execution-steps"
ROUTES = {
    ("GET", "/health"): Row(least=None),
    ("GET", "/ready"): Row(least=None),
    ("GET", "/version"): Row(least=None),
    ("GET", "/admin/jobs"): Row(least=V),
    ("POST", "/admin/jobs"): Row(least=O, status=201, request=SUBMIT),
    ("POST", "/admin/jobs/import"): Row(least=A, status=201, request={"json": EXPORTED}),
    ("GET", JOB): Row(least=V),
    ("DELETE", JOB): Row(least=O, status=204),
    ("GET", JOB + "/export"): Row(least=V),
    ("POST", JOB + "/cancel"): Row(least=O, job=JobStatus.PENDING),
    ("POST", JOB + "/rerun"): Row(least=O, status=201, request={"json": {}}),
    ("GET", STEPS): Row(least=V),
    ("PUT", STEPS): Row(least=A, request=REPLACED),
    ("POST", STEPS): Row(least=O, status=201, request=STEP),
    ("GET", STEPS + "/{index}"): Row(least=V),
    ("GET", STEPS + "/{index}/{value}"): Row(least=V),
    ("GET", JOB + "/artifacts/{artifact_id}"): Row(least=V),
    ("GET", "/admin/usage"): Row(least=V),
    ("GET", "/admin/dead-letters"): Row(least=O),
    ("POST", "/admin/dead-letters/redrive"): Row(least=A),
    ("GET", "/admin/workflows"): Row(least=V),
    ("GET", "/admin/workflows/{name}"): Row(least=V),
    ("GET", "/admin/workflows/{name}/versions"): Row(least=V),
    ("POST", "/admin/workflows/validate"): Row(least=V, request=YAML),
    ("PUT", "/admin/workflows/{name}"): Row(least=A, request=YAML),
}
#: What GET answers and HEAD does not, because nothing tells its head but all the work for its body.
NO_HEAD = {JOB + "/export", "/admin/dead-letters"}
READS = [path for method, path in ROUTES if method == "GET"]
OF_JOBS = [route for route in ROUTES if "{job_id}" in route[1]]
#: What differs between two answers to one question.
OF_THE_MOMENT = {"x-request-id", "date"}


def address(path: str, job_id: str) -> str:
    return path.format(job_id=job_id, index=0, value="output", artifact_id="report.html", name="market-report")


def furnish(service: Service, job_id: str, *, tenant: str, status: JobStatus) -> None:
    step: dict[str, object] = {"step_id": "form", "output": "text", "step_type": "form_submission"}
    job = service.fakes.add_job(job_id, tenant=tenant, steps=[step])
    service.fakes.jobs.stored[job_id] = replace(job, status=status)
    service.fakes.artifacts.put(job_id, Artifact(id="report.html", content_type="text/html", content=b"<p>"))


def state(service: Service) -> tuple[object, ...]:
    """Everything that a request could have changed."""
    fakes = service.fakes
    kept = (fakes.jobs.stored, fakes.steps.logs, fakes.artifacts.kept, fakes.workflows.versions)
    return (*(repr(each) for each in kept), list(fakes.queue.sent), list(fakes.files.deleted))


def as_said(answer: httpx2.Response) -> tuple[int, bytes, dict[str, str]]:
    """All of an answer but what is the moment's."""
    headers = {name: value for name, value in answer.headers.items() if name not in OF_THE_MOMENT}
    return answer.status_code, answer.content, headers


def test_the_table_holds_every_route() -> None:
    described = create_app(Fakes().parts()).openapi()["paths"]

    routes = {(method.upper(), path) for path, methods in described.items() for method in methods}

    assert routes == set(ROUTES)


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
@pytest.mark.parametrize("role", Role)
def test_a_route_opens_to_its_role_and_those_above_for_an_own_job(
    service: Service, route: tuple[str, str], role: Role
) -> None:
    method, path = route
    row = ROUTES[route]
    furnish(service, "j1", tenant=TENANT, status=row.job)
    before = state(service)

    answer = service.call(method, address(path, "j1"), role=role, **row.request)

    if row.least is None or role.includes(row.least):
        assert answer.status_code == row.status, answer.text
    else:
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:leadmagnet:problem:forbidden"
        assert f"--role {row.least}" in answer.json()["detail"]
        assert state(service) == before


@pytest.mark.parametrize("route", OF_JOBS, ids=" ".join)
@pytest.mark.parametrize("role", Role)
def test_another_tenants_job_is_the_same_404_as_none_to_the_byte(
    service: Service, route: tuple[str, str], role: Role
) -> None:
    method, path = route
    row = ROUTES[route]
    furnish(service, "theirs", tenant="other", status=row.job)
    before = state(service)

    theirs = service.call(method, address(path, "theirs"), role=role, **row.request)
    none = service.call(method, address(path, "absent"), role=role, **row.request)

    assert as_said(theirs) == as_said(none)
    assert theirs.status_code == (404 if row.least and role.includes(row.least) else 403)
    assert "theirs" not in theirs.text
    assert state(service) == before


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
def test_without_a_token_nothing_opens_but_what_tells_no_secret(service: Service, route: tuple[str, str]) -> None:
    method, path = route
    row = ROUTES[route]
    furnish(service, "j1", tenant=TENANT, status=row.job)
    before = state(service)

    own, none = (service.http.request(method, address(path, job), **row.request) for job in ("j1", "absent"))

    assert own.status_code == (row.status if row.least is None else 401)
    assert as_said(own) == as_said(none)
    assert state(service) == before


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("role", [*Role, None], ids=str)
def test_head_is_answered_as_get_without_a_body_to_the_same_roles(
    service: Service, path: str, role: Role | None
) -> None:
    furnish(service, "j1", tenant=TENANT, status=JobStatus.COMPLETED)
    furnish(service, "theirs", tenant="other", status=JobStatus.COMPLETED)
    headers = {} if role is None else {"Authorization": f"Bearer {service.token(role)}"}

    for job in ("j1", "theirs"):
        get, head = (service.http.request(way, address(path, job), headers=headers) for way in ("GET", "HEAD"))

        assert head.content == b""
        if path in NO_HEAD:
            assert head.status_code == 405
        else:
            assert head.status_code == get.status_code
            said = {name: value for name, value in head.headers.items() if name not in OF_THE_MOMENT}
            assert said.items() <= get.headers.items()


def test_a_large_body_is_not_read_for_whoever_may_not_send_it(service: Service) -> None:
    furnish(service, "j1", tenant=TENANT, status=JobStatus.COMPLETED)
    large = json.dumps({"execution_steps": [{"output": "x" * 2_000_000}]}).encode()
    headers = {"Content-Type": "application/json"}

    refused = service.call("PUT", address(STEPS, "j1"), role=O, content=large, headers=headers)

    assert refused.status_code == 403
    assert service.call("PUT", address(STEPS, "j1"), content=large, headers=headers).status_code == 200
