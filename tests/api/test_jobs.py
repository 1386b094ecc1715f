from __future__ import annotations

import logging
from datetime import timedelta

import httpx2
import pytest
from tests.api.service import Service

from leadmagnet.api.job_document import COLLECT_LIMIT_BYTES
from leadmagnet.domain.artifact import Artifact
from leadmagnet.steplog.errors import StepsCorrupt, StepsMissing

SUBMISSION = {"workflow": "market-report", "submission": {"company": "Alder & Co"}}


def steps(count: int, *, size: int = 10) -> list[dict[str, object]]:
    return [{"step_id": f"s{number}", "output": "ä" * size} for number in range(count)]


def missing_from(chunk: int, key: str) -> object:
    """What plays the loss of an S3 object, noticed at that chunk."""

    def before_chunk(number: int) -> None:
        if number >= chunk:
            raise StepsMissing("The object is not there.", job_id="j1", key=key, version="v1")

    return before_chunk


def test_a_submitted_job_is_stored_queued_and_answered_with_its_address(service: Service) -> None:
    answer = service.call("POST", "/admin/jobs", json=SUBMISSION)

    job = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/admin/jobs/{job['job_id']}"
    assert (job["status"], job["tenant"], job["workflow_version"]) == ("pending", "acme", 1)
    assert job["submission"] == {"company": "Alder & Co"}
    assert service.fakes.queue.sent == [job["job_id"]]
    assert service.fakes.jobs.by_id[job["job_id"]].submission == {"company": "Alder & Co"}


def test_a_submission_that_does_not_fit_names_each_field_and_stores_nothing(service: Service) -> None:
    wrong = {"workflow": "market-report", "submission": {"budget": "much", "extra": 1}}

    answer = service.call("POST", "/admin/jobs", json=wrong)

    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:leadmagnet:problem:invalid_submission"
    assert {each["field"] for each in answer.json()["errors"]} == {"company", "budget", "extra"}
    assert service.fakes.jobs.by_id == {}
    assert service.fakes.queue.sent == []


def test_an_unknown_workflow_is_not_found(service: Service) -> None:
    answer = service.call("POST", "/admin/jobs", json={"workflow": "nope", "submission": {}})

    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:leadmagnet:problem:workflow_not_found"


@pytest.mark.parametrize("offloaded", [False, True])
def test_a_job_comes_with_its_execution_steps_wherever_they_live(service: Service, offloaded: bool) -> None:
    service.fakes.add_job("j1", steps=steps(3), offloaded=offloaded)

    job = service.call("GET", "/admin/jobs/j1").json()

    assert job["execution_steps"] == steps(3)
    assert job["steps_count"] == 3
    assert job["stored"] == ("offloaded" if offloaded else "inline")
    assert job["execution_steps_s3_key"] == ("jobs/j1/execution_steps.json" if offloaded else None)
    assert job["deliverable"] == {
        "artifact_id": "report.html",
        "url": "/admin/jobs/j1/artifacts/report.html",
    }


