"""Migration brings every older form into today's, loses nothing, and can be stopped and run again."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conftest import Aws
from tests.steplog.storage import SMALL, Storage, older_states, quick_storage, states, steps

from leadmagnet.steplog import Limits, NotConfigured, StepsMissing
from leadmagnet.steplog.adoption import form_of
from leadmagnet.steplog.item import LogItem
from leadmagnet.steplog.keys import document_key
from leadmagnet.steplog.migrating import Migrated, MigrationReport, migrate


@pytest.fixture
def store(aws: Aws) -> Storage:
    return quick_storage(aws)


def migrated(store: Storage, *, dry_run: bool = False, **options: Any) -> MigrationReport:  # noqa: ANN401 (of migrate)
    return migrate(**store.where, limits=SMALL, dry_run=dry_run, **options)


def form(store: Storage, job_id: str) -> str:
    return form_of(LogItem(job_id, store.item(job_id)))


def test_every_older_form_becomes_todays_and_reads_the_same(store: Storage) -> None:
    jobs = dict(states(store))
    before = {name: store.log.read(job_id) for name, job_id in jobs.items()}
    done: dict[str, Migrated] = {}

    report = migrated(store, on_job=lambda job: done.__setitem__(job.job_id, job))

    assert {name: store.log.read(job_id) for name, job_id in jobs.items()} == before
    forms = {name: form(store, jobs[name]) for name in ("bare list", "fat bare list", "bare key", "list and key")}
    assert set(forms.values()) == {"inline", "offloaded"}
    assert forms["bare list"] == "inline"
    assert {name: done[jobs[name]].done for name in forms} == {
        "bare list": "counted",
        "fat bare list": "offloaded",
        "bare key": "indexed",
        "list and key": "list_dropped",
    }
    assert (report.jobs, report.done.total(), report.problems, len(done)) == (len(jobs), 4, [], 4)


def test_a_second_run_changes_nothing(store: Storage) -> None:
    jobs = dict(states(store))
    migrated(store)
    items, objects = {job_id: store.item(job_id) for job_id in jobs.values()}, store.versions()

    report = migrated(store)

    assert report.done.total() == 0
    assert {job_id: store.item(job_id) for job_id in jobs.values()} == items
    assert store.versions() == objects


def test_a_dry_run_says_the_same_and_changes_nothing(store: Storage) -> None:
    jobs = dict(states(store))
    items, objects = {job_id: store.item(job_id) for job_id in jobs.values()}, store.versions()

    planned = migrated(store, dry_run=True)

    assert {job_id: store.item(job_id) for job_id in jobs.values()} == items
    assert store.versions() == objects
    assert planned.done == migrated(store).done


def test_what_was_brought_over_can_be_appended_to_and_remembers_ids(store: Storage) -> None:
    jobs = dict(older_states(store))
    migrated(store)

    for job_id in jobs.values():
        count = len(store.log.read(job_id))
        assert store.log.append(job_id, {"new": 1}, step_id="new").index == count
        assert store.log.append(job_id, {"new": 1}, step_id="new").index == count
        assert store.log.summary(job_id).count == count + 1


def test_strings_that_were_numbers_stay_strings(store: Storage) -> None:
    job_id = dict(older_states(store))["bare list"]

    migrated(store)

    assert [step["cost"] for step in store.log.read(job_id)] == ["0.10"] * 3
    assert [step["step_order"] for step in store.log.read(job_id)] == [0, 1, 2]


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("attributes", [{}, {"execution_steps": {"L": [{"M": {"a": {"S": "b"}}}]}}])
def test_a_job_whose_object_is_missing_is_left_alone_and_reported(
    store: Storage, attributes: dict[str, Any], dry_run: bool
) -> None:
    job_id = store.job(**attributes)
    store.set_attribute(job_id, "execution_steps_s3_key", {"S": document_key(job_id)})
    before = store.item(job_id)

    report = migrated(store, dry_run=dry_run)

    assert store.item(job_id) == before
    assert [(each.job_id, each.done) for each in report.problems] == [(job_id, None)]
    assert document_key(job_id) in str(report.problems[0].problem)


@pytest.mark.parametrize(
    "steps_attribute", [{"S": "no list"}, {"L": [{"M": {"a": {"B": b"bytes"}}}]}], ids=["no list", "bytes"]
)
def test_steps_that_cannot_be_read_are_left_alone_and_reported(store: Storage, steps_attribute: dict[str, Any]) -> None:
    job_id = store.job(execution_steps=steps_attribute)
    before = store.item(job_id)

    report = migrated(store)

    assert store.item(job_id) == before
    assert [each.job_id for each in report.problems] == [job_id]


def test_a_log_that_older_systems_hold_near_400_kb_goes_to_s3_under_the_usual_limits(store: Storage) -> None:
    job_id = store.job(execution_steps={"L": [{"M": {"output": {"S": "x" * 39_000}}} for _ in range(10)]})
    before = store.log.read(job_id)

    migrate(**store.where, dry_run=False)

    assert form(store, job_id) == "offloaded"
    assert store.log.read(job_id) == before


def test_a_short_list_beside_large_attributes_of_others_goes_to_s3(store: Storage) -> None:
    few = {"L": [{"M": {"output": {"S": "x" * 12_000}}} for _ in range(2)]}
    job_id = store.job(report={"S": "x" * 360_000}, execution_steps=few)
    before = store.log.read(job_id)

    report = migrate(**store.where, dry_run=False)

    assert report.done == {"offloaded": 1}
    assert store.log.read(job_id) == before


def test_a_list_of_ours_goes_to_s3_with_its_ids_when_the_limits_were_lowered(store: Storage) -> None:
    job_id = store.appended(6)
    lower = Limits(inline_bytes=500)

    report = migrate(**store.where, limits=lower, dry_run=False)

    assert report.done == {"offloaded": 1}
    assert form(store, job_id) == "offloaded"
    assert store.log.append(job_id, steps(6)[2], step_id="step-2").index == 2


def test_a_list_beside_an_offloaded_log_of_ours_goes_and_the_tail_stays(store: Storage) -> None:
    job_id = store.with_tail(0, 4)
    before = store.log.read(job_id)
    store.set_attribute(job_id, "execution_steps", {"L": []})

    report = migrated(store)

    assert report.done == {"list_dropped": 1}
    assert store.log.read(job_id) == before
    assert "execution_steps" not in store.item(job_id)


class Stopped(Exception):
    """The process ended here."""


def test_a_migration_that_was_stopped_goes_on_from_its_last_page(
    store: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [job for _ in range(3) for _, job in older_states(store)]
    before = {job_id: store.log.read(job_id) for job_id in jobs}
    honest = store.aws.dynamodb.scan
    monkeypatch.setattr(store.aws.dynamodb, "scan", lambda **request: honest(**request, Limit=3))
    positions: list[str | None] = []

    def stop_after_two_pages(report: MigrationReport) -> None:
        positions.append(report.position)
        if len(positions) == 2:
            raise Stopped

    with pytest.raises(Stopped):
        migrated(store, on_progress=stop_after_two_pages)
    rest = migrated(store, position=positions[-1])

    assert rest.jobs == len(jobs) - 6
    assert (rest.done.total(), rest.position) == (len(jobs) - 6, None)
    assert {job_id: store.log.read(job_id) for job_id in jobs} == before
    assert migrated(store).done.total() == 0


def test_a_job_that_was_half_done_when_all_stopped_is_done_again(
    store: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [job_id for _, job_id in older_states(store)]
    before = {job_id: store.log.read(job_id) for job_id in jobs}

    def stop(**_: Any) -> Any:  # noqa: ANN401 (boto3's answer)
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(store.aws.dynamodb, "update_item", stop)
        with pytest.raises(Stopped):
            migrated(store)

    assert {job_id: store.log.read(job_id) for job_id in jobs} == before
    assert migrated(store).done.total() == 4
    assert {job_id: store.log.read(job_id) for job_id in jobs} == before


@pytest.mark.parametrize("position", ["nonsense", "bm9uc2Vuc2U="])
def test_a_position_that_is_none_is_refused(store: Storage, position: str) -> None:
    with pytest.raises(ValueError, match="no position"):
        migrated(store, position=position)


def test_a_position_of_another_table_is_refused(store: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        store.job()
    honest = store.aws.dynamodb.scan
    monkeypatch.setattr(store.aws.dynamodb, "scan", lambda **request: honest(**request, Limit=1))
    positions: list[str | None] = []
    migrated(store, on_progress=lambda report: positions.append(report.position))

    with pytest.raises(ValueError, match="belongs to the table"):
        migrate(**{**store.where, "table": "another"}, position=positions[0])


def test_a_bucket_that_is_not_there_ends_it(store: Storage) -> None:
    job_id = store.job(execution_steps={"L": [{"M": {"output": {"S": "y" * 5_000}}}]})
    before = store.item(job_id)

    with pytest.raises(NotConfigured, match="bucket"):
        migrate(**{**store.where, "bucket": "no-such-bucket"}, limits=SMALL, dry_run=False)

    assert store.item(job_id) == before


def test_one_job_can_be_brought_over_alone(store: Storage) -> None:
    job_id = dict(older_states(store))["bare key"]
    nothing_there = store.job(execution_steps_s3_key={"S": "jobs/x/execution_steps.json"})

    assert [store.log.adopt(job_id), store.log.adopt(job_id)] == ["indexed", None]
    with pytest.raises(StepsMissing):
        store.log.adopt(nothing_there)
