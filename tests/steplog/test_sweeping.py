"""The sweeper takes every orphan and nothing that any item refers to."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from tests.conftest import Aws
from tests.steplog.storage import SMALL, Storage, later, quick_storage, states, steps

from leadmagnet.steplog import NotConfigured, StepLog, StepLogError
from leadmagnet.steplog.keys import chunk_key, document_key, ids_key, new_id, time_of
from leadmagnet.steplog.sweep_report import Orphan, SweepReport
from leadmagnet.steplog.sweeping import sweep

GRACE = timedelta(hours=24)


@pytest.fixture
def store(aws: Aws) -> Storage:
    return quick_storage(aws)


def swept(store: Storage, *, hours: float = 25, **options: Any) -> SweepReport:  # noqa: ANN401 (of sweep)
    return sweep(**store.where, now=lambda: later(hours), **options)


def test_nothing_that_an_item_refers_to_is_taken_and_every_orphan_is(store: Storage) -> None:
    jobs = dict(states(store))
    before = {name: store.log.read(job_id) for name, job_id in jobs.items()}
    planted: set[tuple[str, str]] = set().union(*(store.orphans(job_id) for job_id in jobs.values()))

    report = swept(store)

    assert report.problems == []
    assert {name: store.log.read(job_id) for name, job_id in jobs.items()} == before
    assert not planted & store.versions()
    assert report.removed["delete_marker"] == len(jobs)
    assert min(report.removed["chunk"], report.removed["ids_page"]) >= len(jobs)
    for job_id in jobs.values():
        store.log.append(job_id, {"after": True}, step_id="step-0-after")
    assert swept(store, hours=0).removed_total == 0


def test_what_is_left_is_exactly_what_is_needed(store: Storage) -> None:
    jobs = dict(states(store))
    swept(store)

    left = {
        name: sorted(key.split("/", 2)[2] for key, _ in store.versions(f"jobs/{job}/")) for name, job in jobs.items()
    }

    none_in_s3 = ("no steps", "inline", "replaced by little", "bare list", "fat bare list")
    assert all(left[name] == [] for name in none_in_s3)
    only_the_document = ("replaced by much", "bare key", "list and key")
    assert all(left[name] == ["execution_steps.json"] for name in only_the_document)
    assert [name.split("/")[0] for name in left["sealed"]] == ["execution_steps.json"] + ["ids"] * 4
    kinds = {name.split("/")[0] for name in left["with a manifest and pages of ids"]}
    assert kinds == {"execution_steps.json", "ids", "steps"}


def test_ids_are_remembered_after_a_sweep(store: Storage) -> None:
    job_id = store.appended(40, size=600)
    store.orphans(job_id)
    swept(store)
    fresh = StepLog(**store.where, limits=SMALL)

    again = [fresh.append(job_id, step, step_id=f"step-{number}") for number, step in enumerate(steps(40, 600))]

    assert [appended.index for appended in again] == list(range(40))


def test_versions_of_a_document_that_were_replaced_go_and_the_one_in_use_stays(store: Storage) -> None:
    job_id = store.appended(20)
    store.log.replace(job_id, steps(30))
    store.log.replace(job_id, steps(31))
    in_use = (document_key(job_id), store.item(job_id)["execution_steps_s3_version"]["S"])

    swept(store)

    assert store.versions() == {in_use}


def test_a_newer_document_that_was_never_committed_goes(store: Storage) -> None:
    job_id = store.appended(20)
    uncommitted = store.put(document_key(job_id))

    report = swept(store)

    assert uncommitted not in store.versions()
    assert report.removed["document"] == 1
    assert report.removed_bytes["document"] == 2
    assert len(store.log.read(job_id)) == 20


def test_what_is_younger_than_the_grace_stays(store: Storage) -> None:
    job_id = store.appended(3)
    planted = store.orphans(job_id)

    report = swept(store, hours=23)

    assert planted <= store.versions()
    assert (report.removed_total, report.young) == (0, 3)


def test_a_document_is_young_until_its_successor_is_old(store: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = store.job()
    key, old = store.put(document_key(job_id), b"[1]")
    _, new = store.put(key, b"[2]")
    store.put_item(job_id, {"execution_steps_s3_key": {"S": key}})
    honest = store.aws.s3.list_object_versions

    def older(**request: Any) -> Any:  # noqa: ANN401 (boto3's answer)
        answer = honest(**request)
        for version in answer["Versions"]:
            if version["VersionId"] == old:
                version["LastModified"] -= timedelta(days=300)
        return answer

    monkeypatch.setattr(store.aws.s3, "list_object_versions", older)

    assert swept(store, hours=23).removed_total == 0
    assert swept(store, hours=25).removed_total == 1
    assert store.versions() == {(key, new)}


def test_what_a_job_used_until_lately_stays_however_old_it_is(store: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = store.with_tail(4)
    honest = store.aws.s3.list_object_versions

    def all_old(**request: Any) -> Any:  # noqa: ANN401 (boto3's answer)
        answer = honest(**request)
        for version in answer["Versions"]:
            version["LastModified"] -= timedelta(days=300)
        return answer

    monkeypatch.setattr(store.aws.s3, "list_object_versions", all_old)
    before = store.versions()
    store.log.replace(job_id, steps(2))

    report = swept(store, hours=1)

    assert (store.versions(), report.young) == (before, len(before))
    assert swept(store, hours=25).removed_total == len(before)


def test_a_dry_run_names_the_orphans_and_deletes_nothing(store: Storage) -> None:
    planted = store.orphans(store.appended(3))
    named: list[Orphan] = []

    report = swept(store, dry_run=True, on_orphan=named.append)

    assert {(orphan.found.key, orphan.found.version_id) for orphan in named} == planted
    assert report.removed_total == 3
    assert planted == store.versions()


def test_artifacts_and_strangers_are_never_touched(store: Storage) -> None:
    job_id = store.job()
    strangers = {
        store.put(f"jobs/{job_id}/artifacts/steps/x.json"),
        store.put(f"jobs/{job_id}/artifacts/execution_steps.json"),
        store.put(f"jobs/{job_id}/steps/deeper/x.json"),
        store.put(f"jobs/{job_id}/steps/x.txt"),
        store.put("jobs/execution_steps.json"),
        store.put("other/steps/x.json"),
    }

    assert swept(store, trust_table=True).objects == 0
    assert strangers == store.versions("")


def test_all_log_objects_of_a_job_without_an_item_go_but_its_artifacts_stay(store: Storage) -> None:
    store.appended(20)
    gone = store.appended(40, size=600)
    artifact = store.put(f"jobs/{gone}/artifacts/page.html")
    store.delete_item(gone)

    report = swept(store)

    assert store.versions(f"jobs/{gone}/") == {artifact}
    assert report.of_gone_jobs > 5


def test_everything_in_the_folder_of_a_job_without_an_item_goes_if_asked_for_and_of_no_other_job(
    store: Storage,
) -> None:
    kept, gone = store.appended(20), store.appended(40, size=600)
    inline = store.appended(1, size=10)
    artifacts = {store.put(f"jobs/{kept}/artifacts/page.html"), store.put(f"jobs/{kept}/artifacts/page.html")}
    for job_id in (gone, inline):
        store.put(f"jobs/{job_id}/artifacts/page.html")
        store.put(f"jobs/{job_id}/artifacts/page.html")
        store.aws.s3.delete_object(Bucket=store.bucket, Key=f"jobs/{job_id}/artifacts/page.html")
        store.delete_item(job_id)

    young = swept(store, hours=23, of_gone_jobs="folder")
    assert (young.removed_total, young.problems) == (0, [])
    report = swept(store, of_gone_jobs="folder")

    assert store.versions(f"jobs/{gone}/") == store.versions(f"jobs/{inline}/") == set()
    # Two versions and a marker of each.
    assert report.removed["file"] == 6
    assert artifacts <= store.versions(f"jobs/{kept}/")
    assert len(store.log.read(kept)) == 20


def test_files_in_a_folder_stay_too_where_the_table_may_be_the_wrong_one(store: Storage) -> None:
    gone = store.job()
    store.delete_item(gone)
    artifact = store.put(f"jobs/{gone}/artifacts/page.html")

    report = swept(store, of_gone_jobs="folder")

    assert (store.versions(), report.problems_count) == ({artifact}, 1)


@pytest.mark.parametrize(("trust", "left"), [(False, 1), (True, 0)])
def test_jobs_look_gone_in_a_wrong_table_and_keep_everything(store: Storage, trust: bool, left: int) -> None:
    gone = store.job()
    store.delete_item(gone)
    store.put(document_key(gone))

    report = swept(store, trust_table=trust)

    assert (len(store.versions()), report.problems_count) == (left, left)


def test_one_item_that_the_bucket_knows_is_proof_enough_of_the_table(store: Storage) -> None:
    store.put(document_key("a-gone-job"))
    for _ in range(150):
        store.put(document_key(f"b-gone-job-{new_id()}"))
    store.log.replace(store.job(), steps(30))

    assert swept(store).removed_total == 151


def test_a_job_whose_document_is_missing_keeps_its_other_versions(store: Storage) -> None:
    job_id = store.job()
    store.log.replace(job_id, steps(30))
    key, older = document_key(job_id), store.item(job_id)["execution_steps_s3_version"]["S"]
    store.log.replace(job_id, steps(31))
    store.delete(key, store.item(job_id)["execution_steps_s3_version"]["S"])

    report = swept(store)

    assert store.versions() == {(key, older)}
    assert [(problem.job_id, problem.key) for problem in report.problems] == [(job_id, key)]


def test_versions_under_a_delete_marker_stay_if_the_item_means_the_newest(store: Storage) -> None:
    job_id = store.job()
    key, version = store.put(document_key(job_id))
    marker = store.hide(key)
    store.put_item(job_id, {"execution_steps_s3_key": {"S": key}})

    swept(store)

    assert store.versions() == {(key, version), marker}


def test_a_chunk_in_use_under_a_delete_marker_can_be_brought_back_after_a_sweep(store: Storage) -> None:
    job_id = store.with_tail(4)
    before = store.log.read(job_id)
    [key, *_] = [key for key, _ in store.versions() if "/steps/" in key and _named(store, job_id, key)]
    marker = store.hide(key)

    swept(store)
    store.delete(*marker)

    assert store.log.read(job_id) == before


def test_a_job_whose_manifest_is_missing_is_left_alone(store: Storage) -> None:
    job_id = store.with_manifest()
    key = chunk_key(job_id, store.manifests(job_id)[0])
    store.put(chunk_key(job_id, "01ORPHAN"))
    [version] = [version for found, version in store.versions() if found == key]
    store.delete(key, version)
    before = store.versions()

    report = swept(store)

    assert store.versions() == before
    assert [problem.key for problem in report.problems] == [key]


def test_a_tail_that_nobody_can_read_leaves_its_job_alone(store: Storage) -> None:
    job_id = store.with_tail(4)
    store.set_attribute(job_id, "execution_steps_tail", {"L": [{"S": "?"}]})
    store.put(chunk_key(job_id, "x"))
    before = store.versions()

    report = swept(store)

    assert store.versions() == before
    assert [problem.job_id for problem in report.problems] == [job_id]


def test_second_versions_of_a_chunk_go_and_the_newest_stays(store: Storage) -> None:
    job_id = store.with_tail(4)
    [key, *_] = [key for key, _ in store.versions() if "/steps/" in key and _named(store, job_id, key)]
    body = store.aws.s3.get_object(Bucket=store.bucket, Key=key)["Body"].read()
    newest = store.put(key, body)

    swept(store)

    assert {pair for pair in store.versions() if pair[0] == key} == {newest}
    assert store.log.read(job_id)


def _named(store: Storage, job_id: str, key: str) -> bool:
    return key.split("/")[-1].removesuffix(".json") in str(store.item(job_id)["execution_steps_tail"])


def test_what_is_committed_between_the_two_looks_stays(store: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = store.appended(20)
    key, version = store.put(document_key(job_id), b"[]")
    honest, looks = store.aws.dynamodb.batch_get_item, []

    def commit_after_the_first(**request: Any) -> Any:  # noqa: ANN401 (boto3's answer)
        answer = honest(**request)
        looks.append(request)
        if len(looks) == 1:
            store.set_attribute(job_id, "execution_steps_s3_version", {"S": version})
        return answer

    monkeypatch.setattr(store.aws.dynamodb, "batch_get_item", commit_after_the_first)

    swept(store)

    assert (key, version) in store.versions()


def test_a_job_that_goes_between_the_two_looks_keeps_what_it_had(
    store: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = store.appended(3)
    planted = store.orphans(job_id)
    honest = store.aws.dynamodb.batch_get_item

    def gone_after(**request: Any) -> Any:  # noqa: ANN401 (boto3's answer)
        answer = honest(**request)
        store.delete_item(job_id)
        return answer

    monkeypatch.setattr(store.aws.dynamodb, "batch_get_item", gone_after)

    swept(store, trust_table=True)

    assert store.versions() == planted


def test_a_version_that_s3_refuses_to_delete_is_reported_and_not_counted(
    store: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    [first, *_] = sorted(store.orphans(store.appended(3)))
    refusal = {"Key": first[0], "VersionId": first[1], "Code": "AccessDenied", "Message": "no"}
    honest = store.aws.s3.delete_objects

    def refusing(**request: Any) -> Any:  # noqa: ANN401 (boto3's answer)
        request["Delete"]["Objects"] = [each for each in request["Delete"]["Objects"] if each["Key"] != first[0]]
        return {**honest(**request), "Errors": [refusal]}

    monkeypatch.setattr(store.aws.s3, "delete_objects", refusing)

    report = swept(store)

    assert [(problem.key, problem.version) for problem in report.problems] == [first]
    assert "AccessDenied" in report.problems[0].message
    assert report.removed_total == 2


def test_many_jobs_and_objects_pass_in_pages(store: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = set()
    for _ in range(105):
        planted.add(store.put(chunk_key(store.job(), new_id())))
    honest = store.aws.s3.list_object_versions
    monkeypatch.setattr(store.aws.s3, "list_object_versions", lambda **request: honest(**request, MaxKeys=7))
    progress: list[int] = []

    report = swept(store, on_progress=lambda so_far: progress.append(so_far.removed_total))

    assert (report.removed_total, store.versions()) == (105, set())
    assert progress == [100, 105]


def test_keys_that_dynamodb_hands_back_are_asked_for_again(store: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = [store.appended(20) for _ in range(3)]
    honest = store.aws.dynamodb.batch_get_item

    def one_at_a_time(**request: Any) -> Any:  # noqa: ANN401 (boto3's answer)
        [(table, wanted)] = request["RequestItems"].items()
        keys = wanted["Keys"]
        first: Any = {**wanted, "Keys": keys[:1]}
        answer = honest(RequestItems={table: first})
        rest = {table: {**wanted, "Keys": keys[1:]}} if keys[1:] else {}
        return {**answer, "UnprocessedKeys": rest}

    monkeypatch.setattr(store.aws.dynamodb, "batch_get_item", one_at_a_time)

    swept(store)

    assert [len(store.log.read(job_id)) for job_id in jobs] == [20, 20, 20]


def test_a_bucket_without_versions_is_refused_and_kept(store: Storage) -> None:
    store.put(chunk_key(store.job(), "x"))
    store.aws.s3.put_bucket_versioning(Bucket=store.bucket, VersioningConfiguration={"Status": "Suspended"})

    with pytest.raises(NotConfigured, match="versions"):
        swept(store)

    assert len(store.versions()) == 1


def test_a_short_grace_is_refused_unless_it_is_allowed(store: Storage) -> None:
    with pytest.raises(ValueError, match="at least 1:00:00"):
        swept(store, grace=timedelta(minutes=59))

    assert swept(store, grace=timedelta(0), allow_short_grace=True).removed_total == 0


def test_beside_writers_and_without_any_grace_nothing_goes_that_the_second_look_saw_in_use(
    store: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs, at_rest = [store.appended(5) for _ in range(2)], store.appended(5)
    seen: dict[str, dict[str, Any]] = {}
    taken: set[tuple[str, str]] = set()
    planted: set[tuple[str, str]] = set()
    look, delete = store.aws.dynamodb.batch_get_item, store.aws.s3.delete_objects

    def looking(**request: Any) -> Any:  # noqa: ANN401 (boto3's answer)
        answer = look(**request)
        seen.update({item["job_id"]["S"]: item for item in answer["Responses"][store.table]})
        return answer

    def deleting(**request: Any) -> Any:  # noqa: ANN401 (boto3's answer)
        for each in request["Delete"]["Objects"]:
            taken.add((each["Key"], each["VersionId"]))
            item = seen[each["Key"].split("/")[1]]
            assert item.get("execution_steps_s3_version", {}).get("S") != each["VersionId"]
            assert each["Key"].split("/")[-1].removesuffix(".json") not in str(item.get("execution_steps_tail"))
            assert each["Key"] != ids_key(item["job_id"]["S"], item.get("steps_ids_page", {}).get("S", ""))
        return delete(**request)

    monkeypatch.setattr(store.aws.dynamodb, "batch_get_item", looking)
    monkeypatch.setattr(store.aws.s3, "delete_objects", deleting)
    done = threading.Event()
    writers = [threading.Thread(target=_write, args=(store, job_id, done)) for job_id in jobs for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(8):
            planted |= store.orphans(at_rest)
            # An hour ahead, so that all there is counts as old, what a writer put this very moment too.
            swept(store, hours=1, grace=timedelta(0), allow_short_grace=True)
    finally:
        done.set()
        for writer in writers:
            writer.join()

    assert planted <= taken


def _write(store: Storage, job_id: str, done: threading.Event) -> None:
    """Append until told to stop; a log that a sweep without grace broke is left for the next job's."""
    log = StepLog(**store.where, limits=SMALL)
    number = 0
    while not done.is_set():
        number += 1
        try:
            log.append(job_id, {"output": "z" * (number * 37 % 900)}, step_id=f"{threading.get_ident()}-{number}")
        except StepLogError:
            job_id = store.job()


def test_beside_writers_and_with_its_grace_a_sweep_is_not_felt(store: Storage) -> None:
    jobs = [store.appended(5) for _ in range(2)]
    writers = [
        threading.Thread(target=lambda job_id=job_id, name=name: _append(store, job_id, name))
        for job_id in jobs
        for name in "ab"
    ]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        swept(store, hours=0)
    for writer in writers:
        writer.join()

    assert [len(store.log.read(job_id)) for job_id in jobs] == [85, 85]


def _append(store: Storage, job_id: str, name: str) -> None:
    log = StepLog(**store.where, limits=SMALL)
    for number in range(40):
        log.append(job_id, {"output": "z" * (number * 37 % 900)}, step_id=f"{name}-{number}")


def test_a_ulid_tells_its_time_and_other_names_tell_none() -> None:
    assert abs(time_of(new_id()) - later(0)) < timedelta(minutes=1)  # type: ignore[operator] # not None
    assert time_of("epoch-7") is None
    assert time_of("i" * 26) is None
