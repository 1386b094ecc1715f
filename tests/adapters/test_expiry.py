"""Jobs that are kept for a time: the attribute by which DynamoDB deletes their items, on the real table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from tests.conftest import Aws
from tests.steplog.storage import later

from leadmagnet.adapters.artifacts import S3Artifacts
from leadmagnet.adapters.job_runs import JobRunTable
from leadmagnet.adapters.jobs import JobTable
from leadmagnet.domain.artifact import Artifact
from leadmagnet.domain.job import Job, JobError
from leadmagnet.steplog import StepLog
from leadmagnet.steplog.sweeping import sweep

if TYPE_CHECKING:
    from leadmagnet.local.resources import Resources

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
KEEP = timedelta(days=30)
END_OF_IT = str(int((NOON + KEEP).timestamp()))


@pytest.fixture
def log(aws: Aws, resources: Resources) -> StepLog:
    return StepLog(dynamodb=aws.dynamodb, s3=aws.s3, table=resources.jobs_table, bucket=resources.bucket)


def runs(aws: Aws, resources: Resources, keep: timedelta | None = KEEP) -> JobRunTable:
    return JobRunTable(dynamodb=aws.dynamodb, table=resources.jobs_table, keep=keep)


def jobs(aws: Aws, resources: Resources, log: StepLog, keep: timedelta | None = KEEP) -> JobTable:
    return JobTable(dynamodb=aws.dynamodb, table=resources.jobs_table, step_log=log, keep=keep)


def new_job(table: JobTable) -> Job:
    job = Job(id=f"job-{uuid4().hex}", tenant="acme", workflow="w", workflow_version=1, submission={}, created_at=NOON)
    table.create(job)
    return job


def expiry(aws: Aws, resources: Resources, job: Job) -> Any:  # noqa: ANN401 (an attribute value)
    item = aws.dynamodb.get_item(TableName=resources.jobs_table, Key={"job_id": {"S": job.id}}, ConsistentRead=True)
    return item["Item"].get("expires_at")


def ended(aws: Aws, resources: Resources, log: StepLog, keep: timedelta | None = KEEP) -> Job:
    """A job that completed at noon."""
    job = new_job(jobs(aws, resources, log))
    table = runs(aws, resources, keep)
    taken = table.take(job.id, owner="a", now=NOON, until=NOON + timedelta(seconds=30))
    done = taken.complete(at=NOON, deliverable=None)
    table.save(done, owner="a", until=NOON)
    return done


@pytest.mark.parametrize(
    "end",
    [
        lambda job: job.complete(at=NOON, deliverable=None),
        lambda job: job.fail(at=NOON, error=JobError(step_id=None, code="x", message="x")),
        lambda job: job.cancel(at=NOON),
    ],
    ids=["completed", "failed", "cancelled"],
)
def test_a_job_that_comes_to_rest_expires_so_many_days_after_its_end(
    aws: Aws, resources: Resources, log: StepLog, end: Callable[[Job], Job]
) -> None:
    job, table = new_job(jobs(aws, resources, log)), runs(aws, resources)
    taken = table.take(job.id, owner="a", now=NOON, until=NOON + timedelta(seconds=30))
    table.save(taken, owner="a", until=NOON + timedelta(seconds=30))
    assert expiry(aws, resources, job) is None

    table.save(end(taken), owner="a", until=NOON)

    assert expiry(aws, resources, job) == {"N": END_OF_IT}


def test_a_job_that_is_cancelled_before_anybody_took_it_expires_too(
    aws: Aws, resources: Resources, log: StepLog
) -> None:
    table = jobs(aws, resources, log)
    job = new_job(table)

    table.cancel(tenant="acme", job_id=job.id, at=NOON)

    assert expiry(aws, resources, job) == {"N": END_OF_IT}


def test_nothing_expires_unless_it_is_set(aws: Aws, resources: Resources, log: StepLog) -> None:
    table = jobs(aws, resources, log, keep=None)
    cancelled = new_job(table)
    table.cancel(tenant="acme", job_id=cancelled.id, at=NOON)

    assert expiry(aws, resources, cancelled) is None
    assert expiry(aws, resources, ended(aws, resources, log, keep=None)) is None


def test_steps_that_are_edited_neither_shorten_nor_lengthen_the_life_of_their_job(
    aws: Aws, resources: Resources, log: StepLog
) -> None:
    job = ended(aws, resources, log)

    log.append(job.id, {"step_id": "more"}, step_id="more")
    log.replace(job.id, [{"step_id": "all", "output": "x" * 400_000}])
    log.replace(job.id, [{"step_id": "little"}])

    assert expiry(aws, resources, job) == {"N": END_OF_IT}


def test_a_job_that_is_set_back_to_work_by_hand_does_not_vanish_at_it(
    aws: Aws, resources: Resources, log: StepLog
) -> None:
    job = ended(aws, resources, log)
    aws.dynamodb.update_item(
        TableName=resources.jobs_table,
        Key={"job_id": {"S": job.id}},
        UpdateExpression="SET #status=:pending",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":pending": {"S": "pending"}},
    )

    runs(aws, resources).take(job.id, owner="b", now=NOON, until=NOON + timedelta(seconds=30))

    assert expiry(aws, resources, job) is None


def test_when_dynamodb_has_deleted_the_item_a_sweep_takes_the_whole_folder_and_leaves_the_rerun(
    aws: Aws, resources: Resources, log: StepLog
) -> None:
    old, again = ended(aws, resources, log), ended(aws, resources, log)
    artifacts = S3Artifacts(s3=aws.s3, bucket=resources.bucket)
    artifacts.put(old.id, Artifact(id="page.html", content_type="text/html", content=b"<p>"))
    # As a rerun takes over what it keeps.
    artifacts.copy("page.html", from_job=old.id, to_job=again.id)
    log.replace(old.id, [{"step_id": "a", "output": "x" * 400_000}])
    aws.dynamodb.delete_item(TableName=resources.jobs_table, Key={"job_id": {"S": old.id}})
    where: dict[str, Any] = {"dynamodb": aws.dynamodb, "s3": aws.s3, "table": resources.jobs_table}
    where |= {"bucket": resources.bucket, "of_gone_jobs": "folder"}

    sweep(**where, now=lambda: later(hours=23))
    assert len(keys(aws, resources, old)) == 2
    sweep(**where, now=lambda: later(hours=25))

    assert keys(aws, resources, old) == []
    assert artifacts.get(again.id, "page.html").content == b"<p>"


def keys(aws: Aws, resources: Resources, job: Job) -> list[str]:
    """The objects of that job, in all versions."""
    found = aws.s3.list_object_versions(Bucket=resources.bucket, Prefix=f"jobs/{job.id}/")
    return [each["Key"] for each in (*found.get("Versions", ()), *found.get("DeleteMarkers", ()))]
