from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest
from tests.api.service import Service

from leadmagnet.domain.job import JobStatus
from leadmagnet.steplog.errors import NoRoom, StepsMissing

STEPS: list[dict[str, object]] = [
    {"step_id": "form", "step_name": "Form", "step_type": "form_submission", "output": {"company": "Älder"}},
    {"step_id": "a", "step_name": "Facts: 1/2", "step_type": "ai_generation", "input": "ask", "output": "# Fäcts"},
    {"step_id": "b", "step_name": "Page", "step_type": "html_generation", "output": "<script>1</script>"},
    {"step_id": "c", "step_name": "Hook", "step_type": "webhook", "error": {"code": "x", "message": "y"}, "output": 0},
]


@pytest.fixture
def job(service: Service) -> str:
    service.fakes.add_job("j1", steps=[dict(step) for step in STEPS])
    return "/admin/jobs/j1/execution-steps"


def rest(service: Service, status: JobStatus) -> None:
    service.fakes.jobs.stored["j1"] = replace(service.fakes.jobs.stored["j1"], status=status)


def test_one_step_comes_as_it_was_recorded(service: Service, job: str) -> None:
    assert [service.call("GET", f"{job}/{index}").json() for index in range(4)] == STEPS


def test_a_step_that_there_is_not_is_told_with_how_many_there_are(service: Service, job: str) -> None:
    answer = service.call("GET", f"{job}/4")

    assert (answer.status_code, answer.json()["type"]) == (404, "urn:leadmagnet:problem:step_not_found")
    assert "4 execution steps" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("value", "content", "kind", "name"),
    [
        ("0/output", '{"company":"Älder"}', "application/json", "00-Form-output.json"),
        ("1/output", "# Fäcts", "text/markdown; charset=utf-8", "01-Facts-1-2-output.md"),
        ("1/input", "ask", "text/plain; charset=utf-8", "01-Facts-1-2-input.txt"),
        ("2/output", "<script>1</script>", "text/html; charset=utf-8", "02-Page-output.html"),
        ("3/output", "0", "application/json", "03-Hook-output.json"),
        ("3/error", '{"code":"x","message":"y"}', "application/json", "03-Hook-error.json"),
    ],
)
def test_a_value_is_a_file_of_its_own_type_that_runs_nothing(
    service: Service, job: str, value: str, content: str, kind: str, name: str
) -> None:
    answer = service.call("GET", f"{job}/{value}")

    assert (answer.status_code, answer.text, answer.headers["content-type"]) == (200, content, kind)
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("value", ["0/error", "0/input", "9/output"])
def test_a_value_that_there_is_not_is_not_found(service: Service, job: str, value: str) -> None:
    assert service.call("GET", f"{job}/{value}").json()["type"] == "urn:leadmagnet:problem:step_not_found"


def test_a_name_cannot_break_out_of_the_file_name(service: Service) -> None:
    service.fakes.add_job("j1", steps=[{"step_name": '"; x="\r\nSet-Cookie: a=b ../..\\ é' * 9, "output": 1}])

    answer = service.call("GET", "/admin/jobs/j1/execution-steps/0/output")

    name = answer.headers["content-disposition"].partition('"')[2][:-1]
    assert len(name) < 90
    assert set('"\\/\r\n;=') & set(name) == set()
    assert "set-cookie" not in answer.headers


def test_an_appended_step_is_recorded_once_however_often_it_is_sent(service: Service, job: str) -> None:
    step = {"step_id": "later", "output": [1, 2**70, None], "step_type": "anything"}

    first, second = (service.call("POST", job, json=step) for _ in range(2))

    assert first.status_code == second.status_code == 201
    assert first.json() == second.json() == {"index": 4}
    assert first.headers["location"] == f"{job}/4"
    assert service.fakes.steps.logs["j1"][4:] == [step]
    assert service.fakes.steps.sealed == ["j1", "j1"]


def test_the_same_step_id_with_other_content_is_a_conflict_unless_it_is_another_attempt(
    service: Service, job: str
) -> None:
    service.call("POST", job, json={"step_id": "later", "output": 1})

    other = service.call("POST", job, json={"step_id": "later", "output": 2})
    again = service.call("POST", job, json={"step_id": "later", "output": 2, "attempt": 2})

    assert (other.status_code, other.json()["type"]) == (409, "urn:leadmagnet:problem:step_conflict")
    assert (again.status_code, again.json()) == (201, {"index": 5})


@pytest.mark.parametrize("step", [{}, [], {"step_id": ""}, {"step_id": "a\nb"}, {"step_id": "a", "attempt": "1"}])
def test_what_is_no_step_is_refused(service: Service, job: str, step: object) -> None:
    assert service.call("POST", job, json=step).status_code == 422
    assert len(service.fakes.steps.logs["j1"]) == 4


def test_replaced_steps_take_the_place_of_all(service: Service, job: str) -> None:
    answer = service.call("PUT", job, json={"execution_steps": [{"output": "only"}]})

    assert answer.status_code == 200
    assert answer.json() == {"stored": "inline", "steps_count": 1, "steps_bytes": 19}
    assert service.call("GET", "/admin/jobs/j1").json()["execution_steps"] == [{"output": "only"}]


def test_a_replacement_meant_for_another_version_changes_nothing(service: Service, job: str) -> None:
    seen = service.call("GET", job).headers["etag"]
    service.call("POST", job, json={"step_id": "meanwhile"})

    refused = service.call("PUT", job, json={"execution_steps": []}, headers={"If-Match": seen})

    assert (refused.status_code, refused.json()["type"]) == (412, "urn:leadmagnet:problem:version_conflict")
    assert len(service.fakes.steps.logs["j1"]) == 5
    now = service.call("GET", f"{job}/0").headers["etag"]
    assert service.call("PUT", job, json={"execution_steps": []}, headers={"If-Match": now}).status_code == 200


