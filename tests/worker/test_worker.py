from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Condition, Event

import pytest

from leadmagnet.domain.errors import JobNotFound, LeaseHeld, LeaseLost
from leadmagnet.domain.job import Job, JobStatus
from leadmagnet.worker import Pace, PoisonMessage, RunJob, Worker, job_id_of
from leadmagnet.worker.handling import MOST_EXECUTIONS
from leadmagnet.worker.waits import MOST_DELIVERIES

#: Long beats and rests: what must not happen by time alone does not happen in a test.
PACE = Pace(threads=1, wait_s=0, visibility_s=3_600, rest_s=0.001)


@dataclass(frozen=True)
class Message:
    body: str
    receipt: str
    deliveries: int = 1


@dataclass
class FakeDeliveries:
    """A queue in memory; a message that is not settled stays hidden."""

    waiting: list[Message]
    acked: list[str] = field(default_factory=list)
    extended: list[tuple[str, int]] = field(default_factory=list)
    sent: list[tuple[str, int]] = field(default_factory=list)
    failures: int = 0
    received: int = 0
    changed: Condition = field(default_factory=Condition)

    def receive(self, *, limit: int, wait_s: int) -> Sequence[Message]:
        del wait_s
        with self.changed:
            self.received += 1
            self.changed.notify_all()
            if self.failures:
                self.failures -= 1
                raise ConnectionError("the queue does not answer")
            if not self.waiting:
                # An empty queue is waited on, as a long poll does, but briefly.
                self.changed.wait(0.01)
            taken, self.waiting = self.waiting[:limit], self.waiting[limit:]
            return taken

    def ack(self, receipt: str) -> None:
        with self.changed:
            self.acked.append(receipt)
            self.changed.notify_all()

    def extend(self, receipt: str, *, seconds: int) -> None:
        with self.changed:
            self.extended.append((receipt, seconds))
            self.changed.notify_all()

    def send(self, job_id: str, *, delay_s: int = 0) -> None:
        with self.changed:
            self.sent.append((job_id, delay_s))
            self.changed.notify_all()

    def until(self, reached: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(reached, timeout=60)


def message(job_id: str, *, deliveries: int = 1) -> Message:
    return Message(body=json.dumps({"job_id": job_id}), receipt=f"receipt-{job_id}", deliveries=deliveries)


def job(job_id: str, status: JobStatus = JobStatus.COMPLETED) -> Job:
    return Job(id=job_id, tenant="t", workflow="w", workflow_version=1, submission={}, created_at=now(), status=status)


def now() -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC)


def completed(job_id: str, *, stop: Callable[[], bool]) -> Job:
    del stop
    return job(job_id)


@contextmanager
def working(worker: Worker) -> Iterator[None]:
    worker.start()
    try:
        yield
    finally:
        assert worker.stop(timeout_s=60)


def test_a_message_names_its_job() -> None:
    assert job_id_of('{"job_id": "01J-abc_9"}') == "01J-abc_9"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no json",
        "[]",
        '"x"',
        "{}",
        '{"job_id": 5}',
        '{"job_id": ""}',
        '{"job_id": null}',
        '{"job_id": "a/b"}',
        '{"job_id": "a\\nb"}',
        '{"job_id": "' + "x" * 200 + '"}',
        "[" * 100_000,
    ],
)
def test_a_message_that_names_no_job_is_poison(body: str) -> None:
    with pytest.raises(PoisonMessage):
        job_id_of(body)


@pytest.mark.parametrize("status", [JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED])
def test_a_message_whose_job_came_to_rest_is_acknowledged(status: JobStatus) -> None:
    deliveries = FakeDeliveries([message("a"), message("b")])

    with working(Worker(deliveries=deliveries, run=lambda job_id, *, stop: job(job_id, status), clock=now, pace=PACE)):  # noqa: ARG005
        deliveries.until(lambda: len(deliveries.acked) == 2)

    assert deliveries.acked == ["receipt-a", "receipt-b"]
    assert deliveries.extended == []


def test_poison_is_left_for_the_dead_letter_queue_and_the_next_message_is_taken(
    caplog: pytest.LogCaptureFixture,
) -> None:
    deliveries = FakeDeliveries([Message(body="secret poison", receipt="r0"), message("a")])

    with caplog.at_level(logging.ERROR), working(Worker(deliveries=deliveries, run=completed, clock=now, pace=PACE)):
        deliveries.until(lambda: bool(deliveries.acked))

    assert deliveries.acked == ["receipt-a"]
    (record,) = caplog.records
    assert (record.getMessage(), record.__dict__["event"]) == ("Message refused", "message_refused")
    assert "secret" not in caplog.text


