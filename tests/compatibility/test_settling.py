"""After `settle` the plainest old reader sees all of every record, and nothing else has changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.compatibility.kept_record import kept
from tests.compatibility.plain_reader import read_plainly
from tests.compatibility.release import BEFORE
from tests.conftest import Aws
from tests.steplog.storage import SMALL, Storage, quick_storage, steps

from leadmagnet.steplog import NotConfigured
from leadmagnet.steplog.keys import document_key
from leadmagnet.steplog.settle_report import Settled, SettleReport
from leadmagnet.steplog.settling import Waiting, settle

WITH_TAIL = next(record for record in kept(BEFORE) if record.state == "with steps in the tail")


@pytest.fixture
def store(aws: Aws) -> Storage:
    return quick_storage(aws)


def settled(store: Storage, **options: Any) -> SettleReport:  # noqa: ANN401 (of settle)
    return settle(**store.where, limits=SMALL, **options)


def plainly(store: Storage, job_id: str) -> Any:  # noqa: ANN401 (JSON)
    return read_plainly(store.aws, store.table, store.bucket, job_id)


def at_rest(store: Storage) -> dict[str, str]:
    """A job in every state that a log can be in, none of them in flight."""
    jobs = {record.state: record.put_back(store) for record in kept(BEFORE)}
    for job_id in jobs.values():
        store.set_attribute(job_id, "status", {"S": "completed"})
    return jobs


def with_tail(store: Storage, status: str) -> str:
    job_id = WITH_TAIL.put_back(store)
    store.set_attribute(job_id, "status", {"S": status})
    return job_id


class Clock:
    """Time that passes only while somebody waits; `meanwhile` is what happens then."""

    def __init__(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.now_s = 1_000.0
        self._meanwhile = meanwhile

    def pause(self, seconds: float) -> None:
        self.now_s += seconds
        self._meanwhile()

    @property
    def waiting(self) -> Waiting:
        return Waiting(now_s=lambda: self.now_s, pause=self.pause)


def test_the_plainest_reader_sees_all_of_every_record_afterwards(store: Storage) -> None:
    jobs = at_rest(store)
    whole = {name: store.log.read(job_id) for name, job_id in jobs.items()}
    short = {name for name, job_id in jobs.items() if plainly(store, job_id) != whole[name]}
    told: list[Settled] = []

    report = settled(store, on_job=told.append)

    assert short == {
        "with steps in the tail",
        "with chunks in the tail",
        "with steps and chunks in the tail",
        "with a manifest and pages of ids",
        "list and key",
    }
    assert {name: plainly(store, job_id) for name, job_id in jobs.items()} == whole
    assert {name: store.log.read(job_id) for name, job_id in jobs.items()} == whole
    assert {each.job_id for each in told} == {jobs[name] for name in short}
    assert (report.jobs, report.sealed, report.settled, report.in_flight_count) == (len(jobs), 5, True, 0)


def test_a_second_run_changes_nothing(store: Storage) -> None:
    jobs = at_rest(store)
    settled(store)
    items, objects = {job_id: store.item(job_id) for job_id in jobs.values()}, store.versions()

    report = settled(store)

    assert (report.sealed, report.settled) == (0, True)
    assert {job_id: store.item(job_id) for job_id in jobs.values()} == items
    assert store.versions() == objects


def test_a_dry_run_says_the_same_and_changes_nothing(store: Storage) -> None:
    jobs = at_rest(store)
    items, objects = {job_id: store.item(job_id) for job_id in jobs.values()}, store.versions()

    planned = settled(store, dry_run=True)

    assert {job_id: store.item(job_id) for job_id in jobs.values()} == items
    assert store.versions() == objects
    assert (planned.sealed, planned.jobs) == (settled(store).sealed, len(jobs))


def test_a_version_that_a_stopped_writer_left_on_top_is_covered(store: Storage) -> None:
    job_id = with_tail(store, "completed")
    store.log.seal(job_id)
    store.put(document_key(job_id), b'[{"never": "committed"}]')

    assert settled(store).sealed == 1
    assert plainly(store, job_id) == store.log.read(job_id)


def test_a_document_that_was_hidden_is_shown_again(store: Storage) -> None:
    job_id = with_tail(store, "completed")
    store.log.seal(job_id)
    store.hide(document_key(job_id))

    assert settled(store).sealed == 1
    assert plainly(store, job_id) == store.log.read(job_id)


def test_jobs_in_flight_are_counted_and_left(store: Storage) -> None:
    partial, whole = with_tail(store, "processing"), store.appended(2)
    before = store.item(partial)

    report = settled(store)

    assert store.item(partial) == before
    assert report.in_flight == {partial: True, whole: False}
    assert (report.in_flight_count, report.partial_count, report.settled) == (2, 1, False)


def test_jobs_in_flight_are_sealed_so_far_when_asked(store: Storage) -> None:
    job_id = with_tail(store, "processing")
    so_far = store.log.read(job_id)

    report = settled(store, in_flight="sealed")
    store.log.append(job_id, {"output": "later"}, step_id="later")

    assert (report.sealed_in_flight, report.in_flight_count, report.settled) == (1, 1, True)
    assert plainly(store, job_id) == so_far
    assert store.log.read(job_id) == [*so_far, {"output": "later"}]


def test_a_job_that_comes_to_rest_while_it_is_waited_for_is_sealed(store: Storage) -> None:
    job_id, other = with_tail(store, "processing"), store.appended(2)

    def end() -> None:
        store.log.append(job_id, {"output": "last"}, step_id="last")
        store.set_attribute(job_id, "status", {"S": "completed"})
        store.delete_item(other)

    report = settled(store, wait_s=60, waiting=Clock(end).waiting)

    assert plainly(store, job_id)[-1] == {"output": "last"}
    assert (report.sealed, report.in_flight_count, report.settled) == (1, 0, True)


@pytest.mark.parametrize(("in_flight", "sealed"), [("counted", 0), ("sealed", 1)])
def test_what_is_waited_for_in_vain_is_named_or_sealed_so_far(store: Storage, in_flight: str, sealed: int) -> None:
    job_id, clock = with_tail(store, "processing"), Clock()

    report = settled(store, wait_s=60, in_flight=in_flight, waiting=clock.waiting)

    assert clock.now_s == 1_060
    assert (list(report.in_flight), report.sealed_in_flight, report.settled) == ([job_id], sealed, bool(sealed))
    assert (plainly(store, job_id) == store.log.read(job_id)) is bool(sealed)


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_cannot_be_settled_is_named_and_the_others_are(store: Storage, dry_run: bool) -> None:
    good, pointless, gone = with_tail(store, "failed"), store.job(), with_tail(store, "completed")
    store.set_attribute(pointless, "execution_steps_s3_key", {"S": document_key(pointless)})
    store.delete(document_key(gone), store.item(gone)["execution_steps_s3_version"]["S"])
    before = store.item(gone)

    report = settled(store, dry_run=dry_run)

    assert set(report.problems) == {pointless, gone}
    assert document_key(gone) in report.problems[gone]
    assert (report.problems_count, report.sealed, report.settled) == (2, 1, False)
    assert store.item(gone) == before
    assert (plainly(store, good) == store.log.read(good)) is not dry_run


def test_a_problem_of_a_job_in_flight_counts_once(store: Storage) -> None:
    job_id = store.job(status={"S": "processing"}, execution_steps_s3_key={"S": "jobs/x/execution_steps.json"})

    report = settled(store, in_flight="sealed", wait_s=1, waiting=Clock().waiting)

    assert (report.problems_count, list(report.problems), report.in_flight_count) == (1, [job_id], 1)


class Stopped(Exception):
    """The process ended here."""


def test_a_settling_that_was_stopped_goes_on_and_remembers_who_was_in_flight(
    store: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_flight = [with_tail(store, "processing") for _ in range(2)]
    jobs = [with_tail(store, "completed") for _ in range(4)]
    honest = store.aws.dynamodb.scan
    monkeypatch.setattr(store.aws.dynamodb, "scan", lambda **request: honest(**request, Limit=1))
    seen: list[tuple[int, str | None]] = []

    def stop_when_one_is_in_flight(report: SettleReport) -> None:
        seen.append((report.jobs, report.position))
        if report.in_flight:
            raise Stopped

    with pytest.raises(Stopped):
        settled(store, on_progress=stop_when_one_is_in_flight)
    for job_id in in_flight:
        store.set_attribute(job_id, "status", {"S": "completed"})
    jobs_before, position = seen[-1]
    report = settled(store, position=position)

    assert (jobs_before + report.jobs, report.position) == (6, None)
    assert all(plainly(store, job_id) == store.log.read(job_id) for job_id in [*jobs, *in_flight])


@pytest.mark.parametrize("position", ["nonsense", "bm9uc2Vuc2U=", "e30="])
def test_a_position_that_is_none_is_refused(store: Storage, position: str) -> None:
    with pytest.raises(ValueError, match="no position"):
        settled(store, position=position)


def test_a_position_of_another_table_is_refused(store: Storage) -> None:
    with_tail(store, "completed")
    positions: list[str | None] = []
    settled(store, on_progress=lambda report: positions.append(report.position))

    with pytest.raises(ValueError, match="belongs to the table"):
        settle(**{**store.where, "table": "another"}, position=positions[0])


def test_a_bucket_that_is_not_there_ends_it(store: Storage) -> None:
    with_tail(store, "completed")

    with pytest.raises(NotConfigured, match="bucket"):
        settle(**{**store.where, "bucket": "no-such-bucket"}, limits=SMALL)


def test_sealing_ends_although_steps_keep_coming(store: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = with_tail(store, "processing")
    before, honest, coming = store.log.read(job_id), store.aws.s3.put_object, iter(steps(50, 10))
    busy: list[bool] = []

    def put_beside_an_append(**request: Any) -> Any:  # noqa: ANN401 (boto3's answer)
        if not busy:
            busy.append(True)
            store.log.append(job_id, step := next(coming), step_id=json.dumps(step))
            busy.clear()
        return honest(**request)

    monkeypatch.setattr(store.aws.s3, "put_object", put_beside_an_append)

    store.log.seal(job_id)

    assert plainly(store, job_id)[: len(before)] == before
