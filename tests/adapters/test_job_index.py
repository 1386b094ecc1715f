"""What is read from the index of jobs: history, and jobs that nobody runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from tests.conftest import furnish

from leadmagnet.adapters.job_history import JobHistoryTable
from leadmagnet.adapters.job_index import INDEX
from leadmagnet.adapters.job_runs import JobRunTable
from leadmagnet.adapters.jobs import JobTable
from leadmagnet.adapters.stranded import ABANDONED, StrandedJobTable
from leadmagnet.domain.job import Job
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


def test_without_anybody_who_decides_only_what_no_worker_will_come_for_is_asked_for_again(
    aws: Aws, resources: Resources, jobs: JobTable, runs: JobRunTable
) -> None:
    now = NOON + 50 * HOUR
    waiting, died, long_ago, given_back, owned = (new_job(jobs, NOON) for _ in range(5))
    runs.take(died.id, owner="a", now=now - 3 * HOUR, until=now - HOUR)
    runs.take(long_ago.id, owner="b", now=NOON, until=now - HOUR)
    runs.take(given_back.id, owner="c", now=now - 3 * HOUR, until=now - HOUR)
    runs.release(given_back.id, owner="c")
    runs.take(owned.id, owner="d", now=now - 3 * HOUR, until=now + HOUR)

    table = StrandedJobTable(dynamodb=aws.dynamodb, table=resources.jobs_table, signs=ABANDONED)

    mine = {job.id for job in (waiting, died, long_ago, given_back, owned)}
    assert set(table.idle_since(now)) & mine == {waiting.id, died.id}


def test_while_the_index_is_being_built_the_one_of_the_release_before_serves(aws: Aws) -> None:
    made = furnish(aws, Environment=f"t{uuid4().hex[:12]}")
    step_log = StepLog(dynamodb=aws.dynamodb, s3=aws.s3, table=made.jobs_table, bucket=made.bucket)
    jobs = JobTable(dynamodb=aws.dynamodb, table=made.jobs_table, step_log=step_log)
    first, second = new_job(jobs, NOON), new_job(jobs, NOON + HOUR)
    aws.dynamodb.update_table(TableName=made.jobs_table, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": INDEX}}])

    page = jobs.list(tenant="acme", limit=1, cursor=None)
    rest = jobs.list(tenant="acme", limit=1, cursor=page.next)

    assert [*page.jobs, *rest.jobs] == [replace(second, submission={}), replace(first, submission={})]
    history = JobHistoryTable(dynamodb=aws.dynamodb, table=made.jobs_table)
    assert len(list(history.between(tenant="acme", start=NOON, end=NOON + HOUR))) == 2
    stranded = StrandedJobTable(dynamodb=aws.dynamodb, table=made.jobs_table)
    assert set(stranded.idle_since(NOON + 2 * HOUR)) == {first.id, second.id}


def test_a_table_without_any_index_is_a_fault_that_is_not_hidden(aws: Aws, resources: Resources) -> None:
    history = JobHistoryTable(dynamodb=aws.dynamodb, table=resources.workflows_table)

    with pytest.raises(ClientError, match="index"):
        list(history.between(tenant="acme", start=NOON, end=NOON))
