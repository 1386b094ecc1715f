"""Batches as Lambda hands them over: one bad message does not bring back the others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any, ClassVar

import pytest

from leadmagnet.domain.errors import LeaseHeld
from leadmagnet.domain.job import Job, JobStatus
from leadmagnet.worker.batch import VISIBILITY_S, BatchWorker

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass
class Clocked:
    """An invocation that has so many milliseconds left."""

    left_ms: int = 900_000

    def get_remaining_time_in_millis(self) -> int:
        return self.left_ms


@dataclass
class Sent:
    messages: list[tuple[str, int]] = field(default_factory=list)

    #: By the receipt of its delivery: the seconds for which a message was hidden, each time that somebody said it.
    hidden: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    @property
    def waits(self) -> dict[str, int]:
        """Seconds until a message comes again, of those of which more was said than that they are worked on."""
        return {receipt: said[-1] for receipt, said in self.hidden.items() if len(said) > 1}

    def send(self, job_id: str, *, delay_s: int = 0) -> None:
        self.messages.append((job_id, delay_s))

    def extend(self, receipt: str, *, seconds: int) -> None:
        self.hidden[receipt].append(seconds)


def event(*bodies: str) -> dict[str, Any]:
    records = [
        {
            "messageId": f"m{number}",
            "receiptHandle": f"r{number}",
            "body": body,
            "attributes": {},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:leadmagnet-jobs",
            "awsRegion": "us-east-1",
        }
        for number, body in enumerate(bodies)
    ]
    return {"Records": records}


def named(job_id: str) -> str:
    return json.dumps({"job_id": job_id})


def run(job_id: str, *, stop: Callable[[], bool]) -> Job:
    if job_id == "broken":
        raise ConnectionError("the store does not answer")
    if job_id == "owned":
        raise LeaseHeld("Another worker runs it.", until=NOW + timedelta(seconds=20))
    status = JobStatus.PROCESSING if stop() else JobStatus.COMPLETED
    return Job(id=job_id, tenant="t", workflow="w", workflow_version=1, submission={}, created_at=NOW, status=status)


def failures(answer: Any) -> list[str]:  # noqa: ANN401 (JSON)
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def test_only_the_messages_that_failed_come_again() -> None:
    sent = Sent()
    worker = BatchWorker(run=run, messages=sent, clock=lambda: NOW)

    answer = worker(event(named("a"), named("broken"), "poison", named("owned"), named("b")), Clocked())

    assert failures(answer) == ["m1", "m2", "m3"]
    assert sent.waits == {"r1": 30, "r2": 0, "r3": 21}
    assert sent.messages == []


def test_a_message_is_hidden_for_no_longer_than_a_minute_from_when_it_is_taken() -> None:
    sent = Sent()
    taken: list[list[int]] = []

    def dying(job_id: str, *, stop: Callable[[], bool]) -> Job:
        # What a function that dies here leaves behind.
        taken.append(list(sent.hidden["r0"]))
        return run(job_id, stop=stop)

    BatchWorker(run=dying, messages=sent, clock=lambda: NOW)(event(named("a")), Clocked())

    assert taken == [[60]]
    assert VISIBILITY_S == 60


def test_a_message_stays_hidden_while_its_job_runs_although_the_queue_did_not_answer_at_first(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Late(Sent):
        beaten: ClassVar[Event] = Event()

        def extend(self, receipt: str, *, seconds: int) -> None:
            super().extend(receipt, seconds=seconds)
            if len(self.hidden[receipt]) == 1:
                raise ConnectionError("no answer yet")
            self.beaten.set()

    def slow(job_id: str, *, stop: Callable[[], bool]) -> Job:
        assert sent.beaten.wait(60)
        return run(job_id, stop=stop)

    sent = Late()
    answer = BatchWorker(run=slow, messages=sent, clock=lambda: NOW, beat_s=0.001)(event(named("a")), Clocked())

    assert failures(answer) == []
    assert set(sent.hidden["r0"]) == {60}
    assert [line.__dict__["event"] for line in caplog.records] == ["delivery_not_extended"]


def test_a_message_of_no_queue_is_run_and_nothing_is_said_of_it_to_one() -> None:
    # As the check of a deployment hands them over.
    sent, batch = Sent(), event(named("a"), "poison")
    for record in batch["Records"]:
        record["receiptHandle"] = ""

    answer = BatchWorker(run=run, messages=sent, clock=lambda: NOW)(batch, Clocked())

    assert (failures(answer), sent.hidden) == (["m1"], {})


def test_a_batch_in_which_everything_failed_is_answered_and_not_raised() -> None:
    worker = BatchWorker(run=run, messages=Sent(), clock=lambda: NOW)

    assert failures(worker(event("poison", named("broken")), Clocked())) == ["m0", "m1"]


def test_a_job_that_does_not_fit_into_the_time_left_is_handed_on() -> None:
    sent = Sent()
    worker = BatchWorker(run=run, messages=sent, clock=lambda: NOW)

    answer = worker(event(named("long")), Clocked(left_ms=120_000))

    assert (failures(answer), sent.messages) == ([], [("long", 0)])


def test_a_message_that_fails_is_logged_once_with_why(caplog: pytest.LogCaptureFixture) -> None:
    worker = BatchWorker(run=run, messages=Sent(), clock=lambda: NOW)

    worker(event(named("a"), named("broken")), Clocked())

    [line] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert line.__dict__["event"] == "delivery_failed"
    assert line.exc_info is not None
    assert line.exc_info[0] is ConnectionError


@pytest.mark.parametrize(("deliveries", "wait_s"), [("1", 30), ("2", 60), ("5", 480), ("6", 900), ("9999", 900)])
def test_a_message_that_fails_comes_again_soon_and_later_each_time(deliveries: str, wait_s: int) -> None:
    sent, batch = Sent(), event(named("broken"))
    batch["Records"][0]["attributes"]["ApproximateReceiveCount"] = deliveries

    BatchWorker(run=run, messages=sent, clock=lambda: NOW)(batch, Clocked())

    assert sent.waits == {"r0": wait_s}


def test_a_message_that_nobody_can_act_on_is_on_its_way_to_the_dead_letters_at_once() -> None:
    sent = Sent()

    BatchWorker(run=run, messages=sent, clock=lambda: NOW)(event("poison", named("a")), Clocked())

    assert sent.waits == {"r0": 0}


def test_a_queue_that_does_not_answer_changes_nothing_of_what_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    class Silent(Sent):
        def extend(self, receipt: str, *, seconds: int) -> None:
            raise ConnectionError(f"no answer for {receipt} {seconds}")

    answer = BatchWorker(run=run, messages=Silent(), clock=lambda: NOW)(event(named("broken"), "poison"), Clocked())

    assert failures(answer) == ["m0", "m1"]
    # When they are taken, and when they are given back.
    assert [line.levelname for line in caplog.records].count("WARNING") == 4


def test_the_functions_entry_runs_a_batch_with_the_settings_of_its_environment() -> None:
    program = (
        "import json\n"
        "from leadmagnet.entry.lambda_worker import handler\n"
        "class Context:\n"
        "    aws_request_id = 'r1'\n"
        "    def get_remaining_time_in_millis(self): return 900_000\n"
        f"print(json.dumps(handler({event('poison')!r}, Context())))\n"
    )
    env = {"ARTIFACTS_BUCKET": "b", "JOBS_QUEUE_URL": "http://127.0.0.1:9/q", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}

    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    lines = list(map(json.loads, done.stdout.splitlines()))
    [refused] = [line for line in lines if line.get("event") == "message_refused"]
    answer = lines[-1]
    assert failures(answer) == ["m0"]
    assert (refused["event"], refused["function_request_id"]) == ("message_refused", "r1")
