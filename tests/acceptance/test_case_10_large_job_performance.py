"""Test case 10: large execution steps are no slower than their size."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from tests.acceptance.api import Api
from tests.acceptance.jobs import Jobs, key_of
from tests.acceptance.recording import CaseLog
from tests.acceptance.records import steps_bytes, steps_of

from leadmagnet.steplog import StepLog

CHAPTER = "Test Case 10"
#: The only seconds that any test of ours insists on: machines are noisy, but the plan asks for this figure.
MOST_API_S = 2.0
TIMES = 9
KINDS = ("small", "large", "very-large")


@pytest.fixture(scope="module")
def jobs_of_each_size(jobs: Jobs) -> dict[str, str]:
    return {kind: jobs.completed(kind) for kind in KINDS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """How long each go of the same thing took, the first one included."""

    seconds: Sequence[float]

    @property
    def slowest(self) -> float:
        """The figure that the plan's limit is for: whoever waits longest is a user, too."""
        return max(self.seconds)

    def __str__(self) -> str:
        return f"{shown(self.slowest)}, median {shown(statistics.median(self.seconds))}"


def time_of(work: Callable[[], object], *, times: int = TIMES) -> Taken:
    """How long `work` takes, time after time; no go is left out."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return Taken(seconds=taken)


def shown(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"


@pytest.mark.shows("Job processing time", "No significant performance degradation")
def test_a_large_job_is_executed_once_and_writes_what_it_holds(
    case: CaseLog, jobs: Jobs, api: Api, jobs_of_each_size: dict[str, str]
) -> None:
    for kind, job_id in jobs_of_each_size.items():
        job = api.job(job_id)
        held = steps_bytes(job["execution_steps"])
        took = _moment(job, "finished_at") - _moment(job, "started_at")
        waited = _moment(job, "started_at") - _moment(job, "created_at")
        what = f"{kind} job, {len(job['execution_steps'])} steps, {held / 1024:,.0f} KB"
        case.measure("Job processing time", what, f"{shown(took)}, after {shown(waited)} in the queue")
        written = _bytes_of_the_step_log_in_s3(jobs, job_id)
        case.measure("Job processing time", f"{kind} job: bytes written to S3 per byte held", f"{written / held:.2f}")

        assert jobs.item(job_id)["executions"] == {"N": "1"}
        # A record that were written again with every step would have been written some 20 times over.
        assert written <= 3 * held


@pytest.mark.shows("DynamoDB write latency", "No significant performance degradation")
def test_an_append_sends_what_the_step_costs_however_long_the_record_is(case: CaseLog, jobs: Jobs) -> None:
    records = {
        "an empty record": [],
        "a record of 250 KB in the item": steps_of(250 * 1024),
        "a record of 4 MB in S3": steps_of(4_000_000),
    }
    sent: dict[str, int] = {}
    for name, steps in records.items():
        job_id = jobs.at_rest(steps)
        log, counted = _counting_log(jobs)
        number = iter(range(TIMES + 1))

        def append(log: StepLog = log, job_id: str = job_id, number: Any = number) -> None:  # noqa: ANN401
            count = next(number)
            log.append(job_id, {"step_id": f"more-{count}", "output": "x" * 2_000}, step_id=f"more-{count}")

        # The first finds out where the record lives.
        case.measure("DynamoDB write latency", f"append of 2 KB to {name}, slowest of {TIMES}", str(time_of(append)))
        del counted[:]
        append()
        sent[name] = sum(counted)
        # The job is at rest, so its document is to be whole.
        log.seal(job_id)
        case.measure("DynamoDB write latency", f"such an append to {name}", f"{sent[name]:,} bytes sent")

    assert max(sent.values()) <= 2 * sent["an empty record"]


@pytest.mark.shows("S3 upload/download latency", "S3 operations complete within acceptable time")
def test_documents_go_up_and_down_as_the_api_needs_them(
    case: CaseLog, jobs: Jobs, jobs_of_each_size: dict[str, str]
) -> None:
    s3, bucket = jobs.stack.s3(), jobs.stack.bucket
    for kind in ("large", "very-large"):
        key = key_of(jobs_of_each_size[kind])
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        beside = f"{key.rpartition('/')[0]}/artifacts/measured.json"
        up = time_of(lambda body=body, key=beside: s3.put_object(Bucket=bucket, Key=key, Body=body))  # type: ignore[misc]
        down = time_of(lambda key=key: s3.get_object(Bucket=bucket, Key=key)["Body"].read())  # type: ignore[misc]
        for way, taken in {"up": up, "down": down}.items():
            what = f"{len(body) / 1024:,.0f} KB {way}, slowest of {TIMES}"
            case.measure("S3 upload/download latency", what, str(taken))

        # An answer of the API takes a download or an upload, and it has two seconds.
        assert max(up.slowest, down.slowest) < MOST_API_S


@pytest.mark.shows(
    "API response time", "API response time < 2 seconds", "S3 operations complete within acceptable time"
)
def test_the_api_answers_within_two_seconds(
    case: CaseLog, jobs: Jobs, api: Api, jobs_of_each_size: dict[str, str]
) -> None:
    largest, million = jobs.at_rest(steps_of(4_000_000)), steps_of(1_200_000)
    asked = {f"GET of the {kind} job": f"/admin/jobs/{job_id}" for kind, job_id in jobs_of_each_size.items()}
    asked |= {"GET of a job with 4 MB": f"/admin/jobs/{largest}", "GET of the list": "/admin/jobs"}
    _open_the_page(case, api)

    taken = {what: time_of(lambda path=path: api.must("GET", path)) for what, path in asked.items()}  # type: ignore[misc]
    taken["PUT of 1.2 MB of steps"] = time_of(lambda: api.replace(largest, million))

    for what, each in taken.items():
        case.measure("API response time", f"{what}, slowest of {TIMES}", str(each))
    assert {what: each.slowest for what, each in taken.items() if each.slowest >= MOST_API_S} == {}


def _open_the_page(case: CaseLog, api: Api) -> None:
    """What a browser asks before anybody looks at a job; it is this that meets a function which still has to start.

    The case is about what large steps cost. What a start costs is Lambda's, and the same with the smallest: its figure
    is in the report, and no answer after it is left out.
    """
    for path in ("/", "/version", "/admin/jobs"):
        began = time.perf_counter()
        api.send("GET", path)
        case.measure("API response time", f"GET {path}, when the page is opened", shown(time.perf_counter() - began))


def _moment(job: dict[str, Any], name: str) -> float:
    return datetime.fromisoformat(job[name]).timestamp()


def _bytes_of_the_step_log_in_s3(jobs: Jobs, job_id: str) -> int:
    """The bytes of all versions of what the step log ever wrote for the job and did not take back."""
    prefix = f"jobs/{job_id}/"
    pages = jobs.stack.s3().get_paginator("list_object_versions").paginate(Bucket=jobs.stack.bucket, Prefix=prefix)
    versions = [version for page in pages for version in page.get("Versions", ())]
    return sum(version["Size"] for version in versions if not version["Key"].startswith(f"{prefix}artifacts/"))


def _counting_log(jobs: Jobs) -> tuple[StepLog, list[int]]:
    """A step log, and the sizes of the bodies that it sends."""
    counted: list[int] = []
    dynamodb, s3 = jobs.stack.new_clients()
    for client in (dynamodb, s3):
        client.meta.events.register("before-send", lambda request, **_: counted.append(_body_bytes(request.headers)))
    log = StepLog(dynamodb=dynamodb, s3=s3, table=jobs.stack.jobs_table, bucket=jobs.stack.bucket)
    return log, counted


def _body_bytes(headers: Mapping[str, str]) -> int:
    return int(headers.get("X-Amz-Decoded-Content-Length") or headers.get("Content-Length") or 0)
