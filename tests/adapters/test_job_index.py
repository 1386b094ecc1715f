"""What is read from the index of jobs: history, and jobs that nobody runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from leadmagnet.adapters.job_history import JobHistoryTable
from leadmagnet.adapters.job_runs import JobRunTable
from leadmagnet.adapters.jobs import JobTable
from leadmagnet.adapters.stranded import StrandedJobTable
from leadmagnet.domain.job import Job, JobStatus
from leadmagnet.steplog import StepLog

if TYPE_CHECKING:
    from tests.conftest import Aws

    from leadmagnet.local.resources import Resources

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def jobs(aws: Aws, resources: Resources) -> JobTable:
    log = StepLog(dynamodb=aws.dynamodb, s3=aws.s3, table=resources.jobs_table, bucket=resources.bucket)
    return JobTable(dynamodb=aws.dynamodb, table=resources.jobs_table, step_log=log)


@pytest.fixture
def runs(aws: Aws, resources: Resources) -> JobRunTable:
    return JobRunTable(dynamodb=aws.dynamodb, table=resources.jobs_table)


def new_job(jobs: JobTable, created_at: datetime, tenant: str = "acme") -> Job:
    job = Job(
        id=f"job-{uuid4().hex}", tenant=tenant, workflow="w", workflow_version=1, submission={}, created_at=created_at
    )
    jobs.create(job)
    return job


def test_history_is_one_tenants_from_the_first_to_the_last_moment(
    aws: Aws, resources: Resources, jobs: JobTable
) -> None:
    tenant = f"tenant-{uuid4().hex}"
    made = [new_job(jobs, NOON + hours * HOUR, tenant) for hours in (3, 0, 1, 2)]
    new_job(jobs, NOON + HOUR, "somebody")
    history = JobHistoryTable(dynamodb=aws.dynamodb, table=resources.jobs_table)

    found = list(history.between(tenant=tenant, start=NOON, end=NOON + 2 * HOUR))

    assert [job.id for job in found] == [made[1].id, made[2].id, made[3].id]


def test_jobs_that_nobody_runs_are_found_and_no_others(
    aws: Aws, resources: Resources, jobs: JobTable, runs: JobRunTable
) -> None:
    now = NOON + 10 * HOUR
    waiting, fresh = new_job(jobs, NOON), new_job(jobs, now)
    left, owned, given_back, ended = (new_job(jobs, NOON) for _ in range(4))
    runs.take(left.id, owner="a", now=NOON, until=NOON + HOUR)
    runs.take(owned.id, owner="b", now=now, until=now + HOUR)
    runs.take(given_back.id, owner="c", now=now, until=now + HOUR)
    runs.release(given_back.id, owner="c")
    done = replace(runs.take(ended.id, owner="d", now=NOON, until=NOON + HOUR)).cancel(at=NOON)
    runs.save(done, owner="d", until=NOON)

    found = set(StrandedJobTable(dynamodb=aws.dynamodb, table=resources.jobs_table).idle_since(now))

    mine = {job.id for job in (waiting, fresh, left, owned, given_back, ended)}
    assert found & mine == {waiting.id, left.id, given_back.id}
    never_taken = StrandedJobTable(dynamodb=aws.dynamodb, table=resources.jobs_table, statuses=(JobStatus.PENDING,))
    assert set(never_taken.idle_since(now)) & mine == {waiting.id}
