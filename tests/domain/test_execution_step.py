from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

from leadmagnet.domain.execution_step import ExecutionStep, StepError, StepStatus, StepType, Usage

STEP = ExecutionStep(
    step_id="cover",
    step_name="Cover",
    step_order=1,
    step_type=StepType.IMAGE_GENERATION,
    status=StepStatus.FAILED,
    timestamp=datetime(2026, 3, 1, 10, 0, 0, 123_000, tzinfo=UTC),
    duration_ms=1_500,
    model="openai:gpt-image-1",
    input={"prompt": "Grüße 🙂", "options": {"count": 2}},
    output=[{"artifact_id": "cover-1.png"}],
    image_urls=("/a", "/b"),
    artifact_id="cover-1.png",
    usage=Usage(input_tokens=3, output_tokens=4, cost_usd=None),
    error=StepError(code="model_failed", message="No."),
    attempt=2,
)


def test_a_record_has_the_keys_of_the_contract() -> None:
    assert list(STEP.to_record()) == [
        "step_id", "step_name", "step_order", "step_type", "status", "model", "input", "output", "image_urls",
        "artifact_id", "usage_info", "error", "attempt", "timestamp", "duration_ms",
    ]  # fmt: skip


def test_a_record_that_went_through_json_is_the_step_again() -> None:
    assert ExecutionStep.from_record(json.loads(json.dumps(STEP.to_record()))) == STEP


def test_a_timestamp_is_written_in_utc() -> None:
    elsewhere = datetime(2026, 3, 1, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    step = ExecutionStep(
        step_id="a",
        step_name="A",
        step_order=1,
        step_type=StepType.AI_GENERATION,
        status=StepStatus.COMPLETED,
        timestamp=elsewhere,
    )

    assert step.to_record()["timestamp"] == "2026-03-01T10:00:00.000+00:00"


def test_usage_counts_its_tokens() -> None:
    assert STEP.to_record()["usage_info"] == {
        "input_tokens": 3,
        "output_tokens": 4,
        "total_tokens": 7,
        "cost_usd": None,
    }
