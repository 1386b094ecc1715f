"""Test case 2: large execution steps go to S3 by themselves."""

from __future__ import annotations

import pytest
from tests.acceptance.api import Api
from tests.acceptance.jobs import SUBMISSION, Jobs, key_of
from tests.acceptance.recording import CaseLog
from tests.acceptance.records import STEP_ATTRIBUTES, difference, from_json, steps_bytes

CHAPTER = "Test Case 2"
PICTURES = {f"picture_{number}" for number in range(1, 4)}
CHAPTERS = {f"chapter_{number}" for number in range(1, 13)}


@pytest.fixture(scope="module")
def job_id(case: CaseLog, jobs: Jobs, api: Api) -> str:
    with case.step(1):
        made = jobs.submit("large")
    with case.step(2):
        api.wait(made)
    return made


@pytest.mark.shows("Job completes successfully (no DynamoDB size limit error)")
def test_the_job_completes_with_every_step(job_id: str, api: Api) -> None:
    job = api.job(job_id)
    steps = job["execution_steps"]

    assert (job["status"], job["error"]) == ("completed", None)
    assert job["steps_done"] == job["steps_total"] == len(PICTURES) + len(CHAPTERS) + 2
    assert steps_bytes(steps) > 300 * 1024
    assert {step["status"] for step in steps} == {"completed"}
    assert {step["step_id"] for step in steps if step["step_type"] == "image_generation"} == PICTURES
    assert all(len(step["image_urls"]) == 2 for step in steps if step["step_id"] in PICTURES)


@pytest.mark.shows(
    "`execution_steps_s3_key` stored in DynamoDB",
    "`execution_steps` removed from DynamoDB",
    "S3 object contains correct data",
)
def test_the_item_names_an_object_that_holds_all_steps(case: CaseLog, job_id: str, jobs: Jobs) -> None:
    with case.step(3):
        key = jobs.printed(case, 0, job_id).json
        listed = jobs.printed(case, 1, job_id).output
        steps = from_json(jobs.printed(case, 2, job_id).output)

    assert key == {"S": f"jobs/{job_id}/execution_steps.json"}
    assert "execution_steps" not in jobs.item(job_id)
    assert listed.split()[-1] == "execution_steps.json"
    assert steps[0]["output"] == SUBMISSION
    assert {step["step_id"] for step in steps} == PICTURES | CHAPTERS | {"form_submission", "report", "deliver"}
    assert all(step.keys() == STEP_ATTRIBUTES for step in steps)
    assert int(listed.split()[-2]) == len(jobs.shell.must(f"aws s3 cp {jobs.document_url(job_id)} -").output.encode())


@pytest.mark.shows("API can retrieve execution_steps from S3")
def test_the_api_answers_with_what_the_object_holds(job_id: str, jobs: Jobs, api: Api) -> None:
    document = jobs.document(job_id)

    jobs.must_hold(job_id, document, stored="offloaded")
    first = api.must("GET", f"/admin/jobs/{job_id}/execution-steps/5")
    assert difference(first, document[5]) is None


def test_every_file_that_a_step_names_is_there(job_id: str, jobs: Jobs, api: Api) -> None:
    urls = [url for step in api.steps(job_id) for url in step["image_urls"]]

    assert len(urls) == 2 * len(PICTURES)
    assert all(api.send("GET", url).headers["content-type"] == "image/png" for url in urls)
    listed = jobs.shell.must(f"aws s3 ls s3://{jobs.stack.bucket}/{key_of(job_id).rpartition('/')[0]}/artifacts/")
    assert len(listed.output.splitlines()) == len(urls) + 1
