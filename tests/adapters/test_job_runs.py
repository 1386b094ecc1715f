"""One owner at a time: the same cases for the job table and for the fake that the engine's tests use."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

import pytest
from tests.engine.fakes import FakeJobs

from leadmagnet.adapters.job_item import item_of, job_of
from leadmagnet.adapters.job_runs import JobRunTable
from leadmagnet.adapters.jobs import JobTable
from leadmagnet.domain.errors import IllegalTransition, JobNotFound, LeaseHeld, LeaseLost
from leadmagnet.domain.job import Job, JobError, JobStatus
from leadmagnet.engine.ports import JobRuns, JobStore
from leadmagnet.steplog import StepLog

if TYPE_CHECKING:
    from tests.conftest import Aws

    from leadmagnet.local.resources import Resources

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LEASE = timedelta(seconds=30)


class Both(JobStore, JobRuns, Protocol):
    """Jobs as the API and as workers see them."""


class RealJobs(JobTable, JobRunTable):
    """Both sides of one table, as the cases below want them."""

    def __init__(self, aws: Aws, resources: Resources, log: StepLog) -> None:
        JobRunTable.__init__(self, dynamodb=aws.dynamodb, table=resources.jobs_table)
        JobTable.__init__(self, dynamodb=aws.dynamodb, table=resources.jobs_table, step_log=log)


@pytest.fixture
def log(aws: Aws, resources: Resources) -> StepLog:
    return StepLog(dynamodb=aws.dynamodb, s3=aws.s3, table=resources.jobs_table, bucket=resources.bucket)


@pytest.fixture(params=["table", "fake"])
def jobs(request: pytest.FixtureRequest, aws: Aws, resources: Resources, log: StepLog) -> Both:
    return RealJobs(aws, resources, log) if request.param == "table" else FakeJobs()


def new_job(jobs: Both) -> Job:
    job = Job(id=f"job-{uuid4().hex}", tenant="acme", workflow="w", workflow_version=1, submission={}, created_at=NOON)
    jobs.create(job)
    return job


def take(jobs: Both, job: Job, owner: str, at: datetime = NOON) -> Job:
    return jobs.take(job.id, owner=owner, now=at, until=at + LEASE)


def stored(jobs: Both, job: Job) -> Job:
    return jobs.get(tenant="acme", job_id=job.id)


def test_a_job_that_is_taken_is_processing_and_keeps_its_first_start(jobs: Both) -> None:
    job = new_job(jobs)
    assert take(jobs, job, "a") == job.start(at=NOON)
    later = NOON + 2 * LEASE
    assert take(jobs, job, "b", at=later).started_at == NOON


def test_each_time_that_a_job_is_taken_counts_as_an_execution_and_a_refusal_does_not(jobs: Both) -> None:
    job = new_job(jobs)
    take(jobs, job, "a")
    with pytest.raises(LeaseHeld):
        take(jobs, job, "b")
    jobs.release(job.id, owner="a")
    assert take(jobs, job, "c").executions == 2
    jobs.save(stored(jobs, job).complete(at=NOON, deliverable=None), owner="c", until=NOON + LEASE)
    assert take(jobs, job, "d").executions == 2


def test_a_job_that_is_owned_is_refused_until_its_lease_is_over(jobs: Both) -> None:
    job = new_job(jobs)
    take(jobs, job, "a")
    with pytest.raises(LeaseHeld) as held:
        take(jobs, job, "b", at=NOON + LEASE)
    assert held.value.until == NOON + LEASE
    assert take(jobs, job, "b", at=NOON + LEASE + timedelta(seconds=1)).status is JobStatus.PROCESSING


def test_a_job_that_was_given_back_can_be_taken_at_once(jobs: Both) -> None:
    job = new_job(jobs)
    take(jobs, job, "a")
    jobs.release(job.id, owner="b")
    with pytest.raises(LeaseHeld):
        take(jobs, job, "b")
    jobs.release(job.id, owner="a")
    assert take(jobs, job, "b").status is JobStatus.PROCESSING


def test_taking_a_job_twice_with_one_token_is_the_clients_retry(jobs: Both) -> None:
    job = new_job(jobs)
    assert take(jobs, job, "a") == take(jobs, job, "a")


def test_a_job_that_nobody_knows_cannot_be_taken(jobs: Both) -> None:
    with pytest.raises(JobNotFound):
        jobs.take("nobody", owner="a", now=NOON, until=NOON + LEASE)


def test_progress_and_end_are_stored_and_the_end_gives_the_job_up(jobs: Both) -> None:
    job = take(jobs, new_job(jobs), "a")
    begun: Any = {"running": {"draft": 2}, "running_since": {"draft": NOON}}
    going = job.advance(steps_done=2, tokens=1234, cost_usd=0.0123456789, **begun)
    assert not jobs.save(going, owner="a", until=NOON + LEASE)
    assert stored(jobs, job) == going
    ended = going.complete(at=NOON + timedelta(seconds=9), deliverable="report.html")
    jobs.save(ended, owner="a", until=NOON + LEASE)
    assert stored(jobs, job) == ended
    with pytest.raises(LeaseLost):
        jobs.renew(job.id, owner="a", until=NOON + LEASE)
    assert take(jobs, job, "b", at=NOON + 2 * LEASE) == ended


def test_a_claim_that_an_older_worker_changed_has_no_start() -> None:
    begun: Any = {"running": {"a": 1, "b": 1}, "running_since": {"a": NOON, "b": NOON}}
    new = Job(id="j", tenant="acme", workflow="w", workflow_version=1, submission={}, created_at=NOON)
    job = new.start(at=NOON).advance(steps_done=0, tokens=0, cost_usd=0.0, **begun)
    item = item_of(job, submission={"M": {}})
    assert job_of(item).running_since == job.running_since

    # As 0.1.0 does it: `running` alone.
    item["running"] = {"M": {"a": {"N": "2"}, "b": {"N": "1"}, "c": {"N": "1"}}}
    assert job_of(item).running_since == {"b": NOON}
    del item["running_since"]
    assert job_of(item).running_since == {}


def test_saving_and_renewing_keep_the_job_for_longer(jobs: Both) -> None:
    job = take(jobs, new_job(jobs), "a")
    jobs.save(job, owner="a", until=NOON + 2 * LEASE)
    with pytest.raises(LeaseHeld):
        take(jobs, job, "b", at=NOON + 2 * LEASE)
    jobs.renew(job.id, owner="a", until=NOON + 3 * LEASE)
    with pytest.raises(LeaseHeld):
        take(jobs, job, "b", at=NOON + 3 * LEASE)


def test_who_lost_a_job_changes_nothing_of_it(jobs: Both) -> None:
    job = take(jobs, new_job(jobs), "a")
    late = NOON + 2 * LEASE
    taken = take(jobs, job, "b", at=late)
    for change in (job.advance(steps_done=9, tokens=9, cost_usd=9, running={}), job.complete(at=late, deliverable="x")):
        with pytest.raises(LeaseLost):
            jobs.save(change, owner="a", until=late + LEASE)
    with pytest.raises(LeaseLost):
        jobs.renew(job.id, owner="a", until=late + LEASE)
    jobs.release(job.id, owner="a")
    assert stored(jobs, job) == taken
    with pytest.raises(LeaseHeld):
        take(jobs, job, "c", at=late)


def test_a_job_that_nobody_runs_is_cancelled_at_once(jobs: Both) -> None:
    pending, left = new_job(jobs), take(jobs, new_job(jobs), "a")
    late = NOON + 2 * LEASE
    for job in (pending, left):
        cancelled = jobs.cancel(tenant="acme", job_id=job.id, at=late)
        assert (cancelled.status, cancelled.finished_at) == (JobStatus.CANCELLED, late)
        assert stored(jobs, job) == cancelled
        assert jobs.cancel(tenant="acme", job_id=job.id, at=late) == cancelled
        assert take(jobs, job, "b", at=late) == cancelled
    with pytest.raises(LeaseLost):
        jobs.renew(left.id, owner="a", until=late + LEASE)


def test_the_worker_that_owns_a_job_learns_that_it_is_to_be_cancelled(jobs: Both) -> None:
    job = take(jobs, new_job(jobs), "a")
    asked = jobs.cancel(tenant="acme", job_id=job.id, at=NOON)
    assert (asked.status, asked.cancel_requested_at) == (JobStatus.PROCESSING, NOON)
    assert stored(jobs, job) == asked
    assert jobs.renew(job.id, owner="a", until=NOON + LEASE)
    assert jobs.save(asked.advance(steps_done=1, tokens=0, cost_usd=0, running={}), owner="a", until=NOON + LEASE)
    jobs.save(asked.cancel(at=NOON), owner="a", until=NOON + LEASE)
    assert stored(jobs, job).status is JobStatus.CANCELLED


def test_what_ended_otherwise_and_what_is_anothers_is_not_cancelled(jobs: Both) -> None:
    job = take(jobs, new_job(jobs), "a")
    with pytest.raises(JobNotFound):
        jobs.cancel(tenant="other", job_id=job.id, at=NOON)
    jobs.save(job.fail(at=NOON, error=JobError(step_id=None, code="x", message="y")), owner="a", until=NOON)
    with pytest.raises(IllegalTransition, match="failed"):
        jobs.cancel(tenant="acme", job_id=job.id, at=NOON)


def test_a_long_message_of_a_failure_is_kept_short(aws: Aws, resources: Resources, log: StepLog) -> None:
    jobs = RealJobs(aws, resources, log)
    job = take(jobs, new_job(jobs), "a")
    failed = job.fail(at=NOON, error=JobError(step_id=None, code="x", message="y" * 5_000))
    jobs.save(failed, owner="a", until=NOON)
    error = stored(jobs, job).error
    assert error is not None
    assert (error.step_id, error.code, len(error.message) < 1_100) == (None, "x", True)


def test_saving_a_job_never_touches_its_steps(aws: Aws, resources: Resources, log: StepLog) -> None:
    jobs = RealJobs(aws, resources, log)
    job = take(jobs, new_job(jobs), "a")
    log.append(job.id, {"a": 1}, step_id="a")
    jobs.save(replace(job, steps_done=1), owner="a", until=NOON)
    assert log.read(job.id) == [{"a": 1}]
