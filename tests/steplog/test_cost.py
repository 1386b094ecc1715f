from __future__ import annotations

import base64
import json
import tracemalloc
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from tests.conftest import Aws
from tests.steplog.simulation.dynamodb import MemoryTable
from tests.steplog.simulation.s3 import MemoryBucket

from leadmagnet.local.resources import Resources
from leadmagnet.steplog import Limits, StepLog
from leadmagnet.steplog.limits import MIB, S3_PART_BYTES

_MOST_GROWTH_BYTES = 64 * MIB


class Meter:
    """Hands requests on to stores in memory and counts them, and the bytes of their bodies."""

    def __init__(self, store: object) -> None:
        self._store = store
        #: Requests that send something, and those that only fetch.
        self.sends = self.fetches = 0
        self.body_bytes = 0

    def __getattr__(self, call: str) -> Callable[..., Any]:
        def counted(**request: Any) -> Any:  # noqa: ANN401
            if call.startswith("get_"):
                self.fetches += 1
            else:
                self.sends += 1
            self.body_bytes += _body_bytes(request)
            return getattr(self._store, call)(**request)

        return counted


def _body_bytes(request: dict[str, Any]) -> int:
    """What the request sends: S3's body as it is, DynamoDB's as JSON."""
    if "Bucket" in request:
        return len(request.get("Body", b""))
    return len(json.dumps(request, ensure_ascii=False, default=lambda content: base64.b64encode(content).decode()))


def _text(number: int, size: int) -> dict[str, Any]:
    return {"step_order": number, "output": "x" * size}


@pytest.mark.parametrize(
    ("steps", "size", "most_per_byte", "most_per_append"),
    [
        (50, 5_000, 1.5, 1),
        (12, 20_000, 1.5, 1),
        (600, 9_000, 2.2, 2),
        (50, 50_000, 2.2, 2),
        (300, 50_000, 2.2, 2),
        (40, 500_000, 2.2, 2),
        (600, 5_000, 3.3, 1),
        (2_400, 5_000, 3.3, 1),
    ],
)
def test_a_job_sends_few_bytes_per_byte_of_steps_at_any_length(
    steps: int, size: int, most_per_byte: float, most_per_append: int
) -> None:
    dynamodb, s3 = Meter(MemoryTable("jobs")), Meter(MemoryBucket("bucket", part_bytes=S3_PART_BYTES))
    log = StepLog(dynamodb=dynamodb, s3=s3, table="jobs", bucket="bucket")
    item = {"job_id": {"S": "j"}}
    dynamodb.put_item(TableName="jobs", Item={**item, **log.empty(item)})
    for number in range(steps):
        log.append("j", _text(number, size), step_id=f"s{number}")
    log.seal("j")
    json_bytes = sum(len(json.dumps(_text(number, size), separators=(",", ":"))) for number in range(steps))
    sent = dynamodb.body_bytes + s3.body_bytes
    assert sent <= most_per_byte * json_bytes, f"{sent / json_bytes:.2f} bytes per byte"
    # Beside the appends themselves the tail is kept short, once in a few of them, and the log sealed.
    sends, fetches = dynamodb.sends + s3.sends, dynamodb.fetches + s3.fetches
    assert sends <= most_per_append * steps + steps / 2 + 10, f"{sends / steps:.2f} requests sent per append"
    # A merge fetches each chunk once.
    assert fetches <= most_per_append * steps + 10, f"{fetches / steps:.2f} requests fetched per append"


@pytest.mark.parametrize("in_turns", [(100, 9_000), (2_000, 9_000), (100, 9_000, 9_000), (100, 100, 9_000)])
def test_small_and_large_steps_in_turns_cost_few_requests(in_turns: tuple[int, ...]) -> None:
    dynamodb, s3 = Meter(MemoryTable("jobs")), Meter(MemoryBucket("bucket", part_bytes=S3_PART_BYTES))
    log = StepLog(dynamodb=dynamodb, s3=s3, table="jobs", bucket="bucket")
    dynamodb.put_item(TableName="jobs", Item={"job_id": {"S": "j"}})
    log.replace("j", [_text(0, 400_000)])
    requests = []
    for number in range(400):
        before = dynamodb.sends + s3.sends + dynamodb.fetches + s3.fetches
        log.append("j", _text(number, in_turns[number % len(in_turns)]), step_id=f"s{number}")
        requests.append(dynamodb.sends + s3.sends + dynamodb.fetches + s3.fetches - before)
    # Two for a large step; whoever shortens the tail, or starts another page of ids, looks, puts and updates once each.
    assert max(requests) <= 8, requests
    assert sum(requests) <= 2.5 * len(requests)
    log.seal("j")
    assert [step["step_order"] for step in log.read("j")] == [0, *range(400)]


def test_a_log_that_is_sealed_again_and_again_keeps_a_small_item_and_sends_little() -> None:
    table, s3 = MemoryTable("jobs"), Meter(MemoryBucket("bucket", part_bytes=10_000))
    limits = Limits(merge_bytes=10_000, part_bytes=10_000, upload_bytes=10_000)
    log = StepLog(dynamodb=table, s3=s3, table="jobs", bucket="bucket", limits=limits)
    table.put_item(TableName="jobs", Item={"job_id": {"S": "j"}})
    log.replace("j", [_text(0, 400_000)])
    before = s3.body_bytes
    for number in range(300):
        log.append("j", _text(number, 100), step_id=f"s{number}")
        log.seal("j")
    assert log.read("j") == [_text(0, 400_000), *(_text(number, 100) for number in range(300))]
    document: Any = (table.peek("j") or {})["execution_steps_doc"]
    assert len(document["M"]["segments"]["L"]) <= 16
    # 40 KB of steps, of which each byte is joined a few times.
    assert s3.body_bytes - before <= 8 * 300 * 130


@pytest.mark.long
def test_stream_seal_and_page_of_200_mb_take_little_memory(aws: Aws, resources: Resources) -> None:
    log = StepLog(dynamodb=aws.dynamodb, s3=aws.s3, table=resources.jobs_table, bucket=resources.bucket)
    job = f"job-{uuid4().hex}"
    aws.dynamodb.put_item(TableName=resources.jobs_table, Item={"job_id": {"S": job}})
    step = _text(0, 1_000_000)
    for number in range(200):
        log.append(job, step, step_id=f"s{number}")
    tracemalloc.start()
    try:
        log.seal(job)
        streamed = sum(len(block) for block in log.stream(job))
        page = log.page(job, 195, 2)
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert streamed > 200_000_000
    assert len(page.steps) == 2
    assert most_bytes < _MOST_GROWTH_BYTES, f"{most_bytes / MIB:.0f} MiB"