def test_a_message_of_an_unknown_job_is_left_too(caplog: pytest.LogCaptureFixture) -> None:
    deliveries = FakeDeliveries([message("gone"), message("a")])

    def run(job_id: str, *, stop: Callable[[], bool]) -> Job:
        if job_id == "gone":
            raise JobNotFound("There is no such job.")
        return completed(job_id, stop=stop)

    with caplog.at_level(logging.ERROR), working(Worker(deliveries=deliveries, run=run, clock=now, pace=PACE)):
        deliveries.until(lambda: bool(deliveries.acked))

    assert deliveries.acked == ["receipt-a"]
    assert [(record.__dict__["event"], record.__dict__["code"]) for record in caplog.records] == [
        ("message_refused", "job_not_found")
    ]


def test_a_run_that_breaks_leaves_its_message_and_the_worker_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    deliveries = FakeDeliveries([message("bad"), message("a")])

    def run(job_id: str, *, stop: Callable[[], bool]) -> Job:
        if job_id == "bad":
            raise ConnectionError("the store does not answer")
        return completed(job_id, stop=stop)

    with caplog.at_level(logging.ERROR), working(Worker(deliveries=deliveries, run=run, clock=now, pace=PACE)):
        deliveries.until(lambda: bool(deliveries.acked))

    assert deliveries.acked == ["receipt-a"]
    assert [record.__dict__["event"] for record in caplog.records] == ["delivery_failed"]


def test_a_queue_that_does_not_answer_is_asked_again() -> None:
    deliveries = FakeDeliveries([message("a")], failures=3)

    with working(Worker(deliveries=deliveries, run=completed, clock=now, pace=PACE)):
        deliveries.until(lambda: bool(deliveries.acked))

    assert deliveries.received >= 4


def test_a_stopped_worker_hands_its_job_back_at_once() -> None:
    deliveries = FakeDeliveries([message("long")])
    running, told_to_stop = Event(), Event()

    def run(job_id: str, *, stop: Callable[[], bool]) -> Job:
        running.set()
        # As the engine does between two steps.
        assert told_to_stop.wait(60)
        assert stop()
        return job(job_id, JobStatus.PROCESSING)

    worker = Worker(deliveries=deliveries, run=run, clock=now, pace=PACE)
    worker.start()
    assert running.wait(60)

    # The first stop does not wait; after it the run looks whether it should go on.
    assert not worker.stop(timeout_s=0)
    told_to_stop.set()
    assert worker.stop(timeout_s=60)
    # A new message, whose deliveries count from one: a job of many hand-overs must not end as a dead letter.
    assert (deliveries.sent, deliveries.acked) == ([("long", 0)], ["receipt-long"])


def held_for(left_s: int) -> RunJob:
    """A run of a job that another worker has for so long."""

    def run(job_id: str, *, stop: Callable[[], bool]) -> Job:
        del stop
        raise LeaseHeld("Another worker runs it.", until=now() + timedelta(seconds=left_s), job_id=job_id)

    return run


@pytest.mark.parametrize(
    ("deliveries_before", "left_s", "delay_s"),
    [(0, 20, 21), (0, 5_000, 900), (0, -3, 0), (1, 20, 21), (2, 20, 60), (2, 100, 101), (3, 20, 120)],
)
def test_the_message_of_a_job_that_another_worker_runs_comes_again_when_that_lease_ends_and_later_each_time(
    deliveries_before: int, left_s: int, delay_s: int
) -> None:
    deliveries = FakeDeliveries([message("busy", deliveries=deliveries_before + 1)])

    with working(Worker(deliveries=deliveries, run=held_for(left_s), clock=now, pace=PACE)):
        deliveries.until(lambda: bool(deliveries.extended))

    assert deliveries.extended == [("receipt-busy", delay_s)]
    # No message takes the place of another, so there are never more of them.
    assert (deliveries.sent, deliveries.acked) == ([], [])


def test_a_message_that_waits_for_another_worker_to_the_last_delivery_is_sent_anew_and_no_dead_letter() -> None:
    deliveries = FakeDeliveries([message("busy", deliveries=MOST_DELIVERIES)])

    with working(Worker(deliveries=deliveries, run=held_for(20), clock=now, pace=PACE)):
        deliveries.until(lambda: bool(deliveries.acked))

    assert (deliveries.sent, deliveries.acked) == ([("busy", 240)], ["receipt-busy"])


