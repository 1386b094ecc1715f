"""A table and a bucket with jobs in every state, and orphans of every kind beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.conftest import Aws

from leadmagnet.local.resources import Resources
from leadmagnet.steplog import Limits, StepLog
from leadmagnet.steplog.keys import chunk_key, document_key, ids_key

#: Small enough that a few steps bring a log into every state.
SMALL = Limits(
    inline_bytes=4_000,
    tail_step_bytes=300,
    tail_bytes=2_000,
    tail_entries=4,
    merge_bytes=20_000,
    ids=8,
    part_bytes=64 * 1024,
    upload_bytes=64 * 1024,
)


def steps(count: int, size: int = 200) -> list[dict[str, Any]]:
    """Steps of about `size` bytes."""
    return [{"step_order": number, "output": f"{number:>6}" + "x" * size} for number in range(count)]


def later(hours: float) -> datetime:
    """The time in so many hours; S3's own clock cannot be set, so time passes for the caller."""
    return datetime.now(UTC) + timedelta(hours=hours)


@dataclass(frozen=True, kw_only=True)
class Storage:
    """What a step log works with, and a step log that works with it."""

    aws: Aws
    table: str
    bucket: str
    log: StepLog

    @property
    def where(self) -> dict[str, Any]:
        """The arguments that say where everything is."""
        return {"dynamodb": self.aws.dynamodb, "s3": self.aws.s3, "table": self.table, "bucket": self.bucket}

    def job(self, **attributes: Any) -> str:  # noqa: ANN401 (attributes in wire form)
        """A new job whose item has `attributes`."""
        job_id = f"job-{uuid4().hex[:12]}"
        self.put_item(job_id, attributes)
        return job_id

    def put_item(self, job_id: str, attributes: Mapping[str, Any]) -> None:
        self.aws.dynamodb.put_item(TableName=self.table, Item={"job_id": {"S": job_id}, **attributes})

    def item(self, job_id: str) -> dict[str, Any]:
        answer = self.aws.dynamodb.get_item(TableName=self.table, Key={"job_id": {"S": job_id}}, ConsistentRead=True)
        return dict(answer["Item"])

    def delete_item(self, job_id: str) -> None:
        self.aws.dynamodb.delete_item(TableName=self.table, Key={"job_id": {"S": job_id}})

    def set_attribute(self, job_id: str, name: str, value: Any) -> None:  # noqa: ANN401 (in wire form)
        self.aws.dynamodb.update_item(
            TableName=self.table,
            Key={"job_id": {"S": job_id}},
            UpdateExpression="SET #n=:v",
            ExpressionAttributeNames={"#n": name},
            ExpressionAttributeValues={":v": value},
        )

    def put(self, key: str, body: bytes = b"[]") -> tuple[str, str]:
        """An object that nobody asked for; its key and version."""
        return key, self.aws.s3.put_object(Bucket=self.bucket, Key=key, Body=body)["VersionId"]

    def hide(self, key: str) -> tuple[str, str]:
        """A delete marker over `key`."""
        return key, self.aws.s3.delete_object(Bucket=self.bucket, Key=key)["VersionId"]

    def delete(self, key: str, version: str) -> None:
        self.aws.s3.delete_object(Bucket=self.bucket, Key=key, VersionId=version)

    def versions(self, prefix: str = "jobs/") -> set[tuple[str, str]]:
        """Everything in the bucket, delete markers included."""
        found: set[tuple[str, str]] = set()
        for page in self.aws.s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=prefix):
            found |= {(each["Key"], each["VersionId"]) for each in page.get("Versions", ())}
            found |= {(each["Key"], each["VersionId"]) for each in page.get("DeleteMarkers", ())}
        return found

    def appended(self, count: int, size: int = 200) -> str:
        """A job with so many steps, as a writer leaves it."""
        job_id = self.job(status={"S": "processing"})
        for number, step in enumerate(steps(count, size)):
            self.log.append(job_id, step, step_id=f"step-{number}")
        return job_id

    def manifests(self, job_id: str) -> list[str]:
        """The ids of the manifests in the job's tail."""
        tail = self.item(job_id).get("execution_steps_tail", {"L": []})["L"]
        return [entry["L"][0]["S"] for entry in tail if len(entry.get("L", ())) > 4]

    def with_tail(self, *lengths: int) -> str:
        """A job whose tail has entries of all these kinds: 0 for a step, 4 for a chunk, 5 for a manifest."""
        job_id = self.appended(30, size=600)
        for number in range(200):
            tail = self.item(job_id).get("execution_steps_tail", {"L": []})["L"]
            if set(lengths) == {len(entry.get("L", ())) for entry in tail}:
                return job_id
            small = max(lengths) == 0 or (0 in lengths and number % 3 == 0)
            size = 100 if small else 1_000
            self.log.append(job_id, steps(1, size)[0], step_id=f"more-{number}")
        raise AssertionError(f"no tail with {lengths} came about")

    def with_manifest(self) -> str:
        """A job with pages of ids, and with chunks that only a manifest names."""
        job_id = self.appended(30, size=600)
        for number, step in enumerate(steps(40, 1_000)):
            if self.manifests(job_id):
                return job_id
            self.log.append(job_id, step, step_id=f"more-{number}")
        raise AssertionError("no manifest came about")

    def orphans(self, job_id: str) -> set[tuple[str, str]]:
        """One orphan of every kind, put beside what the job has."""
        return {
            self.put(chunk_key(job_id, "01ORPHANEDCHUNK")),
            self.put(ids_key(job_id, "01ORPHANEDPAGE")),
            self.hide(chunk_key(job_id, "01MARKERALONE")),
        }


