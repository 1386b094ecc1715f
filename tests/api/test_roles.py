"""Every route with every role: a new route fails here until it is in the table."""

from __future__ import annotations

import pytest
from tests.api.service import WORKFLOW, Fakes, Service

from leadmagnet.api.app import create_app
from leadmagnet.domain.access import Role

#: Method, path of the route: the least role, and a request that would succeed.
ROUTES: dict[tuple[str, str], tuple[Role | None, str, dict[str, object]]] = {
    ("GET", "/health"): (None, "/health", {}),
    ("GET", "/admin/jobs"): (Role.VIEWER, "/admin/jobs", {}),
    ("POST", "/admin/jobs"): (
        Role.OPERATOR,
        "/admin/jobs",
        {"json": {"workflow": "market-report", "submission": {"company": "Alder"}}},
    ),
    ("GET", "/admin/jobs/{job_id}"): (Role.VIEWER, "/admin/jobs/j1", {}),
    ("GET", "/admin/jobs/{job_id}/execution-steps"): (Role.VIEWER, "/admin/jobs/j1/execution-steps", {}),
    ("GET", "/admin/jobs/{job_id}/artifacts/{artifact_id}"): (
        Role.VIEWER,
        "/admin/jobs/j1/artifacts/none.png",
        {},
    ),
    ("POST", "/admin/jobs/{job_id}/cancel"): (Role.OPERATOR, "/admin/jobs/j1/cancel", {}),
    ("POST", "/admin/jobs/{job_id}/rerun"): (Role.OPERATOR, "/admin/jobs/j1/rerun", {}),
    ("GET", "/admin/usage"): (Role.VIEWER, "/admin/usage", {}),
    ("GET", "/admin/dead-letters"): (Role.OPERATOR, "/admin/dead-letters", {}),
    ("POST", "/admin/dead-letters/redrive"): (Role.ADMIN, "/admin/dead-letters/redrive", {}),
    ("GET", "/admin/workflows"): (Role.VIEWER, "/admin/workflows", {}),
    ("GET", "/admin/workflows/{name}"): (Role.VIEWER, "/admin/workflows/market-report", {}),
    ("PUT", "/admin/workflows/{name}"): (
        Role.ADMIN,
        "/admin/workflows/market-report",
        {"content": WORKFLOW.encode(), "headers": {"Content-Type": "application/yaml"}},
    ),
}

#: Role: the least roles whose routes it opens.
OPENS = {
    Role.VIEWER: {None, Role.VIEWER},
    Role.OPERATOR: {None, Role.VIEWER, Role.OPERATOR},
    Role.ADMIN: {None, Role.VIEWER, Role.OPERATOR, Role.ADMIN},
}


def test_the_table_holds_every_route() -> None:
    described = create_app(Fakes().parts()).openapi()["paths"]

    routes = {(method.upper(), path) for path, methods in described.items() for method in methods}

    assert routes == set(ROUTES)


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
@pytest.mark.parametrize("role", Role)
def test_a_route_opens_from_its_role_up(service: Service, route: tuple[str, str], role: Role) -> None:
    least, path, request = ROUTES[route]
    service.fakes.add_job("j1")

    answer = service.call(route[0], path, role=role, **request)  # type: ignore[arg-type] # one table for all

    if least in OPENS[role]:
        # 409: the job of this test is at rest.
        assert answer.status_code in {200, 201, 404, 409}
    else:
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:leadmagnet:problem:forbidden"
        assert f"--role {least}" in answer.json()["detail"]


@pytest.mark.parametrize("route", [route for route in ROUTES if ROUTES[route][0]], ids=" ".join)
def test_no_route_but_health_opens_without_a_token(service: Service, route: tuple[str, str]) -> None:
    _, path, request = ROUTES[route]

    answer = service.http.request(route[0], path, **request)  # type: ignore[arg-type] # one table for all

    assert answer.status_code == 401


@pytest.mark.parametrize("path", [path for (method, path) in ROUTES if method == "GET" and "{job_id}" in path])
def test_another_tenants_job_is_the_same_404_as_none(service: Service, path: str) -> None:
    service.fakes.add_job("theirs", tenant="other")

    theirs = service.call("GET", path.format(job_id="theirs", artifact_id="report.html"))
    none = service.call("GET", path.format(job_id="absent", artifact_id="report.html"))

    assert theirs.status_code == none.status_code == 404
    assert theirs.text.replace("theirs", "ID") == none.text.replace("absent", "ID")
