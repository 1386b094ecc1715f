from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leadmagnet.domain.errors import IllegalTransition
from leadmagnet.domain.job import Job, JobError, JobStatus

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
LATER = BEGIN + timedelta(minutes=5)
ERROR = JobError(step_id="text", code="model_failed", message="No.")


def pending() -> Job:
    return Job(id="j", tenant="t", workflow="w", workflow_version=1, submission={}, created_at=BEGIN)


def test_a_job_goes_from_pending_over_processing_to_completed() -> None:
    begun: Any = {"running": {"a": 1}, "running_since": {"a": BEGIN}}
    job = pending().start(at=BEGIN).advance(steps_done=2, tokens=30, cost_usd=0.5, **begun)

    done = job.complete(at=LATER, deliverable="report.html")

    assert (done.status, done.started_at, done.finished_at) == (JobStatus.COMPLETED, BEGIN, LATER)
    assert (done.running, done.running_since) == ({}, {})
    assert (done.steps_done, done.tokens, done.cost_usd, done.deliverable) == (2, 30, 0.5, "report.html")


def test_a_second_start_keeps_the_first() -> None:
    job = pending().start(at=BEGIN)

    assert job.start(at=LATER) == replace(job, executions=2)


@pytest.mark.parametrize("job", [pending(), pending().start(at=BEGIN)], ids=["pending", "processing"])
def test_a_job_can_be_cancelled_before_and_while_it_runs(job: Job) -> None:
    cancelled = job.cancel(at=LATER)

    assert (cancelled.status, cancelled.finished_at) == (JobStatus.CANCELLED, LATER)


def test_a_job_that_runs_can_fail() -> None:
    failed = pending().start(at=BEGIN).fail(at=LATER, error=ERROR)

    assert (failed.status, failed.error, failed.finished_at) == (JobStatus.FAILED, ERROR, LATER)


@pytest.mark.parametrize(
    "move",
    [
        lambda job: job.start(at=LATER),
        lambda job: job.advance(steps_done=1, tokens=0, cost_usd=0.0, running={}),
        lambda job: job.complete(at=LATER, deliverable=None),
        lambda job: job.fail(at=LATER, error=ERROR),
        lambda job: job.cancel(at=LATER),
    ],
    ids=["start", "advance", "complete", "fail", "cancel"],
)
@pytest.mark.parametrize("ended", ["completed", "failed"])
def test_a_job_at_rest_does_not_move(ended: str, move: Callable[[Job], Job]) -> None:
    job = pending().start(at=BEGIN)
    rest = job.complete(at=LATER, deliverable=None) if ended == "completed" else job.fail(at=LATER, error=ERROR)

    with pytest.raises(IllegalTransition) as caught:
        move(rest)

    assert caught.value.facts["have"] == ended


@pytest.mark.parametrize(
    ("status", "at_rest"),
    [("pending", False), ("processing", False), ("completed", True), ("failed", True), ("cancelled", True)],
)
def test_a_job_rests_when_it_ended(status: str, at_rest: bool) -> None:
    assert JobStatus(status).at_rest is at_rest