@pytest.mark.parametrize("query", ["", "?execution_steps=false"])
def test_a_replacement_may_be_meant_for_the_job_as_it_was_seen(service: Service, job: str, query: str) -> None:
    seen = service.call("GET", f"/admin/jobs/j1{query}").headers["etag"]
    replaced: dict[str, Any] = {"json": {"execution_steps": []}, "headers": {"If-Match": seen}}

    assert service.call("PUT", job, **replaced).status_code == 200
    assert service.call("PUT", job, **replaced).status_code == 412


@pytest.mark.parametrize("mark", ['"nonsense"', "v", 'W/"v1", W/"v2"', '"v²"', '"v-4"', '"v' + "9" * 40 + '"'])
def test_a_mark_that_is_none_of_ours_matches_nothing(service: Service, job: str, mark: str) -> None:
    headers = {b"If-Match": mark.encode()}

    answer = service.http.put(
        job, json={"execution_steps": []}, headers=headers | {b"Authorization": f"Bearer {service.token()}".encode()}
    )

    assert answer.status_code == 412
    assert "send the one ETag of an answer about the job or its steps" in answer.json()["detail"]


@pytest.mark.parametrize("status", [JobStatus.PENDING, JobStatus.PROCESSING])
def test_the_steps_of_a_job_that_runs_are_its_workers(service: Service, job: str, status: JobStatus) -> None:
    rest(service, status)

    for method, body in (("PUT", {"execution_steps": []}), ("POST", {"step_id": "x"})):
        answer = service.call(method, job, json=body)
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:leadmagnet:problem:illegal_transition")
    assert service.fakes.steps.logs["j1"] == STEPS


def test_a_page_has_a_mark_that_changes_with_every_step(service: Service, job: str) -> None:
    mark = service.call("GET", job).headers["etag"]

    assert service.call("GET", job, headers={"If-None-Match": mark}).status_code == 304
    service.call("POST", job, json={"step_id": "new"})
    assert service.call("GET", job, headers={"If-None-Match": mark}).status_code == 200


def test_pages_together_are_the_record_where_answers_have_a_limit(service: Service) -> None:
    service.fakes.answer_limit_bytes = 6_000
    service.fakes.add_job("j1", steps=[{"step_id": f"s{number}", "output": "x" * 900} for number in range(20)])
    service.refresh()
    seen: list[str] = []
    start: int | None = 0
    while start is not None:
        answer = service.call("GET", f"/admin/jobs/j1/execution-steps?start={start}&limit=50")
        assert len(answer.content) <= 6_000
        page = answer.json()
        seen += [step["step_id"] for step in page["steps"]]
        start = page["next_start"]

    assert seen == [f"s{number}" for number in range(20)]


def test_a_step_that_fits_no_answer_comes_without_its_large_values(service: Service) -> None:
    service.fakes.answer_limit_bytes = 6_000
    service.fakes.add_job("j1", steps=[{"step_id": "a", "input": "kept", "output": "x" * 9_000}])
    service.refresh()

    step = service.call("GET", "/admin/jobs/j1/execution-steps/0").json()
    value = service.call("GET", "/admin/jobs/j1/execution-steps/0/output")

    assert step == {"step_id": "a", "input": "kept", "output": None, "truncated_values": ["output"]}
    assert (value.status_code, value.json()["type"]) == (413, "urn:leadmagnet:problem:answer_too_large")
    assert service.call("GET", "/admin/jobs/j1/execution-steps/0/input").text == "kept"


def test_an_item_without_room_for_the_record_is_a_409(service: Service, job: str) -> None:
    def full(*_: object, **__: object) -> int:
        raise NoRoom("The item is full; make its other attributes smaller.", job_id="j1")

    service.fakes.steps.replace = full  # type: ignore[method-assign] # the fault

    answer = service.call("PUT", job, json={"execution_steps": []})

    assert (answer.status_code, answer.json()["type"]) == (409, "urn:leadmagnet:problem:no_room")


@pytest.mark.parametrize("path", ["/export", "/execution-steps/0", "/execution-steps/0/output"])
def test_what_needs_a_record_that_is_gone_is_refused_with_the_reason_and_logged_with_its_key(
    service: Service, job: str, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    def gone(_: int) -> None:
        raise StepsMissing("The object is not there.", job_id="j1", key="jobs/j1/execution_steps.json", version="v")

    service.fakes.steps.before_chunk = gone
    answer = service.call("GET", job.replace("/execution-steps", path))

    assert (answer.status_code, answer.json()["type"]) == (409, "urn:leadmagnet:problem:steps_missing")
    assert "leadmagnet doctor" in answer.json()["detail"]
    [line] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert line.getMessage() == "Error loading execution_steps from S3"
    assert line.__dict__["key"] == "jobs/j1/execution_steps.json"


def test_an_export_that_would_break_off_in_the_middle_is_refused_before_it_begins(service: Service) -> None:
    def gone(chunk: int) -> None:
        if chunk > 2:
            raise StepsMissing("The object is not there.", job_id="j2", key="k", version="v")

    service.fakes.steps.chunk_bytes = 1_000
    service.fakes.add_job("j2", steps=[{"step_id": f"s{n}", "output": "x" * 900} for n in range(9)], offloaded=True)
    service.fakes.steps.before_chunk = gone

    assert service.call("GET", "/admin/jobs/j2/export").status_code == 409
