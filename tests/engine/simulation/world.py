"""Stores and a queue that reorder, lose, repeat, delay and refuse, and processes that die: as the seed says."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError
from tests.engine.simulation.life import Life, Sender
from tests.engine.simulation.sqs import MemoryQueue, Message
from tests.engine.simulation.timed import TimedScheduler
from tests.engine.simulation.watch import Watch
from tests.steplog.simulation.answers import code_of, no_answer, refusal
from tests.steplog.simulation.dynamodb import MemoryTable
from tests.steplog.simulation.history import History
from tests.steplog.simulation.s3 import MemoryBucket
from tests.steplog.simulation.scheduler import Actor
from tests.steplog.simulation.truth import Violation
from tests.steplog.simulation.world import Client, Killed

TABLE, BUCKET, QUEUE = "jobs", "bucket", "queue"
START = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
#: A schedule that sends more is going round in circles.
_MOST_REQUESTS = 6_000
#: From then on nothing goes wrong any more.
CALM_AT_S = 900.0
_DYNAMODB = ("get_item", "update_item", "put_item", "scan")
_S3 = ("get_object", "put_object", "delete_object", "copy_object", "get_bucket_versioning")
_SQS = ("send_message", "receive_message", "delete_message", "change_message_visibility")
_READS = ("get_item", "get_object", "scan", "get_bucket_versioning")
_READ_FAULTS = ("refused", "killed before", "stalled")
_WRITE_FAULTS = (
    "refused", "killed before", "stalled", "killed after", "answer lost", "takes effect later", "tried twice",
    "first try comes later",
)  # fmt: skip
_STALLS_S = (1.0, 5.0, 12.0, 40.0, 200.0)
_JUMPS_S = (-300.0, -20.0, 0.0, 5.0, 20.0, 300.0)


class World:
    """Everything that the processes of one schedule share."""

    def __init__(
        self, rng: random.Random, scheduler: TimedScheduler, queue: MemoryQueue, *, fault_rate: float, faults: int
    ) -> None:
        self.rng = rng
        self.scheduler = scheduler
        self.queue = queue
        self.table = MemoryTable(TABLE)
        self.bucket = MemoryBucket(BUCKET, part_bytes=5 * 1024 * 1024)
        self.history = History()
        self.watch = Watch()
        self.dynamodb = _DynamoDB(self)
        self.s3 = _client(self, _S3)
        self.sqs = _client(self, _SQS)
        self._fault_rate = fault_rate
        self._faults_left = faults
        #: How much has gone wrong by now, deaths included.
        self.gone_wrong = 0
        self._requests = 0
        self._late: list[Callable[[], None]] = []
        self._lives: dict[Actor, Life] = {}
        self._faults: Mapping[str, Callable[[str, Mapping[str, Any], Sender], Any]] = {
            "refused": self._refused,
            "killed before": self._killed_before,
            "killed after": self._killed_after,
            "stalled": self._stalled,
            "answer lost": self._lost,
            "takes effect later": self._later,
            "tried twice": self._tried_twice,
            "first try comes later": self._first_try_later,
        }

    @property
    def now_s(self) -> float:
        """Seconds since the schedule began."""
        return self.scheduler.now_s

    def join(self, actor: Actor, life: Life) -> None:
        """From now on `actor` is a thread of that process."""
        self._lives[actor] = life
        life.members.append(actor)

    def life(self) -> Life:
        """The process of whoever runs."""
        if self.scheduler.running is None:
            raise RuntimeError("nobody runs")
        return self._lives[self.scheduler.running]

    def clock_of(self, life: Life) -> Callable[[], datetime]:
        """The time of day as that process knows it: its clock is set forwards and backwards."""

        def clock() -> datetime:
            if life.mortal and self.goes_wrong(0.2):
                life.skew_s = self.rng.choice(_JUMPS_S)
                self.remark("clock", f"is off by {life.skew_s:g} s")
            return START + timedelta(seconds=self.now_s + life.skew_s)

        return clock

    def remark(self, text: str, outcome: object = "") -> None:
        """Keep a line in the history."""
        self.history.note(self._name(), text, {}, outcome)

    def goes_wrong(self, share: float = 1.0) -> bool:
        """Whether something goes wrong here, of which `share` of all that could is to be seen."""
        if self._faults_left <= 0 or self.rng.random() >= self._fault_rate * share:
            return False
        self._faults_left -= 1
        self.gone_wrong += 1
        return True

    def calm(self) -> None:
        """Nothing goes wrong from now on; what is under way arrives, and clocks are set right."""
        self._faults_left = 0
        while self._late:
            self._land()
        for life in self._lives.values():
            life.skew_s = 0.0

    def kill(self, life: Life) -> None:
        """The process is gone, and with it all its threads wherever they are."""
        life.dead = True
        self.gone_wrong += 1
        for member in life.members:
            self.scheduler.wake(member)

    def pause(self) -> None:
        """Others may go first; Killed if the process of whoever runs is gone then."""
        self.scheduler.boundary()
        self._require_life()

    def sleep(self, seconds: float) -> None:
        """Time passes; Killed if the process is gone then."""
        self._require_life()
        self.scheduler.sleep(seconds)
        self._require_life()

    def _require_life(self) -> None:
        if self.life().dead:
            raise Killed

    def request(self, call: str, **request: Any) -> Any:  # noqa: ANN401
        """One request of whoever runs: others may go first, and it may go wrong."""
        if self.scheduler.running is None:
            return self._effect(call, request, Sender(name="world", owner=None, recording=None), "")
        self._require_life()
        self._requests += 1
        if self._requests > _MOST_REQUESTS:
            raise Violation("the schedule does not come to an end")
        life = self.life()
        sender = Sender(
            name=self._name(),
            owner=life.owner,
            recording=life.recording if self.scheduler.running is life.main else None,
        )
        self.pause()
        if self._late and self.rng.random() < 0.2:
            self._land()
        if call == "receive_message":
            self._wait_for_a_message(request)
        if not life.mortal or not self.goes_wrong():
            return self._effect(call, request, sender, "")
        choices = _READ_FAULTS if call in _READS else _WRITE_FAULTS
        fault = choices[int(self.rng.random() * len(choices))]
        return self._faults[fault](call, request, sender)

    def _wait_for_a_message(self, request: Mapping[str, Any]) -> None:
        wait_s = self.queue.next_visible_s()
        longest = float(request["WaitTimeSeconds"])
        # Time passes with every delivery: a message that is sent again and again does not stop it.
        self.sleep(longest if wait_s is None else min(longest, max(wait_s, 0.01)))

    def _effect(self, call: str, request: Mapping[str, Any], sender: Sender, fault: str) -> Any:  # noqa: ANN401
        store: Any = self.table if call in _DYNAMODB else self.queue if call in _SQS else self.bucket
        shown = call if not fault else f"{call} ({fault})"
        before = self.table.peek(request["Key"]["job_id"]["S"]) if call == "update_item" else None
        gone = self.queue.named(request["ReceiptHandle"]) if call == "delete_message" else None
        try:
            answer = getattr(store, call)(**request)
        except ClientError as error:
            self.history.note(sender.name, shown, request, error)
            if code_of(error) == "ValidationException":
                raise Violation(f"the store does not understand the request: {error}") from None
            raise
        self.history.note(sender.name, shown, request, answer if call not in _SQS else _told(request, answer))
        if call == "delete_message":
            self._acknowledged(gone)
        if before is not None:
            after = self.table.peek(request["Key"]["job_id"]["S"])
            self.watch.wrote(before, after or {}, sender, request["ExpressionAttributeValues"])
        return answer

    def _acknowledged(self, gone: Message | None) -> None:
        if gone is not None:
            others = [message.body for message in (*self.queue.messages.values(), *self.queue.dead.values())]
            self.watch.acknowledged(gone.body, self.table.peek(json.loads(gone.body)["job_id"]) or {}, others)

    def _land(self) -> None:
        self._late.pop(int(self.rng.random() * len(self._late)))()

    def _send_later(self, call: str, request: Mapping[str, Any], sender: Sender) -> None:
        def arrive() -> None:
            self._effect_unseen(call, request, sender, "arrives late")

        self._late.append(arrive)

    def _refused(self, call: str, request: Mapping[str, Any], sender: Sender) -> None:
        self.history.note(sender.name, call, request, "REFUSED")
        raise refusal(call, "InternalServerError", "Try again later", status=500)

    def _stalled(self, call: str, request: Mapping[str, Any], sender: Sender) -> Any:  # noqa: ANN401
        seconds = self.rng.choice(_STALLS_S)
        self.history.note(sender.name, f"{call} stalls", request, f"for {seconds:g} s")
        self.sleep(seconds)
        return self._effect(call, request, sender, "after a stall")

    def _killed_before(self, call: str, request: Mapping[str, Any], sender: Sender) -> None:
        self.history.note(sender.name, f"{call} not sent", request, "KILLED")
        self.kill(self.life())
        raise Killed

    def _killed_after(self, call: str, request: Mapping[str, Any], sender: Sender) -> None:
        self._effect_unseen(call, request, sender, "KILLED after")
        self.kill(self.life())
        raise Killed

    def _lost(self, call: str, request: Mapping[str, Any], sender: Sender) -> None:
        self._effect_unseen(call, request, sender, "answer lost")
        raise no_answer()

    def _later(self, call: str, request: Mapping[str, Any], sender: Sender) -> None:
        self._send_later(call, request, sender)
        self.history.note(sender.name, f"{call} under way", request, "no answer")
        raise no_answer()

    def _tried_twice(self, call: str, request: Mapping[str, Any], sender: Sender) -> Any:  # noqa: ANN401
        self._effect_unseen(call, request, sender, "first try")
        return self._second_try(call, request, sender)

    def _first_try_later(self, call: str, request: Mapping[str, Any], sender: Sender) -> Any:  # noqa: ANN401
        self._send_later(call, request, sender)
        return self._second_try(call, request, sender)

    def _second_try(self, call: str, request: Mapping[str, Any], sender: Sender) -> Any:  # noqa: ANN401
        """The same request again, as botocore sends it when the first got no answer."""
        self.pause()
        try:
            answer = self._effect(call, request, sender, "second try")
        except ClientError as error:
            error.response["ResponseMetadata"]["RetryAttempts"] = 1
            raise
        answer.setdefault("ResponseMetadata", {})["RetryAttempts"] = 1
        return answer

    def _effect_unseen(self, call: str, request: Mapping[str, Any], sender: Sender, fault: str) -> None:
        try:
            self._effect(call, request, sender, fault)
        except ClientError as error:
            # The refusal takes the place of the effect; whoever sent the request does not get to see it.
            self.remark(f"{call} ({fault})", code_of(error))

    def _name(self) -> str:
        return "world" if self.scheduler.running is None else self.scheduler.running.name


def _client(world: World, calls: tuple[str, ...]) -> Any:  # noqa: ANN401 (a boto3 client, as far as ours use one)
    client: Any = Client.__new__(Client)
    for call in calls:
        setattr(client, call, _sending(world, call))
    return client


def _sending(world: World, call: str) -> Callable[..., Any]:
    return lambda **request: world.request(call, **request)


class _DynamoDB:
    """A boto3 client of DynamoDB, as far as ours use one."""

    def __init__(self, world: World) -> None:
        self.get_item = _sending(world, "get_item")
        self.update_item = _sending(world, "update_item")
        self.put_item = _sending(world, "put_item")
        self.scan = _sending(world, "scan")


def _told(request: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    asked = {name: value for name, value in request.items() if name in ("MessageBody", "DelaySeconds", "ReceiptHandle")}
    got = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    return f"{asked or ''} {got}".strip()