def storage(aws: Aws, resources: Resources, limits: Limits = SMALL) -> Storage:
    """A log with small limits on these resources."""
    log = StepLog(dynamodb=aws.dynamodb, s3=aws.s3, table=resources.jobs_table, bucket=resources.bucket, limits=limits)
    return Storage(aws=aws, table=resources.jobs_table, bucket=resources.bucket, log=log)


def quick_storage(aws: Aws) -> Storage:
    """A log with small limits on a table and bucket alone; the whole template takes 20 requests more."""
    name = f"t{uuid4().hex}"
    aws.dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "job_id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "job_id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    aws.s3.create_bucket(Bucket=name)
    aws.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    log = StepLog(dynamodb=aws.dynamodb, s3=aws.s3, table=name, bucket=name, limits=SMALL)
    return Storage(aws=aws, table=name, bucket=name, log=log)


def states(store: Storage) -> Iterator[tuple[str, str]]:
    """A job in every state that a log can be in, each with the state's name."""
    yield "no steps", store.job()
    yield "inline", store.appended(3)
    yield "just offloaded", store.appended(16)
    yield "with steps in the tail", store.with_tail(0)
    yield "with chunks in the tail", store.with_tail(4)
    yield "with steps and chunks in the tail", store.with_tail(0, 4)
    yield "with a manifest and pages of ids", store.with_manifest()
    sealed = store.appended(40, size=600)
    store.log.seal(sealed)
    yield "sealed", sealed
    inline_again = store.appended(30, size=600)
    store.log.replace(inline_again, steps(2))
    yield "replaced by little", inline_again
    replaced = store.appended(2)
    store.log.replace(replaced, steps(30))
    store.log.replace(replaced, steps(31))
    yield "replaced by much", replaced
    yield from older_states(store)


def older_states(store: Storage) -> Iterator[tuple[str, str]]:
    """Jobs as older systems left them."""
    inline = {"L": [{"M": {"step_order": {"N": str(number)}, "cost": {"S": "0.10"}}} for number in range(3)]}
    yield "bare list", store.job(execution_steps=inline)
    fat = {"L": [{"M": {"output": {"S": "y" * 500}}} for _ in range(20)]}
    yield "fat bare list", store.job(execution_steps=fat)
    for name, attributes in (("bare key", {}), ("list and key", {"execution_steps": inline})):
        job_id = store.job()
        key, _ = store.put(document_key(job_id), b'[{"a": "first"}]')
        store.put(document_key(job_id), b'[ {"a": "second"},\n {"b": [1, 2.5, null]} ]')
        store.put_item(job_id, {"execution_steps_s3_key": {"S": key}, **attributes})
        yield name, job_id
