"""Test case 4: the API loads execution steps from S3."""

from __future__ import annotations

import pytest
from tests.acceptance.api import Api
from tests.acceptance.jobs import Jobs
from tests.acceptance.logs import Logs, eventually
from tests.acceptance.recording import CaseLog
from tests.acceptance.records import difference, from_json

CHAPTER = "Test Case 4"


@pytest.fixture(scope="module")
def job_id(case: CaseLog, jobs: Jobs) -> str:
    with case.step(1):
        made = jobs.completed("large")
        assert jobs.kept(made)[0] == "offloaded"
    return made


@pytest.fixture(scope="module")
def printed_count(case: CaseLog, job_id: str, jobs: Jobs) -> int:
    with case.step(2):
        return int(jobs.printed(case, 0, job_id).output)


@pytest.mark.shows("API returns complete execution_steps data", "Data matches what was stored in S3")
def test_the_answer_is_what_lies_in_s3(case: CaseLog, job_id: str, printed_count: int, jobs: Jobs, api: Api) -> None:
    with case.step(3):
        document = jobs.document(job_id)
        answer = api.send("GET", f"/admin/jobs/{job_id}")

    assert answer.status_code == 200
    assert printed_count == len(document) == 18
    assert difference(from_json(answer.content)["execution_steps"], document) is None
    assert "execution_steps_truncated" not in answer.json()


@pytest.mark.shows("API returns complete execution_steps data")
def test_the_answer_is_the_same_compressed_and_conditional(job_id: str, api: Api) -> None:
    plain = api.send("GET", f"/admin/jobs/{job_id}", headers={"Accept-Encoding": "identity"})
    packed = api.send("GET", f"/admin/jobs/{job_id}", headers={"Accept-Encoding": "gzip"})
    again = api.send("GET", f"/admin/jobs/{job_id}", headers={"If-None-Match": plain.headers["etag"]})

    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert again.status_code == 304


@pytest.mark.shows("No errors in CloudWatch logs")
def test_neither_function_logged_an_error_about_the_job(job_id: str, api: Api, logs: Logs) -> None:
    stranger = api.send("GET", f"/admin/jobs/{job_id}-not")
    # The worker told of this job, so what it logged before is there to be read as well.
    eventually(lambda: logs.matching("WorkerFunctionName", job_id) or None, what="the worker's log of the job")

    assert stranger.status_code == 404
    for function in ("ApiFunctionName", "WorkerFunctionName"):
        assert [line for line in logs.errors(function) if job_id in str(line)] == []
