"""The days for which jobs are kept reach whoever ends jobs, and whoever sweeps."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from tests.conftest import Aws, furnish

from leadmagnet.domain.job import Job
from leadmagnet.settings import Settings
from leadmagnet.wiring.clients import connect
from leadmagnet.wiring.engine import build_engine
from leadmagnet.wiring.stores import build_stores
from leadmagnet.wiring.sweeper import build_sweeper

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_api_worker_and_sweeper_keep_jobs_for_the_days_that_are_set(aws: Aws) -> None:
    made = furnish(aws, Environment=f"t{uuid4().hex[:12]}")
    where = {"JOBS_TABLE": made.jobs_table, "ARTIFACTS_BUCKET": made.bucket, "JOBS_QUEUE_URL": made.queue_url}
    access = {"AWS_ENDPOINT_URL": aws.endpoint_url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    settings = Settings.from_environment(access | where | {"LEADMAGNET_KEEP_JOBS_DAYS": "1"})
    stores, engine = build_stores(settings), build_engine(settings, connect(settings))
    cancelled, ended = (
        Job(id=name, tenant="acme", workflow="w", workflow_version=1, submission={}, created_at=NOON)
        for name in ("cancelled", "ended")
    )
    for job in (cancelled, ended):
        stores.jobs.create(job)

    stores.jobs.cancel(tenant="acme", job_id=cancelled.id, at=NOON)
    taken = engine.runs.take(ended.id, owner="a", now=NOON, until=NOON)
    engine.runs.save(taken.complete(at=NOON, deliverable=None), owner="a", until=NOON)

    items = aws.dynamodb.scan(TableName=made.jobs_table)["Items"]
    assert [item["expires_at"]["N"] for item in items] == [str(int(NOON.timestamp()) + 86_400)] * 2
    aws.s3.put_object(Bucket=made.bucket, Key="jobs/gone/artifacts/page.html", Body=b"<p>")
    # It looks at artifacts: this one is too young to be judged.
    assert build_sweeper(settings)({"task": "sweep"}, None)["objects"] == 1
