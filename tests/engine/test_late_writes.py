"""What an owner of a job wrote first may arrive last; found by the simulation as one schedule in some thousands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from tests.steplog.simulation.answers import no_answer
from tests.steplog.simulation.dynamodb import MemoryTable

from leadmagnet.adapters.job_runs import JobRunTable
from leadmagnet.adapters.jobs import JobTable
from leadmagnet.domain.errors import LeaseLost
from leadmagnet.domain.job import Job
from leadmagnet.steplog import StepLog

NOW = datetime(2026, 3, 1, tzinfo=UTC)
UNTIL = NOW + timedelta(seconds=30)


class Held(MemoryTable):
    """A table that one update reaches only when it is let go; its sender gets no answer."""

    def __init__(self) -> None:
        super().__init__("jobs")
        self.hold_next = False
        self._held: dict[str, Any] = {}

    def update_item(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        if not self.hold_next:
            return super().update_item(**request)
        self.hold_next, self._held = False, request
        raise no_answer()

    def let_go(self) -> dict[str, Any]:
        return super().update_item(**self._held)


def taken() -> tuple[Any, Any, Job]:
    table: Any = Held()
    step_log = StepLog(dynamodb=table, s3=table, table="jobs", bucket="none")
    job = Job(id="job-1", tenant="acme", workflow="w", workflow_version=1, submission={}, created_at=NOW)
    JobTable(dynamodb=table, table="jobs", step_log=step_log).create(job)
    runs = JobRunTable(dynamodb=table, table="jobs")
    return table, runs, runs.take("job-1", owner="me", now=NOW, until=UNTIL)


def saved(runs: JobRunTable, job: Job, **running: int) -> None:
    progressed = job.advance(steps_done=0, tokens=0, cost_usd=0.0, running=running)
    runs.save(progressed, owner="me", until=UNTIL)


def test_a_save_that_arrives_after_a_later_one_takes_back_no_claim() -> None:
    table, runs, job = taken()
    table.hold_next = True
    with pytest.raises(ReadTimeoutError):
        saved(runs, job, a=1)
    saved(runs, job, a=1, b=1)

    with pytest.raises(Exception, match="The conditional request failed"):
        table.let_go()

    item = table.peek("job-1")
    assert item is not None
    assert set(item["running"]["M"]) == {"a", "b"}


def test_a_take_that_arrives_after_the_owner_wrote_lets_nothing_older_in() -> None:
    table, runs, job = taken()
    table.hold_next = True
    with pytest.raises(ReadTimeoutError):
        runs.take("job-1", owner="me", now=NOW, until=UNTIL)
    saved(runs, job, a=1)

    with pytest.raises(Exception, match="The conditional request failed"):
        table.let_go()


def test_another_owners_numbers_begin_anew() -> None:
    table, runs, job = taken()
    saved(runs, job, a=1)
    runs.release("job-1", owner="me")
    other = JobRunTable(dynamodb=table, table="jobs")
    other.take("job-1", owner="other", now=NOW, until=UNTIL)

    assert other.renew("job-1", owner="other", until=UNTIL) is False
    with pytest.raises(LeaseLost):
        runs.renew("job-1", owner="me", until=UNTIL)
