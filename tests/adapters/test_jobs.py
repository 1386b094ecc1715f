"""Jobs in the table: what is stored reads back, what is forbidden is refused, what others wrote is readable."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from leadmagnet.adapters.jobs import MOST_JOB_BYTES, JobTable
from leadmagnet.domain.errors import Invalid, InvalidSubmission, JobNotFound
from leadmagnet.domain.job import Job, JobStatus, Origin
from leadmagnet.steplog import StepLog

if TYPE_CHECKING:
    from tests.conftest import Aws

    from leadmagnet.local.resources import Resources

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def log(aws: Aws, resources: Resources) -> StepLog:
    return StepLog(dynamodb=aws.dynamodb, s3=aws.s3, table=resources.jobs_table, bucket=resources.bucket)


@pytest.fixture
def table(aws: Aws, resources: Resources, log: StepLog) -> JobTable:
    return JobTable(dynamodb=aws.dynamodb, table=resources.jobs_table, step_log=log)


def new_job(tenant: str = "acme", created_at: datetime = NOON) -> Job:
    return Job(
        id=f"job-{uuid4().hex}",
        tenant=tenant,
        workflow="report",
        workflow_version=3,
        submission={"company": "Ünïcode & Söhne", "staff": 12, "nested": {"a": [1.5, None]}},
        created_at=created_at,
        steps_total=4,
        label="Ünïcode & Söhne",
    )


def test_a_stored_job_reads_back_equal(table: JobTable) -> None:
    job = new_job()
    table.create(job)
    assert table.get(tenant="acme", job_id=job.id) == job
    assert table.get(tenant="acme", job_id=job.id) == job


def test_a_rerun_keeps_where_it_came_from_and_what_was_edited(table: JobTable) -> None:
    job = replace(
        new_job(), origin=Origin(job_id="job-1", from_step="draft"), instructions={"draft": "Write {{ better }}."}
    )
    table.create(job)
    assert table.get(tenant="acme", job_id=job.id) == job


def test_a_job_comes_with_an_empty_step_log(table: JobTable, log: StepLog) -> None:
    job = new_job()
    table.create(job)
    assert (log.read(job.id), log.summary(job.id).stored) == ([], "inline")


def test_another_tenants_job_is_as_good_as_none(table: JobTable) -> None:
    job = new_job()
    table.create(job)
    with pytest.raises(JobNotFound) as theirs:
        table.get(tenant="other", job_id=job.id)
    with pytest.raises(JobNotFound) as nobodys:
        table.get(tenant="other", job_id="none")
    assert theirs.value.message == nobodys.value.message


def test_an_id_that_is_taken_is_refused_and_the_first_job_kept(table: JobTable) -> None:
    job = new_job()
    table.create(job)
    with pytest.raises(Invalid, match="job with this id"):
        table.create(replace(job, workflow="other"))
    assert table.get(tenant="acme", job_id=job.id) == job


def test_the_same_job_again_is_the_clients_retry_and_no_error(table: JobTable) -> None:
    job = new_job()
    table.create(job)
    table.create(job)
    assert table.get(tenant="acme", job_id=job.id) == job


def test_a_job_that_would_crowd_out_its_steps_is_refused(table: JobTable) -> None:
    job = replace(new_job(), submission={"text": "x" * MOST_JOB_BYTES})
    with pytest.raises(InvalidSubmission, match="too large"):
        table.create(job)
    with pytest.raises(JobNotFound):
        table.get(tenant="acme", job_id=job.id)


def test_a_list_is_one_tenants_newest_first_in_pages(table: JobTable) -> None:
    tenant = f"tenant-{uuid4().hex}"
    jobs = [new_job(tenant, NOON + timedelta(seconds=second)) for second in range(7)]
    for job in (*jobs, new_job("other")):
        table.create(job)
    listed: list[str] = []
    cursor: str | None = None
    while True:
        page = table.list(tenant=tenant, limit=3, cursor=cursor)
        listed += [job.id for job in page.jobs]
        cursor = page.next
        if cursor is None:
            break
    assert listed == [job.id for job in reversed(jobs)]


@pytest.mark.parametrize("cursor", ["x", "W10=", "WyJhIl0=", "WzEsMl0=", "éé", "bnVsbA=="])
def test_a_cursor_that_is_not_ours_is_refused(table: JobTable, cursor: str) -> None:
    with pytest.raises(Invalid, match="begin the list again"):
        table.list(tenant="acme", limit=3, cursor=cursor)


def test_a_cursor_never_leads_into_another_tenants_jobs(table: JobTable) -> None:
    mine, theirs = f"a-{uuid4().hex}", f"b-{uuid4().hex}"
    for second in range(4):
        table.create(new_job(theirs, NOON + timedelta(seconds=second)))
        table.create(new_job(mine, NOON + timedelta(seconds=second)))
    cursor = table.list(tenant=theirs, limit=2, cursor=None).next
    assert cursor is not None
    with pytest.raises(Invalid, match="another list"):
        table.list(tenant=mine, limit=10, cursor=cursor)


def test_a_bare_item_of_an_older_system_is_a_job_of_the_default_tenant(
    table: JobTable, aws: Aws, resources: Resources
) -> None:
    job_id = f"old-{uuid4().hex}"
    aws.dynamodb.put_item(
        TableName=resources.jobs_table,
        Item={"job_id": {"S": job_id}, "status": {"N": "7"}, "error": {"S": "?"}, "created_at": {"S": "yesterday"}},
    )
    job = table.get(tenant="default", job_id=job_id)
    assert (job.status, job.submission, job.error) == (JobStatus.COMPLETED, {}, None)
