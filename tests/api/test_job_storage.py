"""What lists, deletion, links and exports rest on, against the embedded engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx2
import pytest

from leadmagnet.adapters.artifacts import S3Artifacts
from leadmagnet.adapters.job_files import S3JobFiles
from leadmagnet.adapters.job_records import LoggedJobs
from leadmagnet.adapters.jobs import JobTable
from leadmagnet.domain.artifact import Artifact, ArtifactFacts
from leadmagnet.domain.errors import ArtifactNotFound, IllegalTransition, Invalid, JobNotFound
from leadmagnet.domain.job import Job, JobStatus
from leadmagnet.domain.job_filter import JobFilter
from leadmagnet.engine.delete_job import delete_job
from leadmagnet.steplog import Limits, StepLog

if TYPE_CHECKING:
    from tests.conftest import Aws

    from leadmagnet.local.resources import Resources

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def log(aws: Aws, resources: Resources) -> StepLog:
    limits = Limits(inline_bytes=2_000)
    return StepLog(dynamodb=aws.dynamodb, s3=aws.s3, table=resources.jobs_table, bucket=resources.bucket, limits=limits)


@pytest.fixture
def table(aws: Aws, resources: Resources, log: StepLog) -> JobTable:
    return JobTable(dynamodb=aws.dynamodb, table=resources.jobs_table, step_log=log)


@pytest.fixture
def files(aws: Aws, resources: Resources) -> S3JobFiles:
    return S3JobFiles(s3=aws.s3, bucket=resources.bucket)


def add(table: JobTable, tenant: str, second: int = 0, **changes: Any) -> Job:  # noqa: ANN401 (any attribute of a job)
    job = Job(
        id=f"JOB-{uuid4().hex.upper()}",
        tenant=tenant,
        workflow="market-report",
        workflow_version=1,
        submission={"company": "Alder"},
        created_at=NOON + timedelta(seconds=second),
        status=JobStatus.COMPLETED,
    )
    job = replace(job, **changes)
    table.create(job)
    return job


def ids(table: JobTable, tenant: str, **asked: Any) -> list[str]:  # noqa: ANN401 (any attribute of a filter)
    page = table.list(tenant=tenant, limit=100, cursor=None, where=JobFilter(**asked))
    assert page.next is None
    return [job.id for job in page.jobs]


def test_each_filter_lets_through_what_it_names_newest_first(table: JobTable, log: StepLog) -> None:
    tenant = uuid4().hex
    old, failed, other, large = (
        add(table, tenant, 0),
        add(table, tenant, 1, status=JobStatus.FAILED),
        add(table, tenant, 2, workflow="brand-guide"),
        add(table, tenant, 3),
    )
    log.append(large.id, {"output": "x" * 5_000}, step_id="a")

    assert ids(table, tenant) == [large.id, other.id, failed.id, old.id]
    assert ids(table, tenant, status=JobStatus.FAILED) == [failed.id]
    assert ids(table, tenant, status=JobStatus.COMPLETED) == [large.id, other.id, old.id]
    assert ids(table, tenant, workflow="brand-guide") == [other.id]
    assert ids(table, tenant, stored="offloaded") == [large.id]
    assert ids(table, tenant, stored="inline") == [other.id, failed.id, old.id]
    assert ids(table, tenant, text="BRAND") == ids(table, tenant, text="rand-g") == [other.id]
    assert ids(table, tenant, text=old.id[3:20].lower()) == [old.id]
    assert ids(table, tenant, created_from=failed.created_at, created_to=other.created_at) == [other.id, failed.id]
    assert ids(table, tenant, created_from=other.created_at, status=JobStatus.FAILED) == []
    assert ids(table, tenant, created_to=old.created_at) == [old.id]


def test_a_search_finds_labels_and_titles_whatever_their_capitals_and_lists_say_them(table: JobTable) -> None:
    tenant = uuid4().hex
    plain, labelled, other = (
        add(table, tenant, 0),
        add(table, tenant, 1, label="FJORDKAFFE Straße"),
        add(table, tenant, 2, workflow="brand-guide"),
    )

    assert ids(table, tenant, text="fjordKaffe") == ids(table, tenant, text="STRASSE") == [labelled.id]
    assert ids(table, tenant, text="Market report") == []
    assert ids(table, tenant, text="Market report", titled=("market-report", "gone")) == [labelled.id, plain.id]
    assert ids(table, tenant, text="x y", titled=(*(f"w{n}" for n in range(99)), "brand-guide")) == [other.id]
    shown = table.list(tenant=tenant, limit=3, cursor=None).jobs
    assert [job.label for job in shown] == [None, "FJORDKAFFE Straße", None]


def test_a_listed_job_says_where_its_record_lives_and_how_large_it_is(table: JobTable, log: StepLog) -> None:
    tenant = uuid4().hex
    job = add(table, tenant)
    log.append(job.id, {"output": "x" * 5_000}, step_id="a")
    log.append(job.id, {"output": "y"}, step_id="b")

    facts = table.list(tenant=tenant, limit=1, cursor=None).records[job.id]

    summary = log.summary(job.id)
    assert (facts.stored, facts.steps_count, facts.steps_bytes) == ("offloaded", 2, summary.size_bytes)


def test_pages_of_a_filtered_list_hold_each_job_once_in_order(table: JobTable, monkeypatch: pytest.MonkeyPatch) -> None:
    # Few looked at in one request and few requests for a page: what 5,000 jobs would do, with 30.
    monkeypatch.setattr("leadmagnet.adapters.job_list._LOOKED_AT", 4)
    monkeypatch.setattr("leadmagnet.adapters.job_list._MOST_REQUESTS", 2)
    tenant = uuid4().hex
    made = [
        add(table, tenant, number, status=JobStatus.FAILED if number % 3 == 0 else JobStatus.COMPLETED)
        for number in range(30)
    ]
    where, seen, cursor, pages = JobFilter(status=JobStatus.FAILED), list[str](), None, 0
    while pages == 0 or cursor:
        page = table.list(tenant=tenant, limit=2, cursor=cursor, where=where)
        assert len(page.jobs) <= 2
        seen += [job.id for job in page.jobs]
        cursor, pages = page.next, pages + 1

    assert seen == [job.id for job in reversed(made) if job.status is JobStatus.FAILED]


def test_a_filtered_list_looks_at_few_jobs_first_and_at_many_only_where_they_did_not_do(
    aws: Aws, table: JobTable
) -> None:
    tenant = uuid4().hex
    for number in range(20):
        add(table, tenant, number, status=JobStatus.FAILED if number < 3 else JobStatus.COMPLETED)
    looks: list[int] = []

    def note(params: dict[str, Any], **_: object) -> None:
        looks.append(params["Limit"])

    aws.dynamodb.meta.events.register("provide-client-params.dynamodb.Query", note)
    try:
        many = table.list(tenant=tenant, limit=2, cursor=None, where=JobFilter(status=JobStatus.COMPLETED))
        few = table.list(tenant=tenant, limit=2, cursor=None, where=JobFilter(status=JobStatus.FAILED))
    finally:
        aws.dynamodb.meta.events.unregister("provide-client-params.dynamodb.Query", note)

    assert (len(many.jobs), len(few.jobs)) == (2, 2)
    assert looks == [8, 8, 2_500]


@pytest.mark.parametrize(
    "other", [JobFilter(), JobFilter(status=JobStatus.FAILED), JobFilter(created_from=NOON)], ids=str
)
def test_a_cursor_belongs_to_its_filter(table: JobTable, other: JobFilter) -> None:
    tenant = uuid4().hex
    for number in range(3):
        add(table, tenant, number)
    where = JobFilter(status=JobStatus.COMPLETED)
    cursor = table.list(tenant=tenant, limit=1, cursor=None, where=where).next
    assert cursor is not None
    assert len(table.list(tenant=tenant, limit=5, cursor=cursor, where=where).jobs) == 2

    with pytest.raises(Invalid, match="another list"):
        table.list(tenant=tenant, limit=1, cursor=cursor, where=other)


@pytest.mark.parametrize("cursor", ["x", "bnVsbA==", "W10=", "WyJhIiwiYiIsImMiXQ==", "WyJcdWQ4MDAiLCJhIiwiYiJd", "é"])
def test_what_is_no_cursor_is_refused(table: JobTable, cursor: str) -> None:
    with pytest.raises(Invalid, match="begin"):
        table.list(tenant="acme", limit=1, cursor=cursor)


def objects(aws: Aws, resources: Resources, prefix: str) -> int:
    found = aws.s3.list_object_versions(Bucket=resources.bucket, Prefix=prefix)
    return len(found.get("Versions", ())) + len(found.get("DeleteMarkers", ()))


def test_a_deleted_job_leaves_nothing_in_any_version_and_its_neighbours_alone(
    table: JobTable, files: S3JobFiles, log: StepLog, aws: Aws, resources: Resources
) -> None:
    job = add(table, "acme")
    neighbour = add(table, "acme", id=job.id + "-2")
    artifacts = S3Artifacts(s3=aws.s3, bucket=resources.bucket)
    for each in (job, neighbour):
        log.append(each.id, {"output": "x" * 5_000}, step_id="a")
        log.seal(each.id)
        log.replace(each.id, [{"output": "z" * 5_000}])
        artifacts.put(each.id, Artifact(id="a.txt", content_type="text/plain", content=b"1"))
        artifacts.put(each.id, Artifact(id="a.txt", content_type="text/plain", content=b"2"))
    aws.s3.delete_object(Bucket=resources.bucket, Key=f"jobs/{job.id}/artifacts/a.txt")

    delete_job(tenant="acme", job_id=job.id, jobs=table, files=files)

    assert objects(aws, resources, f"jobs/{job.id}/") == 0
    with pytest.raises(JobNotFound):
        table.get(tenant="acme", job_id=job.id)
    assert objects(aws, resources, f"jobs/{neighbour.id}/") >= 4
    assert files.artifact_ids(neighbour.id) == ["a.txt"]
    assert len(log.read(neighbour.id)) == 1


@pytest.mark.parametrize("status", [JobStatus.PENDING, JobStatus.PROCESSING])
def test_a_job_that_may_still_run_is_not_deleted(table: JobTable, files: S3JobFiles, status: JobStatus) -> None:
    job = add(table, "acme", status=status)

    with pytest.raises(IllegalTransition, match="cancel it"):
        delete_job(tenant="acme", job_id=job.id, jobs=table, files=files)
    with pytest.raises(IllegalTransition):
        table.delete(tenant="acme", job_id=job.id)

    assert table.get(tenant="acme", job_id=job.id) == job


def test_another_tenants_job_cannot_be_deleted(table: JobTable, files: S3JobFiles) -> None:
    job = add(table, "other")

    with pytest.raises(JobNotFound):
        delete_job(tenant="acme", job_id=job.id, jobs=table, files=files)
    assert table.get(tenant="other", job_id=job.id) == job


def test_a_link_gives_the_whole_document_to_whoever_has_it(table: JobTable, files: S3JobFiles, log: StepLog) -> None:
    job = add(table, "acme")
    log.append(job.id, {"output": "x" * 5_000}, step_id="a")
    log.seal(job.id)
    size_bytes = log.summary(job.id).size_bytes or 0

    link = files.document_link(job.id, size_bytes=size_bytes, expires_s=9_999)

    assert link is not None
    assert "X-Amz-Expires=300" in link
    assert httpx2.get(link, trust_env=False).json() == log.read(job.id)


def test_there_is_no_link_to_a_document_that_is_not_whole_or_not_there(
    table: JobTable, files: S3JobFiles, log: StepLog
) -> None:
    job = add(table, "acme")
    assert files.document_link(job.id, size_bytes=2, expires_s=60) is None

    log.append(job.id, {"output": "x" * 5_000}, step_id="a")
    log.append(job.id, {"output": "tail"}, step_id="b")

    assert files.document_link(job.id, size_bytes=log.summary(job.id).size_bytes or 0, expires_s=60) is None


def test_what_a_file_is_and_weighs_is_known_without_reading_it(
    aws: Aws, resources: Resources, files: S3JobFiles
) -> None:
    S3Artifacts(s3=aws.s3, bucket=resources.bucket).put("j", Artifact(id="a.md", content_type="text/x", content=b"123"))

    assert files.artifact_facts("j", "a.md") == ArtifactFacts(id="a.md", content_type="text/x", size_bytes=3)
    with pytest.raises(ArtifactNotFound):
        files.artifact_facts("j", "b.md")


def test_a_file_and_an_export_have_an_address_that_saves_them_and_ends(
    aws: Aws, resources: Resources, files: S3JobFiles
) -> None:
    artifacts = S3Artifacts(s3=aws.s3, bucket=resources.bucket)
    artifacts.put("j1", Artifact(id="a ü.html", content_type="text/html", content=b"<p>hello"))
    blocks = [b"[", *(b"%07d," % number for number in range(1_200_000)), b"0]"]

    links = (
        files.artifact_link("j1", "a ü.html", expires_s=60),
        files.export_link("j1", iter(blocks), name="job-j1.json", expires_s=86_400),
    )
    saved = [httpx2.get(link, trust_env=False) for link in links]

    assert [answer.content for answer in saved] == [b"<p>hello", b"".join(blocks)]
    names = ["a%20%C3%BC.html", "job-j1.json"]
    assert [answer.headers["content-disposition"] for answer in saved] == [
        f"attachment; filename*=UTF-8''{name}" for name in names
    ]
    assert "X-Amz-Expires=60&" in links[0]
    assert "X-Amz-Expires=300&" in links[1]


def test_a_job_is_opened_with_its_record_by_one_request_and_by_its_tenant_alone(
    aws: Aws, table: JobTable, log: StepLog
) -> None:
    job = add(table, "acme")
    log.append(job.id, {"output": "x" * 100}, step_id="a")
    log.append(job.id, {"output": "y" * 5_000}, step_id="b")
    records, asked = LoggedJobs(step_log=log), []
    aws.dynamodb.meta.events.register("before-call.dynamodb.*", lambda model, **_: asked.append(model.name), "count")
    try:
        opened, record = records.open(tenant="acme", job_id=job.id)
        steps = b"".join(record.stream())
    finally:
        aws.dynamodb.meta.events.unregister("before-call.dynamodb.*", unique_id="count")

    assert asked == ["GetItem"]
    assert (opened, record.summary.stored, steps) == (job, "offloaded", b"".join(log.stream(job.id)))
    for tenant, job_id in (("other", job.id), ("acme", "none")):
        with pytest.raises(JobNotFound):
            records.open(tenant=tenant, job_id=job_id)