def test_a_record_beyond_what_is_collected_comes_whole(service: Service) -> None:
    large = steps(5, size=COLLECT_LIMIT_BYTES // 4)
    service.fakes.add_job("j1", steps=large, offloaded=True)

    assert service.call("GET", "/admin/jobs/j1").json()["execution_steps"] == large


def test_a_job_without_steps_has_an_empty_list(service: Service) -> None:
    service.fakes.add_job("j1")

    assert service.call("GET", "/admin/jobs/j1").json()["execution_steps"] == []


def test_the_steps_can_be_left_out(service: Service) -> None:
    service.fakes.add_job("j1", steps=steps(3))

    job = service.call("GET", "/admin/jobs/j1?execution_steps=false").json()

    assert "execution_steps" not in job
    assert job["steps_count"] == 3


@pytest.mark.parametrize("chunk", [0, 1])
def test_a_missing_s3_object_reads_as_no_steps_and_is_logged_with_its_key(
    service: Service, caplog: pytest.LogCaptureFixture, chunk: int
) -> None:
    service.fakes.add_job("j1", steps=steps(9, size=20_000), offloaded=True)
    service.fakes.steps.before_chunk = missing_from(chunk, "jobs/j1/execution_steps.json")  # type: ignore[assignment]

    answer = service.call("GET", "/admin/jobs/j1")

    assert answer.status_code == 200
    assert answer.json()["execution_steps"] == []
    assert answer.json()["job_id"] == "j1"
    [line] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert line.getMessage() == "Error loading execution_steps from S3"
    assert line.__dict__["key"] == "jobs/j1/execution_steps.json"


def test_a_loss_in_the_middle_of_a_large_answer_breaks_it_off(service: Service) -> None:
    service.fakes.steps.chunk_bytes = 1_000_000
    service.fakes.add_job("j1", steps=steps(12, size=500_000), offloaded=True)
    service.fakes.steps.before_chunk = missing_from(8, "key")  # type: ignore[assignment]

    with pytest.raises(httpx2.RemoteProtocolError):
        service.call("GET", "/admin/jobs/j1")


def test_a_corrupt_record_is_a_fault_and_never_an_empty_list(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    def corrupt(_: int) -> None:
        raise StepsCorrupt("The hash differs.", job_id="j1", key="jobs/j1/execution_steps.json")

    service.fakes.add_job("j1", steps=steps(3), offloaded=True)
    service.fakes.steps.before_chunk = corrupt

    answer = service.call("GET", "/admin/jobs/j1")

    assert answer.status_code == 500
    assert answer.json()["request_id"] in [record.__dict__["request_id"] for record in caplog.records]
    assert "jobs/j1" not in answer.text


def test_steps_come_by_page(service: Service) -> None:
    service.fakes.add_job("j1", steps=steps(5))

    page = service.call("GET", "/admin/jobs/j1/execution-steps?start=1&limit=2").json()

    assert page == {"steps": steps(5)[1:3], "start": 1, "count": 5, "next_start": 3}


def test_a_page_of_missing_steps_is_empty_and_logged(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    service.fakes.add_job("j1", steps=steps(5), offloaded=True)
    service.fakes.steps.before_chunk = missing_from(0, "jobs/j1/execution_steps.json")  # type: ignore[assignment]

    page = service.call("GET", "/admin/jobs/j1/execution-steps").json()

    assert page["steps"] == []
    assert "Error loading execution_steps from S3" in caplog.text


def test_jobs_are_listed_newest_first_and_by_page(service: Service) -> None:
    for age in range(3):
        service.fakes.add_job(f"j{age}", age=timedelta(minutes=age))
    service.fakes.add_job("theirs", tenant="other")

    first = service.call("GET", "/admin/jobs?limit=2").json()
    rest = service.call("GET", f"/admin/jobs?limit=2&cursor={first['next']}").json()

    assert [job["job_id"] for job in first["jobs"]] == ["j0", "j1"]
    assert [job["job_id"] for job in rest["jobs"]] == ["j2"]
    assert rest["next"] is None
    assert "submission" not in first["jobs"][0]


def test_an_id_longer_than_any_is_not_found(service: Service) -> None:
    assert service.call("GET", f"/admin/jobs/{'x' * 1_000}").status_code == 404


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "image/svg+xml", "text/markdown"])
def test_what_may_carry_scripts_is_served_sandboxed(service: Service, content_type: str) -> None:
    service.fakes.add_job("j1")
    page = Artifact(id="report.html", content_type=content_type, content=b"<script>steal()</script>")
    service.fakes.artifacts.put("j1", page)

    answer = service.call("GET", "/admin/jobs/j1/artifacts/report.html")

    assert answer.content == page.content
    assert answer.headers["content-type"].startswith(content_type)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == (
        "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    )


def test_a_picture_is_served_as_it_is(service: Service) -> None:
    service.fakes.add_job("j1")
    service.fakes.artifacts.put("j1", Artifact(id="cover.png", content_type="image/png", content=b"\x89PNG"))

    answer = service.call("GET", "/admin/jobs/j1/artifacts/cover.png")

    assert (answer.content, answer.headers["content-type"]) == (b"\x89PNG", "image/png")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_artifact_that_is_not_there_is_not_found(service: Service) -> None:
    service.fakes.add_job("j1")

    answer = service.call("GET", "/admin/jobs/j1/artifacts/absent.png")

    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:leadmagnet:problem:artifact_not_found"


def test_a_list_from_after_its_end_names_the_field(service: Service) -> None:
    answer = service.call("GET", "/admin/jobs?created_from=2026-11-29&created_to=2026-11-28")

    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == ["created_to"]


def test_a_job_says_whom_it_is_for_and_a_search_finds_it_by_that_and_by_its_title(service: Service) -> None:
    made = service.call("POST", "/admin/jobs", json=SUBMISSION).json()

    found = [
        [job["label"] for job in service.call("GET", f"/admin/jobs?q={text}").json()["jobs"]]
        for text in ("alder", "Market report", "MARKET R", "nobody")
    ]

    assert made["label"] == service.call("GET", f"/admin/jobs/{made['job_id']}").json()["label"] == "Alder & Co"
    assert found == [["Alder & Co"]] * 3 + [[]]
