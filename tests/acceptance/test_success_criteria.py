"""The plan's success criteria, of everything that this run did."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from tests.acceptance.api import Api
from tests.acceptance.jobs import Jobs
from tests.acceptance.logs import Logs, eventually
from tests.acceptance.recording import CaseLog
from tests.acceptance.records import difference

CHAPTER = "Success Criteria"
FUNCTIONS = ("ApiFunctionName", "WorkerFunctionName", "SweeperFunctionName", "CheckFunctionName")


@pytest.fixture(scope="module")
def all_jobs(jobs: Jobs, api: Api) -> list[dict[str, Any]]:
    # If this file is run alone, there is nothing to look at yet.
    jobs.completed("small")
    jobs.completed("large")
    return _listed(api)


@pytest.mark.shows("Zero DynamoDB ValidationException errors for item size")
def test_no_log_of_the_run_has_a_validation_exception(all_jobs: list[dict[str, Any]], logs: Logs) -> None:
    newest = all_jobs[0]["job_id"]
    eventually(lambda: logs.matching("WorkerFunctionName", newest) or None, what="the log of the newest job")

    for function in FUNCTIONS:
        for text in ("ValidationException", "Item size has exceeded", "Item size to update has exceeded"):
            assert logs.matching(function, text) == []


@pytest.mark.shows("All jobs complete successfully regardless of execution_steps size")
def test_every_job_of_the_run_completed(case: CaseLog, all_jobs: list[dict[str, Any]]) -> None:
    case.note(f"{len(all_jobs)} jobs: {dict(Counter(job['stored'] for job in all_jobs))}")

    assert Counter(job["status"] for job in all_jobs) == {"completed": len(all_jobs)}
    assert {job["stored"] for job in all_jobs} == {"inline", "offloaded"}


@pytest.mark.usefixtures("all_jobs")
@pytest.mark.shows("All jobs complete successfully regardless of execution_steps size")
def test_no_message_was_given_up(api: Api) -> None:
    assert api.must("GET", "/admin/dead-letters") == {"dead_letters": []}


@pytest.mark.shows("API successfully retrieves execution_steps from both DynamoDB and S3", "No data loss or corruption")
def test_every_record_is_whole_by_the_api_and_by_itself(all_jobs: list[dict[str, Any]], jobs: Jobs, api: Api) -> None:
    for job_id in [job["job_id"] for job in all_jobs if job["job_id"] not in jobs.damaged]:
        where, held = jobs.kept(job_id)
        job = api.job(job_id)
        steps = job["execution_steps"]
        assert job["stored"] == where
        assert difference(steps, held[: len(steps)]) is None, job_id
        assert len(steps) == len(held) or job["execution_steps_truncated"]
        assert job["steps_count"] in (len(held), None)


@pytest.mark.shows("No data loss or corruption")
def test_the_doctor_finds_only_what_was_broken_by_hand(all_jobs: list[dict[str, Any]], jobs: Jobs) -> None:
    names = f"JOBS_TABLE={jobs.stack.jobs_table} ARTIFACTS_BUCKET={jobs.stack.bucket}"
    ours = {job["job_id"] for job in all_jobs} | set(jobs.written)

    found = jobs.shell.run(f"{names} leadmagnet doctor --deep --json").json

    assert found["jobs"] >= len(all_jobs)
    missing = {each["job_id"] for each in found["findings"] if each["kind"] == "object_missing"}
    assert missing & ours == jobs.damaged
    assert [each for each in found["findings"] if each["job_id"] in ours - jobs.damaged] == []


def _listed(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = api.must("GET", "/admin/jobs?limit=100" + (f"&cursor={cursor}" if cursor else ""))
        found += page["jobs"]
        cursor = page["next"]
    return found