def test_a_job_that_was_taken_very_often_is_handed_on_by_messages_that_are_counted() -> None:
    deliveries = FakeDeliveries([message("endless")])

    def run(job_id: str, *, stop: Callable[[], bool]) -> Job:
        del stop
        return replace(job(job_id, JobStatus.PROCESSING), executions=MOST_EXECUTIONS)

    with working(Worker(deliveries=deliveries, run=run, clock=now, pace=PACE)):
        deliveries.until(lambda: bool(deliveries.extended))

    assert (deliveries.sent, deliveries.acked) == ([], [])


def test_the_message_of_a_job_that_was_lost_to_another_worker_comes_again() -> None:
    deliveries = FakeDeliveries([message("lost", deliveries=2)])

    def run(job_id: str, *, stop: Callable[[], bool]) -> Job:
        del stop
        raise LeaseLost("The job is another worker's.", job_id=job_id)

    with working(Worker(deliveries=deliveries, run=run, clock=now, pace=PACE)):
        deliveries.until(lambda: bool(deliveries.extended))

    assert (deliveries.extended, deliveries.sent, deliveries.acked) == ([("receipt-lost", 60)], [], [])


def test_a_worker_that_was_stopped_takes_nothing_more() -> None:
    deliveries = FakeDeliveries([])
    worker = Worker(deliveries=deliveries, run=completed, clock=now, pace=PACE)
    worker.start()
    deliveries.until(lambda: deliveries.received > 0)
    assert worker.stop(timeout_s=60)

    deliveries.waiting.append(message("late"))

    assert deliveries.acked == []
    assert [each.receipt for each in deliveries.waiting] == ["receipt-late"]


def test_a_step_that_does_not_end_does_not_hold_up_a_stop_with_a_limit() -> None:
    deliveries = FakeDeliveries([message("stuck")])
    running, release = Event(), Event()

    def run(job_id: str, *, stop: Callable[[], bool]) -> Job:
        del stop
        running.set()
        assert release.wait(60)
        return job(job_id)

    worker = Worker(deliveries=deliveries, run=run, clock=now, pace=PACE)
    worker.start()
    assert running.wait(60)

    assert not worker.stop(timeout_s=0.01)
    release.set()
    assert worker.stop(timeout_s=60)


def test_a_message_stays_ours_while_its_job_runs() -> None:
    deliveries = FakeDeliveries([message("slow")])

    def run(job_id: str, *, stop: Callable[[], bool]) -> Job:
        del stop
        deliveries.until(lambda: len(deliveries.extended) >= 3)
        return job(job_id)

    pace = Pace(threads=1, wait_s=0, visibility_s=1, rest_s=0.001, beats_per_visibility=150)
    with working(Worker(deliveries=deliveries, run=run, clock=now, pace=pace)):
        deliveries.until(lambda: bool(deliveries.acked))

    assert set(deliveries.extended) == {("receipt-slow", 1)}
    # Nothing is extended after the message was acknowledged.
    assert deliveries.acked == ["receipt-slow"]


def test_a_missed_beat_does_not_end_the_job(caplog: pytest.LogCaptureFixture) -> None:
    class Deaf(FakeDeliveries):
        def extend(self, receipt: str, *, seconds: int) -> None:
            super().extend(receipt, seconds=seconds)
            raise ConnectionError("the queue does not answer")

    deliveries = Deaf([message("slow")])

    def run(job_id: str, *, stop: Callable[[], bool]) -> Job:
        del stop
        deliveries.until(lambda: len(deliveries.extended) >= 2)
        return job(job_id)

    pace = Pace(threads=1, wait_s=0, visibility_s=1, rest_s=0.001, beats_per_visibility=150)
    with caplog.at_level(logging.WARNING), working(Worker(deliveries=deliveries, run=run, clock=now, pace=pace)):
        deliveries.until(lambda: bool(deliveries.acked))

    assert {record.__dict__["event"] for record in caplog.records} == {"delivery_not_extended"}


def test_several_threads_run_several_jobs_at_the_same_time() -> None:
    deliveries = FakeDeliveries([message("a"), message("b")])
    both = {"a": Event(), "b": Event()}

    def run(job_id: str, *, stop: Callable[[], bool]) -> Job:
        del stop
        both[job_id].set()
        assert all(event.wait(60) for event in both.values())
        return job(job_id)

    pace = Pace(threads=2, wait_s=0, visibility_s=3_600, rest_s=0.001)
    with working(Worker(deliveries=deliveries, run=run, clock=now, pace=pace)):
        deliveries.until(lambda: len(deliveries.acked) == 2)
