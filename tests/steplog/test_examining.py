"""The doctor finds what was planted, names it once, and finds nothing on a healthy table."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from tests.conftest import Aws, furnish
from tests.steplog.storage import SMALL, Storage, states, steps, storage

from leadmagnet.steplog import StepLog
from leadmagnet.steplog.examining import examine
from leadmagnet.steplog.findings import Examination, Finding
from leadmagnet.steplog.keys import chunk_key, document_key, ids_key


@pytest.fixture
def store(aws: Aws) -> Storage:
    return storage(aws, furnish(aws, Environment=f"t{uuid4().hex[:12]}"))


def found(store: Storage, **options: Any) -> list[Finding]:  # noqa: ANN401 (of examine)
    findings: list[Finding] = []
    examination = examine(**{**store.where, **options}, on_finding=findings.append)
    assert examination.findings.total() == len(findings)
    assert examination.healthy == (not findings)
    return findings


def kinds(store: Storage, **options: Any) -> list[tuple[str, str | None]]:  # noqa: ANN401 (of examine)
    return [(finding.kind, finding.job_id) for finding in found(store, **options)]


@pytest.mark.parametrize("deep", [False, True])
def test_healthy_jobs_in_every_form_are_counted_and_nothing_is_found(store: Storage, deep: bool) -> None:
    jobs = dict(states(store))
    store.delete_item(jobs.pop("list and key"))
    progress: list[int] = []
    findings: list[Finding] = []

    examination = examine(
        **store.where,
        deep=deep,
        on_finding=findings.append,
        on_progress=lambda so_far: progress.append(so_far.jobs),
    )

    assert findings == []
    assert progress[-1] == examination.jobs == len(jobs)
    assert examination.forms == {"none": 1, "inline": 2, "offloaded": 7, "older_list": 2, "older_key": 1}


def test_nothing_is_found_beside_writers(store: Storage) -> None:
    jobs = [store.appended(1) for _ in range(2)]
    writers = [threading.Thread(target=_append, args=(store, job_id)) for job_id in jobs]
    for writer in writers:
        writer.start()
    findings = []
    while any(writer.is_alive() for writer in writers):
        findings += found(store, deep=True)
    for writer in writers:
        writer.join()

    assert findings == []


def _append(store: Storage, job_id: str) -> None:
    log = StepLog(**store.where, limits=SMALL)
    for number in range(60):
        log.append(job_id, {"output": "z" * (number * 37 % 900)}, step_id=f"w-{number}")


def both(store: Storage) -> str:
    job_id = store.appended(20)
    store.set_attribute(job_id, "execution_steps", {"L": []})
    return job_id


def without(key_of: Callable[[Storage, str], str]) -> Callable[[Storage], str]:
    """A job, offloaded and running, whose object at that key is gone."""

    def plant(store: Storage) -> str:
        job_id = store.with_manifest()
        key = key_of(store, job_id)
        for each, version in store.versions(key):
            store.delete(each, version)
        return job_id

    return plant


def _manifest(store: Storage, job_id: str) -> str:
    return chunk_key(job_id, store.manifests(job_id)[0])


def _chunk_in_manifest(store: Storage, job_id: str) -> str:
    listed = store.aws.s3.get_object(Bucket=store.bucket, Key=_manifest(store, job_id))["Body"].read()
    return chunk_key(job_id, listed.decode().split('"')[1])


def _newest_page(store: Storage, job_id: str) -> str:
    return ids_key(job_id, store.item(job_id)["steps_ids_page"]["S"])


def _first_page(store: Storage, job_id: str) -> str:
    return min(key for key, _ in store.versions(f"jobs/{job_id}/ids/"))


def older_key_without_object(store: Storage) -> str:
    job_id = store.job()
    store.set_attribute(job_id, "execution_steps_s3_key", {"S": document_key(job_id)})
    return job_id


def hidden_older_key(store: Storage) -> str:
    job_id = older_key_without_object(store)
    store.put(document_key(job_id))
    store.hide(document_key(job_id))
    return job_id


def empty_key(store: Storage) -> str:
    return store.job(execution_steps_s3_key={"S": ""})


def chunk_of_other_length(store: Storage) -> str:
    job_id = store.with_manifest()
    store.put(_chunk_in_manifest(store, job_id), b"[]")
    return job_id


def document_of_other_length(store: Storage) -> str:
    job_id = store.appended(20)
    _, version = store.put(document_key(job_id), b"[]")
    store.set_attribute(job_id, "execution_steps_s3_version", {"S": version})
    return job_id


def manifest_of_other_content(store: Storage) -> str:
    job_id = store.with_manifest()
    store.put(_manifest(store, job_id), b"[]")
    return job_id


def inline(store: Storage) -> str:
    return store.appended(3)


def offloaded(store: Storage) -> str:
    return store.with_tail(0, 4)


def wrong(name: str, value: str, make: Callable[[Storage], str]) -> Callable[[Storage], str]:
    def plant(store: Storage) -> str:
        job_id = make(store)
        store.set_attribute(job_id, name, {"N": value})
        return job_id

    return plant


def unreadable_tail(store: Storage) -> str:
    job_id = store.appended(20)
    store.set_attribute(job_id, "execution_steps_tail", {"L": [{"S": "?"}]})
    return job_id


def no_list(store: Storage) -> str:
    return store.job(execution_steps={"S": "[]"})


def bytes_in_a_step(store: Storage) -> str:
    return store.job(execution_steps={"L": [{"M": {"a": {"B": b"b"}}}]})


def large(store: Storage) -> str:
    return store.job(report={"S": "x" * 380_000})


def foreign(store: Storage) -> str:
    job_id = store.job()
    key, _ = store.put(document_key("another"))
    store.set_attribute(job_id, "execution_steps_s3_key", {"S": key})
    return job_id


def slash(store: Storage) -> str:
    store.put_item("a/b", {})
    return "a/b"


@pytest.mark.parametrize(
    ("plant", "kind"),
    [
        (both, "list_and_key"),
        (without(lambda _, job_id: document_key(job_id)), "object_missing"),
        (without(_manifest), "object_missing"),
        (without(_chunk_in_manifest), "object_missing"),
        (without(_newest_page), "object_missing"),
        (without(_first_page), "object_missing"),
        (older_key_without_object, "object_missing"),
        (hidden_older_key, "object_missing"),
        (chunk_of_other_length, "length_wrong"),
        (document_of_other_length, "length_wrong"),
        (manifest_of_other_content, "content_corrupt"),
        (wrong("steps_count", "7", inline), "counters_wrong"),
        (wrong("steps_count", "7", offloaded), "counters_wrong"),
        (wrong("steps_bytes", "7", inline), "counters_wrong"),
        (wrong("steps_bytes", "7", offloaded), "counters_wrong"),
        (wrong("steps_held", "7", offloaded), "counters_wrong"),
        (unreadable_tail, "item_unreadable"),
        (no_list, "item_unreadable"),
        (bytes_in_a_step, "item_unreadable"),
        (large, "item_large"),
        (foreign, "foreign_key"),
        (slash, "job_id_unusable"),
    ],
)
def test_each_trouble_is_found_once_with_its_job_and_advice(
    store: Storage, plant: Callable[[Storage], str], kind: str
) -> None:
    store.appended(20)
    job_id = plant(store)

    [finding] = found(store)

    assert (finding.kind, finding.job_id) == (kind, job_id)
    assert finding.advice
    assert finding.message


def test_an_empty_key_is_as_good_as_none(store: Storage) -> None:
    job_id = empty_key(store)

    assert job_id not in {job for _, job in kinds(store)}


def _corrupted(body: bytes) -> bytes:
    return body.replace(b"xx", b"xy", 1)


def test_bytes_that_changed_in_a_document_are_found_by_the_deep_look_alone(store: Storage) -> None:
    job_id = store.appended(20)
    key = document_key(job_id)
    body = store.aws.s3.get_object(Bucket=store.bucket, Key=key)["Body"].read()
    _, version = store.put(key, _corrupted(body))
    store.set_attribute(job_id, "execution_steps_s3_version", {"S": version})

    assert found(store) == []
    assert kinds(store, deep=True) == [("content_corrupt", job_id)]


def test_the_deep_look_compares_the_strong_hash(store: Storage) -> None:
    job_id = store.appended(20)
    document = store.item(job_id)["execution_steps_doc"]
    document["M"]["segments"]["L"][0]["L"][2]["B"] = bytes(32)
    store.set_attribute(job_id, "execution_steps_doc", document)

    assert found(store) == []
    assert kinds(store, deep=True) == [("content_corrupt", job_id)]


def test_bytes_that_changed_in_a_chunk_are_found_by_the_deep_look_alone(store: Storage) -> None:
    job_id = store.with_manifest()
    key = _chunk_in_manifest(store, job_id)
    body = store.aws.s3.get_object(Bucket=store.bucket, Key=key)["Body"].read()
    store.put(key, _corrupted(body))

    assert found(store) == []
    assert kinds(store, deep=True) == [("content_corrupt", job_id)]


@pytest.mark.parametrize("body", [b"[{}", b"{}", b'[{"a": nan}]'])
def test_an_older_document_that_is_no_json_array_is_found_by_the_deep_look(store: Storage, body: bytes) -> None:
    job_id = older_key_without_object(store)
    store.put(document_key(job_id), body)

    assert kinds(store, deep=True) == [("content_corrupt", job_id)]


def test_what_looks_wrong_in_the_scan_and_is_right_now_is_not_told(
    store: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = store.appended(20)
    honest = store.aws.dynamodb.scan

    def stale(**request: Any) -> Any:  # noqa: ANN401 (boto3's answer)
        answer = honest(**request)
        for item in answer["Items"]:
            item["execution_steps_s3_version"] = {"S": str(uuid4())}
        return answer

    monkeypatch.setattr(store.aws.dynamodb, "scan", stale)

    assert job_id
    assert found(store) == []


def test_a_bucket_without_versions_and_open_to_the_public_is_found(store: Storage) -> None:
    store.aws.s3.put_bucket_versioning(Bucket=store.bucket, VersioningConfiguration={"Status": "Suspended"})
    store.aws.s3.delete_public_access_block(Bucket=store.bucket)

    assert kinds(store) == [("versioning_off", None), ("bucket_public", None)]


def test_one_open_door_is_named(store: Storage) -> None:
    store.aws.s3.put_public_access_block(
        Bucket=store.bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": False,
            "RestrictPublicBuckets": True,
        },
    )

    [finding] = found(store)

    assert "BlockPublicPolicy not set" in finding.message


def test_missing_table_and_bucket_are_found_and_no_job_is_looked_at(store: Storage) -> None:
    missing = {"table": "absent", "bucket": "absent-bucket"}

    assert kinds(store, **missing) == [("table_missing", None), ("bucket_missing", None)]


def test_a_table_with_another_key_is_found(store: Storage) -> None:
    name = f"wrong-{uuid4().hex[:8]}"
    store.aws.dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "job_id", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "job_id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
    )

    assert kinds(store, table=name) == [("table_key_wrong", None)]


def test_a_table_whose_job_ids_are_numbers_is_found(store: Storage) -> None:
    name = f"wrong-{uuid4().hex[:8]}"
    store.aws.dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "job_id", "AttributeType": "N"}],
        KeySchema=[{"AttributeName": "job_id", "KeyType": "HASH"}],
    )

    assert kinds(store, table=name) == [("table_key_wrong", None)]


def test_a_check_that_is_refused_is_named_and_the_rest_goes_on(store: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = both(store)

    def refuse(**_: Any) -> Any:  # noqa: ANN401 (boto3's answer)
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetPublicAccessBlock")

    monkeypatch.setattr(store.aws.s3, "get_public_access_block", refuse)

    findings = found(store)

    assert [(finding.kind, finding.job_id) for finding in findings] == [
        ("check_refused", None),
        ("list_and_key", job_id),
    ]
    assert "s3:GetBucketPublicAccessBlock" in findings[0].message


def test_a_job_that_s3_does_not_answer_for_is_named_and_the_rest_goes_on(
    store: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent, good = store.appended(20), store.appended(20)
    honest = store.aws.s3.head_object

    def sometimes(**request: Any) -> Any:  # noqa: ANN401 (boto3's answer)
        if silent in request["Key"]:
            raise ClientError({"Error": {"Code": "503", "Message": "slow down"}}, "HeadObject")
        return honest(**request)

    monkeypatch.setattr(store.aws.s3, "head_object", sometimes)

    assert good
    assert kinds(store) == [("not_examined", silent)]


def test_jobs_on_many_pages_are_all_examined(store: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(7):
        store.log.replace(store.job(), steps(1))
    honest = store.aws.dynamodb.scan
    monkeypatch.setattr(store.aws.dynamodb, "scan", lambda **request: honest(**request, Limit=2))
    seen: list[Examination] = []

    assert examine(**store.where, on_progress=seen.append).jobs == 7
    assert len(seen) == 4
