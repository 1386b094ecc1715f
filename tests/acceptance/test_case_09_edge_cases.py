"""Test case 9: edge cases."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from tests.acceptance.api import Api
from tests.acceptance.jobs import Jobs, key_of
from tests.acceptance.recording import CaseLog
from tests.acceptance.records import difference, exact, from_attribute, from_json, steps_bytes, steps_of

CHAPTER = "Test Case 9"
GRACEFUL = "All edge cases handled gracefully"
SOUND = "No errors or data corruption"
#: Null wherever JSON allows it, beside what looks like it.
WITH_NULLS: list[dict[str, Any]] = [
    {"step_id": "a", "input": None, "output": None, "error": None, "image_urls": [None, None]},
    {"step_id": "b", "output": {"deep": [{"deeper": None}, [], {}, "", "null", 0, False]}, "usage_info": None},
]
SMALL, LARGE = steps_of(3_000, mark="small"), steps_of(330_000, mark="large")


@pytest.mark.shows("Empty execution_steps array", GRACEFUL, SOUND)
def test_an_empty_array_is_an_empty_array(jobs: Jobs, api: Api) -> None:
    job_id = jobs.at_rest([])

    assert from_attribute(jobs.item(job_id)["execution_steps"]) == []
    jobs.must_hold(job_id, [], stored="inline")
    api.append(job_id, WITH_NULLS[0])
    jobs.must_hold(job_id, WITH_NULLS[:1], stored="inline")


@pytest.mark.shows("Empty execution_steps array", SOUND)
def test_a_large_record_becomes_an_empty_array(jobs: Jobs, api: Api) -> None:
    job_id = jobs.at_rest(LARGE)

    api.replace(job_id, [])

    jobs.must_hold(job_id, [], stored="inline")
    assert "execution_steps_s3_key" not in jobs.item(job_id)


@pytest.mark.shows("Execution_steps with null values", GRACEFUL, SOUND)
@pytest.mark.parametrize(("filling", "where"), [([], "inline"), (LARGE, "offloaded")], ids=["inline", "offloaded"])
def test_null_values_stay_null(jobs: Jobs, api: Api, filling: list[dict[str, Any]], where: str) -> None:
    job_id = jobs.at_rest([*filling, *WITH_NULLS])
    more = {"step_id": "c", "output": None}

    api.append(job_id, more)

    jobs.must_hold(job_id, [*filling, *WITH_NULLS, more], stored=where)


@pytest.mark.shows("Execution_steps with null values", GRACEFUL)
@pytest.mark.parametrize("body", [{"execution_steps": None}, {"execution_steps": [None]}, None, [None]], ids=str)
def test_null_for_a_step_is_refused_and_changes_nothing(jobs: Jobs, api: Api, body: object) -> None:
    job_id = jobs.at_rest(SMALL)

    answer = api.send("PUT", f"/admin/jobs/{job_id}/execution-steps", body if body is not None else "null")

    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"
    jobs.must_hold(job_id, SMALL, stored="inline")


@pytest.mark.shows("Very large execution_steps (> 1MB)", GRACEFUL, SOUND)
def test_a_job_with_more_than_1_mb_of_steps_completes_and_is_whole(jobs: Jobs, api: Api) -> None:
    job_id = jobs.completed("very-large")
    steps = api.steps(job_id)

    assert len(steps) == 45
    assert steps_bytes(steps) > 1024 * 1024
    assert {step["status"] for step in steps} == {"completed"}
    jobs.must_hold(job_id, steps, stored="offloaded")


@pytest.mark.shows("Very large execution_steps (> 1MB)", GRACEFUL, SOUND)
def test_a_record_larger_than_an_answer_may_be_is_had_by_its_link_and_by_pages(jobs: Jobs, api: Api) -> None:
    # Lambda takes requests of 6 MB and gives answers of 6 MB, so it grows in two parts.
    first, second = steps_of(4_000_000, mark="a"), steps_of(2_000_000, step_bytes=1_000_000, mark="b")
    job_id = jobs.at_rest(first)
    for step in second:
        api.append(job_id, step)

    document = jobs.document(job_id)
    job = api.job(job_id)

    assert difference(document, exact([*first, *second])) is None
    assert job["execution_steps_truncated"] is True
    begun = job["execution_steps"]
    assert begun
    assert difference(begun, document[: len(begun)]) is None
    assert difference(api.paged_steps(job_id, limit=40), document) is None
    whole = httpx2.get(job["execution_steps_url"], trust_env=jobs.stack.on_aws)
    assert difference(from_json(whole.content), document) is None


@pytest.mark.shows("Multiple updates transitioning between S3 and DynamoDB", GRACEFUL, SOUND)
def test_a_record_moves_between_s3_and_the_item_as_often_as_it_must(jobs: Jobs, api: Api) -> None:
    job_id = jobs.at_rest([])
    one = {"step_id": "one more", "output": "1"}
    sizes = {"large": (LARGE, "offloaded"), "small": (SMALL, "inline")}

    for number, name in enumerate(["large", "small", "large", "small", "small", "large", "large", "small"]):
        steps, where = sizes[name]
        changed = [{**steps[0], "round": number}, *steps[1:]]
        assert api.replace(job_id, changed)["stored"] == where
        api.append(job_id, one)
        jobs.must_hold(job_id, [*changed, one], stored=where)


@pytest.mark.shows("Multiple updates transitioning between S3 and DynamoDB", SOUND)
def test_a_job_that_starts_small_and_grows_large_moves_once_and_loses_nothing(
    case: CaseLog, jobs: Jobs, api: Api
) -> None:
    job_id = jobs.at_rest([])
    steps: list[dict[str, Any]] = []
    places = []

    for number in range(14):
        step = {"step_id": f"grown-{number}", "output": chr(97 + number) * 24_000}
        api.append(job_id, step)
        steps.append(step)
        places.append(api.job(job_id)["stored"])
        assert difference(api.steps(job_id), exact(steps)) is None

    case.note(f"stored after each step: {places}")
    assert places == ["inline"] * 11 + ["offloaded"] * 3
    jobs.must_hold(job_id, steps, stored="offloaded")
    assert jobs.item(job_id)["execution_steps_s3_key"] == {"S": key_of(job_id)}
