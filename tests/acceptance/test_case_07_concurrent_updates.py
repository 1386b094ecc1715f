"""Test case 7: concurrent updates lose nothing and double nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.api import Api
from tests.acceptance.appender import step_of
from tests.acceptance.jobs import Jobs
from tests.acceptance.recording import CaseLog
from tests.acceptance.records import difference, exact

CHAPTER = "Test Case 7"
WRITERS = 8
_ROOT = Path(__file__).parents[2]

#: How each writer writes, and how many steps: some 5 KB each on average, so that the record moves to S3 on the way.
CREWS = {
    "8 processes by the step log": (["step log"] * WRITERS, 12),
    "8 processes by the API, and 2 by the step log": (["API"] * WRITERS + ["step log"] * 2, 8),
}


@pytest.mark.shows(
    "All updates complete successfully", "Final execution_steps reflects all updates", "No race conditions"
)
@pytest.mark.parametrize("crew", CREWS)
def test_everything_acknowledged_is_there_once_and_in_its_place(case: CaseLog, jobs: Jobs, api: Api, crew: str) -> None:
    ways, count = CREWS[crew]
    with case.step(1):
        job_id = jobs.completed()
        before = api.steps(job_id)
    with case.step(2):
        case.note(f"{crew}, {count} steps each")
        acknowledged = _run(_orders(jobs, job_id, ways, count))
    with case.step(3):
        after = api.steps(job_id)

    assert sorted(acknowledged.values()) == list(range(len(before), len(before) + len(ways) * count))
    want = {f"writer-{w}-{n}": step_of(w, n) for w in range(len(ways)) for n in range(count)}
    added = sorted(want, key=lambda step_id: acknowledged[step_id])
    assert difference(after, before + [exact(want[step_id]) for step_id in added]) is None
    api.append(job_id, want[added[0]])
    jobs.must_hold(job_id, after, stored="offloaded")


@pytest.mark.shows("No race conditions")
def test_a_job_that_is_delivered_several_times_runs_each_step_once(jobs: Jobs, api: Api) -> None:
    job_id = jobs.submit("large")
    for _ in range(2):
        jobs.ask_again(job_id)

    assert api.wait(job_id)["status"] == "completed"
    steps = api.steps(job_id)
    ids = [step["step_id"] for step in steps]
    assert len(ids) == len(set(ids)) == 18
    assert {step["attempt"] for step in steps} == {1}
    jobs.must_hold(job_id, steps, stored="offloaded")


@pytest.mark.shows("No race conditions")
def test_whoever_replaces_a_record_that_has_moved_on_is_told(jobs: Jobs, api: Api) -> None:
    job_id = jobs.completed()
    seen = api.send("GET", f"/admin/jobs/{job_id}/execution-steps").headers["etag"]
    api.append(job_id, {"step_id": "somebody else's", "output": "new"})
    steps = api.steps(job_id)

    refused = api.send(
        "PUT", f"/admin/jobs/{job_id}/execution-steps", {"execution_steps": []}, headers={"If-Match": seen}
    )

    assert refused.status_code == 412
    jobs.must_hold(job_id, steps, stored="inline")


def _orders(jobs: Jobs, job_id: str, ways: Sequence[str], count: int) -> list[dict[str, Any]]:
    stack = jobs.stack
    common = {
        "job_id": job_id,
        "count": count,
        "endpoint_url": stack.endpoint_url,
        "table": stack.jobs_table,
        "bucket": stack.bucket,
        "api_url": stack.api_url,
        "token": stack.token(),
    }
    return [{**common, "writer": writer, "way": way, "environ": dict(stack.environ)} for writer, way in enumerate(ways)]


def _run(orders: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Start a process for each, all at once; what all of them were told."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.acceptance.appender"],
            cwd=_ROOT,
            env=order.pop("environ") | {"PYTHONPATH": f"{_ROOT / 'src'}:{_ROOT}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for order in orders
    ]
    for writer, order in zip(writers, orders, strict=True):
        _tell(writer, json.dumps(order))
    # All of them have their clients before the first one writes.
    assert [writer.stdout.readline() for writer in writers if writer.stdout] == ["ready\n"] * len(writers)
    for writer in writers:
        _tell(writer, "go")
    answers = [writer.communicate(timeout=300) for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * len(writers), answers
    return {step_id: index for said, _ in answers for step_id, index in json.loads(said).items()}


def _tell(writer: subprocess.Popen[str], line: str) -> None:
    assert writer.stdin is not None
    writer.stdin.write(f"{line}\n")
    writer.stdin.flush()
