"""Test case 5: a missing S3 object is no catastrophe."""

from __future__ import annotations

import pytest
from tests.acceptance.api import Api
from tests.acceptance.jobs import Jobs, key_of
from tests.acceptance.logs import eventually, parsed
from tests.acceptance.recording import CaseLog

CHAPTER = "Test Case 5"
#: What our own step log keeps beside a key; an older system has none of it.
BOOKKEEPING = "steps_version, steps_count, steps_bytes, steps_held, steps_item, steps_epoch, steps_ids"


@pytest.fixture(scope="module")
def job_id(case: CaseLog, jobs: Jobs) -> str:
    with case.step(1):
        made = jobs.completed()
        jobs.damaged.add(made)
        jobs.change_item(
            made,
            f"SET execution_steps_s3_key = :key REMOVE execution_steps, {BOOKKEEPING}",
            {":key": {"S": key_of(made)}},
        )
        assert jobs.shell.run(f"aws s3 ls {jobs.document_url(made)}").code != 0
    return made


@pytest.mark.shows("API returns job with empty `execution_steps: []`", "No exception thrown to client")
def test_the_api_answers_with_the_job_and_no_steps(case: CaseLog, job_id: str, api: Api) -> None:
    with case.step(2):
        answer = api.send("GET", f"/admin/jobs/{job_id}")

    assert answer.status_code == 200
    job = answer.json()
    assert job["execution_steps"] == []
    assert (job["job_id"], job["status"], job["submission"]["company"]) == (job_id, "completed", "Alder & Söhne")
    assert answer.headers["cache-control"] == "no-store"
    page = api.must("GET", f"/admin/jobs/{job_id}/execution-steps")
    assert page["steps"] == []


@pytest.mark.shows("Error logged with S3 key for debugging")
def test_the_error_is_logged_with_the_key(case: CaseLog, job_id: str, jobs: Jobs, api: Api) -> None:
    api.send("GET", f"/admin/jobs/{job_id}")

    with case.step(3):
        lines = eventually(lambda: _lines_about(case, jobs, job_id) or None, what="the error in the API's log")

    for line in lines:
        assert line["level"] == "ERROR"
        assert str(line["message"]).startswith("Error loading execution_steps from S3")
        assert line["key"] == key_of(job_id)


@pytest.mark.shows("API returns job with empty `execution_steps: []`", "Error logged with S3 key for debugging")
def test_a_record_whose_object_was_deleted_for_good_is_the_same(case: CaseLog, jobs: Jobs, api: Api) -> None:
    job_id = jobs.completed("large")
    steps = api.steps(job_id)
    # The bucket keeps versions: what `rm` hides, the item's pointer still finds.
    jobs.shell.must(f"aws s3 rm {jobs.document_url(job_id)}")
    assert api.steps(job_id) == steps

    _delete_all_versions(jobs, job_id)

    answer = api.send("GET", f"/admin/jobs/{job_id}")
    assert (answer.status_code, answer.json()["execution_steps"]) == (200, [])
    eventually(lambda: _lines_about(case, jobs, job_id) or None, what="the error in the API's log")


def _lines_about(case: CaseLog, jobs: Jobs, job_id: str) -> list[dict[str, object]]:
    """The messages of the plan's command that carry the job's key, as structured lines."""
    messages = jobs.printed(case, 0, job_id).json
    return [parsed(message) for message in messages if key_of(job_id) in message]


def _delete_all_versions(jobs: Jobs, job_id: str) -> None:
    jobs.damaged.add(job_id)
    prefix = f"jobs/{job_id}/"
    found = jobs.shell.must(
        f"aws s3api list-object-versions --bucket {jobs.stack.bucket} --prefix {prefix} "
        "--query '[Versions, DeleteMarkers][].{Key: Key, VersionId: VersionId}'"
    ).json
    for version in found:
        if version["Key"] == key_of(job_id):
            jobs.stack.s3().delete_object(Bucket=jobs.stack.bucket, **version)
