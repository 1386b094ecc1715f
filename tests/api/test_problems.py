from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.api.service import Service

from leadmagnet.api.edge import BODY_LIMIT_BYTES
from leadmagnet.steplog.errors import Unavailable

JSON = {"Content-Type": "application/json"}

#: Body of POST /admin/jobs: the field that its problem names.
BAD_BODIES = {
    b"": "",
    b"{": "",
    b"null": "",
    b"[]": "",
    b"{}": "workflow",
    b'{"workflow": "market-report"}': "submission",
    b'{"workflow": 7, "submission": {}}': "workflow",
    b'{"workflow": "", "submission": {}}': "workflow",
    b'{"workflow": "market-report", "submission": []}': "submission",
    b'{"workflow": "market-report", "submission": {}, "tenant": "other"}': "tenant",
    b'{"workflow": "market-report", "submission": {"company": NaN}}': "submission.company",
    b'{"workflow": "market-report", "submission": {"company": "\\ud800"}}': "submission.company",
    b'{"workflow": "market-report", "submission": {"company": "x", "budget": 1e999}}': "submission.budget",
    b'{"workflow": "market-report", "submission": {"company": "x", "budget": ' + b"9" * 400 + b"}}": "budget",
    b'{"workflow": "market-report", "submission": {"company": {"a": [1]}}}': "company",
    b'{"workflow": "market-report", "submission": {"company": "x", "\\ud800": 1}}': "submission.?",
    b'{"workflow": "\\ud800", "submission": {}}': "workflow",
}


@pytest.mark.parametrize("body", BAD_BODIES, ids=lambda body: repr(body[:60]))
def test_a_body_that_cannot_be_used_is_a_422_that_names_the_field(service: Service, body: bytes) -> None:
    answer = service.call("POST", "/admin/jobs", content=body, headers=JSON)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], bool(problem["title"]), bool(problem["detail"])) == (422, True, True)
    assert BAD_BODIES[body] in {each["field"] for each in problem["errors"]}
    assert all(each["message"] for each in problem["errors"])


@pytest.mark.parametrize("levels", [201, 900, 400_000])
def test_json_nested_beyond_keeping_is_refused(service: Service, levels: int) -> None:
    body = b'{"workflow": "market-report", "submission": {"company": ' + b"[" * levels + b"]" * levels + b"}}"

    answer = service.call("POST", "/admin/jobs", content=body, headers=JSON)

    assert answer.status_code == 422
    assert "nested deeper than 200 levels" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("path", ["jobs", "jobs/import", "jobs/j1/execution-steps", "jobs/j1/rerun"])
def test_a_body_that_is_not_said_to_be_json_is_told_to_say_so(
    service: Service, path: str, content_type: str | None
) -> None:
    service.fakes.add_job("j1")
    headers = {} if content_type is None else {"Content-Type": content_type}

    answer = service.call("POST", f"/admin/{path}", content=b'{"workflow": "x"}', headers=headers)

    assert answer.status_code == 415
    assert "Content-Type to application/json" in answer.json()["detail"]


@pytest.mark.parametrize("name", ["two\nlines", "nul\0", "tab\t"])
def test_a_name_is_one_line_of_printable_text(service: Service, name: str) -> None:
    answer = service.call("POST", "/admin/jobs", json={"workflow": name, "submission": {}})

    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == ["workflow"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("jobs?limit=0", "limit"),
        ("jobs?limit=101", "limit"),
        ("jobs?limit=many", "limit"),
        ("jobs?status=done", "status"),
        ("jobs?stored=nowhere", "stored"),
        ("jobs?created_from=yesterday", "created_from"),
        ("jobs?created_to=0001-01-01T00:00:00%2B14:00", "created_to"),
        ("jobs?q=", "q"),
        (f"jobs?q={'x' * 101}", "q"),
        ("jobs/j1/execution-steps/-1", "index"),
        ("jobs/j1/execution-steps/99999999999999999999", "index"),
        ("jobs/j1/execution-steps/0/usage_info", "value"),
        ("jobs/j1/execution-steps?start=-1", "start"),
        ("jobs/j1/execution-steps?start=99999999999999999999", "start"),
        ("jobs/j1/execution-steps?limit=1001", "limit"),
        ("jobs/j1?execution_steps=perhaps", "execution_steps"),
        ("workflows/market-report?version=0", "version"),
    ],
)
def test_a_bad_query_names_the_parameter(service: Service, query: str, field: str) -> None:
    answer = service.call("GET", f"/admin/{query}")

    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


def test_a_number_too_long_to_read_is_refused(service: Service) -> None:
    body = b'{"workflow": "market-report", "submission": {"budget": ' + b"9" * 5_000 + b"}}"

    answer = service.call("POST", "/admin/jobs", content=body, headers=JSON)

    assert answer.status_code == 422
    assert "not JSON" in answer.json()["errors"][0]["message"]


def test_an_unknown_route_is_a_problem_too(service: Service) -> None:
    answer = service.call("GET", "/admin/nothing")

    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:leadmagnet:problem:route_not_found"
    assert "/admin/nothing" in answer.json()["detail"]


def test_a_method_that_a_route_does_not_take_is_a_problem_too(service: Service) -> None:
    answer = service.call("DELETE", "/admin/jobs")

    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"
    assert "GET" in answer.headers["allow"] or "POST" in answer.headers["allow"]


@pytest.mark.parametrize(
    ("method", "path", "content_type"),
    [("POST", "/admin/jobs", "application/json"), ("PUT", "/admin/workflows/x", "application/yaml")],
)
def test_a_body_beyond_the_limit_is_refused(service: Service, method: str, path: str, content_type: str) -> None:
    headers = {"Content-Type": content_type}

    answer = service.call(method, path, content=b" " * (BODY_LIMIT_BYTES + 1), headers=headers)

    assert answer.status_code == 413
    assert answer.json()["type"] == "urn:leadmagnet:problem:body_too_large"


def test_a_body_that_announces_no_size_is_bounded_as_well(service: Service) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(BODY_LIMIT_BYTES // 50_000 + 1):
            yield b" " * 50_000

    headers = JSON | {"Authorization": f"Bearer {service.token()}"}
    answer = service.http.post("/admin/jobs", content=chunks(), headers=headers)

    assert answer.status_code == 413


def test_a_fault_of_ours_shows_an_id_that_the_log_explains(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    service.fakes.jobs.stored = None  # type: ignore[assignment] # the fault

    answer = service.call("GET", "/admin/jobs")

    assert answer.status_code == 500
    problem = answer.json()
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["request_id"] in [record.__dict__["request_id"] for record in caplog.records]
    assert "AttributeError" in caplog.text
    assert "AttributeError" not in answer.text


def test_storage_that_does_not_answer_is_a_503_to_try_again(service: Service) -> None:
    def silent(_: int) -> None:
        raise Unavailable("S3 did not answer.")

    service.fakes.add_job("j1", steps=[{"step_id": "a"}])
    service.fakes.steps.before_chunk = silent

    answer = service.call("GET", "/admin/jobs/j1")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


def test_health_needs_no_token_and_every_answer_has_an_id(service: Service) -> None:
    answer = service.http.get("/health")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["x-request-id"]


def test_the_description_is_served_and_loads_nothing_from_elsewhere(service: Service) -> None:
    assert service.http.get("/openapi.json").json()["info"]["title"] == "leadmagnet"
    assert service.http.get("/docs").status_code == 404
