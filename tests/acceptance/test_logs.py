"""The plan's logs: what each of them says after jobs have run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from tests.acceptance.api import Api
from tests.acceptance.jobs import Jobs, key_of
from tests.acceptance.logs import Logs, eventually, parsed
from tests.acceptance.recording import CaseLog
from tests.acceptance.records import steps_bytes
from tests.acceptance.shell import Shell
from tests.acceptance.stack import Stack

CHAPTER = "Logs to Review"
MOVED = "execution_steps stored in S3"
MISSING = "Error loading execution_steps from S3"


@pytest.fixture(scope="module")
def large_job(jobs: Jobs) -> str:
    return jobs.completed("large")


@pytest.mark.shows("Worker logs: `execution_steps stored in S3` messages")
def test_the_worker_says_once_which_record_went_to_s3_and_how_large_it_was(
    large_job: str, logs: Logs, api: Api
) -> None:
    lines = eventually(lambda: _lines(logs, "WorkerFunctionName", MOVED, large_job) or None, what="the worker's line")

    assert [line["message"] for line in lines] == [MOVED]
    [line] = lines
    assert (line["level"], line["job_id"], line["key"]) == ("INFO", large_job, key_of(large_job))
    assert 300 * 1024 / 1.1 < line["size_bytes"] <= steps_bytes(api.steps(large_job))


@pytest.mark.shows("Worker logs: `execution_steps stored in S3` messages")
def test_the_worker_says_nothing_of_the_kind_about_a_small_job(jobs: Jobs, logs: Logs) -> None:
    job_id = jobs.completed("small")

    eventually(lambda: _lines(logs, "WorkerFunctionName", "Job completed", job_id) or None, what="the job's end")
    assert _lines(logs, "WorkerFunctionName", MOVED, job_id) == []


@pytest.mark.shows("API logs: `Error loading execution_steps from S3` messages")
def test_the_api_speaks_of_missing_objects_only_where_one_is_missing(
    large_job: str, jobs: Jobs, logs: Logs, api: Api
) -> None:
    lost = jobs.put_item({"tenant": {"S": jobs.stack.run}, "created_at": {"S": "2026-03-01T09:30:00+00:00"}})
    jobs.change_item(lost, "SET execution_steps_s3_key = :key", {":key": {"S": key_of(lost)}})
    jobs.damaged.add(lost)
    api.send("GET", f"/admin/jobs/{large_job}")
    assert api.send("GET", f"/admin/jobs/{lost}").json()["execution_steps"] == []

    lines = eventually(lambda: _lines(logs, "ApiFunctionName", MISSING, lost) or None, what="the API's line")

    assert [(line["level"], line["key"]) for line in lines] == [("ERROR", key_of(lost))]
    assert _lines(logs, "ApiFunctionName", MISSING, large_job) == []


def test_no_line_holds_what_people_or_models_wrote(jobs: Jobs, api: Api, logs: Logs) -> None:
    secret = "Zwetschgendatschi"
    job_id = api.submit(f"{jobs.stack.run}-small", {"company": secret, "audience": secret})
    api.wait(job_id)
    assert secret in str(api.steps(job_id))

    eventually(lambda: _lines(logs, "WorkerFunctionName", "Job completed", job_id) or None, what="the job's end")

    for function in ("ApiFunctionName", "WorkerFunctionName"):
        assert logs.matching(function, secret) == []


@pytest.mark.engine_only(
    "CloudTrail records what DynamoDB is asked only where somebody turned it on: docs/operations.md"
)
@pytest.mark.shows("DynamoDB access logs")
def test_dynamodb_is_asked_for_what_a_job_needs_and_nothing_else(
    case: CaseLog, stack: Stack, shell: Shell, jobs: Jobs
) -> None:
    with _recorded(stack):
        job_id = jobs.completed("large")
    events = _dynamodb_events(shell)
    mine = [event for event in events if job_id in json.dumps(event["requestParameters"])]
    counted = Counter(event["eventName"] for event in mine)
    case.note(f"requests for the job: {dict(counted)}")

    assert {event["requestParameters"]["TableName"] for event in mine} == {stack.jobs_table}
    # One for each of 18 steps at the least, and a few for the lease, the attempts and the move to S3.
    assert 18 <= counted["UpdateItem"] <= 18 * 4
    assert counted.keys() <= {"PutItem", "GetItem", "UpdateItem"}
    # Nothing that was sent to DynamoDB came near the size of an item: the record had moved to S3 in time.
    assert max(len(json.dumps(event["requestParameters"])) for event in mine) < 400 * 1024
    assert {event["eventName"] for event in events} & {"Scan", "BatchWriteItem", "DeleteTable"} == set()


def _lines(logs: Logs, function: str, text: str, job_id: str) -> list[dict[str, Any]]:
    return [line for line in map(parsed, logs.matching(function, text)) if line.get("job_id") == job_id]


@contextmanager
def _recorded(stack: Stack) -> Iterator[None]:
    """CloudTrail's data events of the engine, on for as long as the block lasts."""
    url = f"{stack.endpoint_url}/_ministack/config"
    assert httpx2.post(url, json={"cloudtrail._recording_enabled": "true"}, trust_env=False).json()["applied"]
    try:
        yield
    finally:
        httpx2.post(url, json={"cloudtrail._recording_enabled": "false"}, trust_env=False)


def _dynamodb_events(shell: Shell) -> list[dict[str, Any]]:
    found = shell.must(
        "aws cloudtrail lookup-events --query 'Events[].CloudTrailEvent' "
        "--lookup-attributes AttributeKey=EventSource,AttributeValue=dynamodb.amazonaws.com"
    ).json
    return [json.loads(event) for event in found]
