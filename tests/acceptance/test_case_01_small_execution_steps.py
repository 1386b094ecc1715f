"""Test case 1: small execution steps are stored directly in DynamoDB."""

from __future__ import annotations

import pytest
from tests.acceptance.api import Api
from tests.acceptance.jobs import SUBMISSION, Jobs
from tests.acceptance.recording import CaseLog
from tests.acceptance.records import STEP_ATTRIBUTES, difference, from_attribute, steps_bytes

CHAPTER = "Test Case 1"
STEPS = ["form_submission", "picture_1", "chapter_1", "chapter_2", "report", "deliver"]


@pytest.fixture(scope="module")
def job_id(case: CaseLog, jobs: Jobs, api: Api) -> str:
    with case.step(1):
        made = jobs.submit("small")
    with case.step(2):
        api.wait(made)
    return made


@pytest.mark.shows("Job completes successfully")
def test_the_job_completes_with_every_step(job_id: str, api: Api) -> None:
    job = api.job(job_id)

    assert (job["status"], job["error"]) == ("completed", None)
    assert job["steps_done"] == job["steps_total"] == len(STEPS) - 1
    assert job["deliverable"]["artifact_id"] == "report.html"


@pytest.mark.shows("`execution_steps` stored directly in DynamoDB", "No `execution_steps_s3_key` field present")
def test_the_item_holds_all_steps_and_no_key(case: CaseLog, job_id: str, jobs: Jobs, api: Api) -> None:
    with case.step(3):
        printed = from_attribute(jobs.printed(case, 0, job_id).json)
        item = jobs.item(job_id)

    assert "execution_steps_s3_key" not in item
    assert [step["step_id"] for step in sorted(printed, key=lambda step: STEPS.index(step["step_id"]))] == STEPS
    assert all(step.keys() == STEP_ATTRIBUTES for step in printed)
    assert printed[0]["output"] == SUBMISSION
    assert difference(printed, from_attribute(item["execution_steps"])) is None
    assert steps_bytes(api.steps(job_id)) < 300 * 1024


@pytest.mark.shows("Data retrievable via API")
def test_the_api_answers_with_what_the_item_holds(job_id: str, jobs: Jobs, api: Api) -> None:
    jobs.must_hold(job_id, api.steps(job_id), stored="inline")
