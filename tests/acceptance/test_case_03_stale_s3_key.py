"""Test case 3: small execution steps take a stale S3 key away."""

from __future__ import annotations

from typing import Any

import pytest
from tests.acceptance.api import Api
from tests.acceptance.jobs import Jobs, key_of
from tests.acceptance.recording import CaseLog
from tests.acceptance.records import difference, exact, from_attribute, steps_of

CHAPTER = "Test Case 3"
LITTLE = steps_of(2_000, mark="little")


@pytest.fixture(scope="module")
def job_id(case: CaseLog, jobs: Jobs) -> str:
    with case.step(1):
        made = jobs.completed("large")
        assert jobs.kept(made)[0] == "offloaded"
    with case.step(2):
        jobs.change_item(made, "SET execution_steps_s3_key = :key", {":key": {"S": key_of(made)}})
    with case.step(3):
        jobs.api.replace(made, LITTLE)
    return made


@pytest.mark.shows(
    "`execution_steps` stored directly in DynamoDB", "`execution_steps_s3_key` removed from DynamoDB item"
)
def test_the_steps_are_in_the_item_and_the_key_is_gone(case: CaseLog, job_id: str, jobs: Jobs) -> None:
    with case.step(4):
        printed: dict[str, Any] = jobs.printed(case, 0, job_id).json

    assert printed["execution_steps_s3_key"] is None
    assert difference(from_attribute(printed["execution_steps"]), exact(LITTLE)) is None


@pytest.mark.shows("No data inconsistency")
def test_every_reader_sees_the_small_steps(job_id: str, jobs: Jobs) -> None:
    jobs.must_hold(job_id, LITTLE, stored="inline")


@pytest.mark.shows("No data inconsistency")
def test_a_key_that_comes_back_to_an_inline_item_goes_with_the_next_update(jobs: Jobs, api: Api) -> None:
    large = steps_of(320_000, mark="large")
    job_id = jobs.at_rest(large)
    api.replace(job_id, LITTLE)
    # The old object is still there, and now the item points to it again, beside its own steps.
    jobs.change_item(job_id, "SET execution_steps_s3_key = :key", {":key": {"S": key_of(job_id)}})
    assert difference(api.steps(job_id), exact(large)) is None

    api.replace(job_id, LITTLE)

    jobs.must_hold(job_id, LITTLE, stored="inline")


@pytest.mark.shows("No data inconsistency")
def test_a_key_that_never_had_an_object_goes_with_the_next_update(jobs: Jobs, api: Api) -> None:
    job_id = jobs.at_rest(LITTLE)
    jobs.change_item(job_id, "SET execution_steps_s3_key = :key", {":key": {"S": key_of(job_id)}})

    api.replace(job_id, LITTLE[:1])

    jobs.must_hold(job_id, LITTLE[:1], stored="inline")
    assert api.append(job_id, {"step_id": "more", "output": None}) == 1
    jobs.must_hold(job_id, [*LITTLE[:1], {"step_id": "more", "output": None}], stored="inline")
