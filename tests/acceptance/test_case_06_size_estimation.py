"""Test case 6: 300 KB, with a buffer of 10 %, to the byte."""

from __future__ import annotations

import pytest
from tests.acceptance.api import Api
from tests.acceptance.jobs import Jobs
from tests.acceptance.recording import CaseLog
from tests.acceptance.records import from_attribute, steps_bytes, steps_of

from leadmagnet.steplog import Limits, item_size
from leadmagnet.steplog.item import BOOKKEEPING_BYTES
from leadmagnet.steplog.names import OURS

CHAPTER = "Test Case 6"
KB = 1024
#: The plan's numbers: 300 KB, and an estimate of the exact size and 10 % more.
MOST_INLINE = int(300 * KB / 1.10)
#: What DynamoDB allows an item, and how much of it updates leave free.
ITEM_BYTES, MARGIN_BYTES = 400 * KB, KB

SIZES = {
    "250 KB": (250 * KB, "inline"),
    "250,000 bytes": (250_000, "inline"),
    "310 KB": (310 * KB, "offloaded"),
    "310,000 bytes": (310_000, "offloaded"),
    "350 KB": (350 * KB, "offloaded"),
    "350,000 bytes": (350_000, "offloaded"),
}
BOUNDARIES = {
    "a byte below the boundary": (MOST_INLINE - 1, "inline"),
    "the boundary": (MOST_INLINE, "inline"),
    "a byte above the boundary": (MOST_INLINE + 1, "offloaded"),
    "300 KB, which are 330 with the buffer": (300 * KB, "offloaded"),
}


@pytest.fixture(scope="module")
def job_id(jobs: Jobs) -> str:
    return jobs.completed()


@pytest.mark.shows("Items < 300KB stored in DynamoDB", "Items > 300KB stored in S3")
@pytest.mark.parametrize("size", SIZES)
def test_records_go_where_their_size_says(case: CaseLog, job_id: str, jobs: Jobs, size: str) -> None:
    wanted_bytes, where = SIZES[size]
    with case.step(1):
        steps = steps_of(wanted_bytes)
        stored = jobs.api.replace(job_id, steps)["stored"]
    with case.step(2):
        assert stored == where
        jobs.must_hold(job_id, steps, stored=where)
        assert steps_bytes(steps) == wanted_bytes


def test_the_boundary_is_where_the_estimate_passes_300_kb() -> None:
    assert MOST_INLINE * 1.10 <= 300 * KB < (MOST_INLINE + 1) * 1.10
    assert Limits().held_inline_bytes == MOST_INLINE


@pytest.mark.shows("10% buffer accounts for DynamoDB serialization overhead")
@pytest.mark.parametrize("size", BOUNDARIES)
def test_a_replaced_record_moves_at_the_very_byte(job_id: str, jobs: Jobs, size: str) -> None:
    wanted_bytes, where = BOUNDARIES[size]
    steps = steps_of(wanted_bytes)

    assert jobs.api.replace(job_id, steps)["stored"] == where
    jobs.must_hold(job_id, steps, stored=where)


@pytest.mark.shows("10% buffer accounts for DynamoDB serialization overhead")
@pytest.mark.parametrize(("more", "where"), [(0, "inline"), (1, "offloaded")])
def test_an_appended_record_moves_at_the_very_byte(job_id: str, jobs: Jobs, api: Api, more: int, where: str) -> None:
    last = {"step_id": "last", "output": "x" * 1_000}
    before = steps_of(MOST_INLINE - steps_bytes([last]))
    jobs.api.replace(job_id, before)

    api.append(job_id, last | {"output": "x" * (1_000 + more)})

    jobs.must_hold(job_id, [*before, last | {"output": "x" * (1_000 + more)}], stored=where)


@pytest.mark.shows("Items < 300KB stored in DynamoDB", "Items > 300KB stored in S3")
@pytest.mark.parametrize("others_kb", [140, 250])
def test_what_else_the_item_holds_counts_too(jobs: Jobs, api: Api, others_kb: int) -> None:
    job_id = jobs.at_rest([])
    jobs.change_item(job_id, "SET crm_export = :text", {":text": {"S": "x" * (others_kb * KB)}})
    room = ITEM_BYTES - MARGIN_BYTES - (300 * KB - MOST_INLINE) - _others_bytes(jobs, job_id)
    fitting = min(room, MOST_INLINE)

    for size, where in ((fitting, "inline"), (fitting + 1, "offloaded"), (fitting // 2, "inline")):
        steps = steps_of(size)
        assert api.replace(job_id, steps)["stored"] == where
        jobs.must_hold(job_id, steps, stored=where)
    assert item_size(jobs.item(job_id)) < ITEM_BYTES


@pytest.mark.shows("Items < 300KB stored in DynamoDB", "Items > 300KB stored in S3")
def test_an_attribute_that_fills_the_item_later_sends_the_next_step_to_s3(jobs: Jobs, api: Api) -> None:
    before = steps_of(250 * KB)
    job_id = jobs.at_rest(before)
    jobs.change_item(job_id, "SET crm_export = :text", {":text": {"S": "x" * (140 * KB)}})
    jobs.must_hold(job_id, before, stored="inline")
    step = {"step_id": "one more", "output": "y" * (20 * KB)}

    api.append(job_id, step)

    jobs.must_hold(job_id, [*before, step], stored="offloaded")


@pytest.mark.shows("Items < 300KB stored in DynamoDB")
@pytest.mark.parametrize("others_kb", [140, 250])
def test_a_job_runs_beside_large_attributes(jobs: Jobs, api: Api, others_kb: int) -> None:
    # As another program of the same table would: the item is there with its attributes before a worker takes the job.
    first = jobs.item(jobs.completed())
    kept = {name: first[name] for name in ("tenant", "workflow", "workflow_version", "submission", "steps_total")}
    job_id = jobs.put_item(
        kept
        | {"status": {"S": "pending"}, "created_at": {"S": "2026-03-01T09:30:00.000000+00:00"}}
        | {"crm_export": {"S": "ä" * (others_kb * KB // 2)}}
    )
    jobs.ask_again(job_id)

    assert api.wait(job_id)["status"] == "completed"
    steps = from_attribute(jobs.item(job_id)["execution_steps"])
    jobs.must_hold(job_id, steps, stored="inline")
    assert len(steps) == 6
    assert jobs.item(job_id)["crm_export"] == {"S": "ä" * (others_kb * KB // 2)}


def _others_bytes(jobs: Jobs, job_id: str) -> int:
    """What the item holds beside its steps, with the room that the step log sets aside for its own attributes."""
    others = {name: value for name, value in jobs.item(job_id).items() if name not in OURS}
    return item_size(others) + BOOKKEEPING_BYTES
