"""The stores behind clients that reorder, lose, repeat, delay and refuse, as the seed says."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

from botocore.exceptions import ClientError
from tests.steplog.simulation.answers import code_of, no_answer, refusal
from tests.steplog.simulation.dynamodb import MemoryTable
from tests.steplog.simulation.history import History
from tests.steplog.simulation.s3 import MemoryBucket
from tests.steplog.simulation.scheduler import Actor, Scheduler
from tests.steplog.simulation.truth import Operation, Truth, Violation

JOB, TABLE, BUCKET = "job", "jobs", "bucket"
#: A schedule that sends more is going round in circles.
_MOST_REQUESTS = 4000

_DYNAMODB = ("get_item", "update_item")
_S3 = (
    "get_object", "put_object", "delete_object", "get_bucket_versioning", "create_multipart_upload", "upload_part",
    "upload_part_copy", "complete_multipart_upload", "abort_multipart_upload",
)  # fmt: skip
_REMOVED = re.compile(r"\[(\d+)\]")
_READS = ("get_item", "get_object", "get_bucket_versioning")


class Killed(BaseException):
    """The process that sent the request is gone."""


class World:
    """Everything that one schedule has: stores, clients, faults, the truth and the history."""

    def __init__(
        self, rng: random.Random, scheduler: Scheduler, *, part_bytes: int, fault_rate: float, faults: int
    ) -> None:
        self._rng = rng
        self._scheduler = scheduler
        self._fault_rate = fault_rate
        self._faults_left = faults
        self._requests = 0
        self._late: list[Callable[[], None]] = []
        self._operations: dict[Actor | None, Operation] = {None: Operation("setup")}
        self.table = MemoryTable(TABLE)
        self.bucket = MemoryBucket(BUCKET, part_bytes=part_bytes)
        self.truth = Truth(self.table, self.bucket, JOB)
        self.history = History()
        self.dynamodb = Client(self, _DYNAMODB)
        self.s3 = Client(self, _S3)
        self.size_refusals = 0
        self._faults: Mapping[str, Callable[[str, Mapping[str, Any], Operation], Any]] = {
            "killed before": self._killed_before,
            "killed after": self._killed_after,
            "answer lost": self._lost,
            "takes effect later": self._later,
            "tried twice": self._tried_twice,
            "first try comes later": self._first_try_later,
            "first try refused": self._first_try_refused,
            "refused": self._refused,
        }

    def begin(self, operation: Operation) -> Operation:
        """From now on the requests of whoever runs belong to `operation`."""
        operation.begin = self.truth.begin()
        self._operations[self._scheduler.running] = operation
        return operation

    def remark(self, text: str, outcome: object = "") -> None:
        """Keep a line in the history."""
        self.history.note(self._name(), text, {}, outcome)

    def close(self) -> None:
        """Let go of what refers back to us: then everything goes at once, and no collector has to find it."""
        self._faults, self._operations = {}, {}
        self.dynamodb.__dict__.clear()
        self.s3.__dict__.clear()

    def settle(self) -> None:
        """Let everything that is still under way arrive, and no more faults happen."""
        self._faults_left = 0
        self._scheduler.running = None
        while self._late:
            self._land(int(self._rng.random() * len(self._late)))

    def request(self, call: str, **request: Any) -> Any:  # noqa: ANN401
        """One request of whoever runs: others may go first, and it may go wrong."""
        actor = self._scheduler.running
        operation = self._operations[actor]
        if actor is None:
            return self._effect(call, request, operation, "")
        self._requests += 1
        if self._requests > _MOST_REQUESTS:
            raise Violation("the schedule does not come to an end")
        self._scheduler.boundary()
        if self._late and self._rng.random() < 0.2:
            self._land(int(self._rng.random() * len(self._late)))
        fault = self._drawn_fault(call, operation)
        if fault is None:
            return self._effect(call, request, operation, "")
        self._faults_left -= 1
        operation.faults += 1
        if fault == "breaks off":
            answer = self._effect(call, request, operation, fault)
            answer["Body"] = _TornBody(answer["Body"].read())
            return answer
        return self._faults[fault](call, request, operation)

    def _drawn_fault(self, call: str, operation: Operation) -> str | None:
        if self._faults_left <= 0 or operation.kind == "outside" or self._rng.random() >= self._fault_rate:
            return None
        if call in _READS:
            choices = ["refused", "first try refused"]
            if operation.kind != "read":
                choices.append("killed before")
            if call == "get_object":
                choices.append("breaks off")
        else:
            choices = list(self._faults)
        return choices[int(self._rng.random() * len(choices))]

    def _effect(self, call: str, request: Mapping[str, Any], operation: Operation, fault: str) -> Any:  # noqa: ANN401
        if call == "update_item":
            _require_descending(request["UpdateExpression"])
        store: Any = self.table if call in _DYNAMODB else self.bucket
        try:
            answer = getattr(store, call)(**request)
        except ClientError as error:
            self.history.note(self._name(), call, request, f"{error} {fault}")
            self._check_refusal(error, operation)
            raise
        self.history.note(self._name(), call if not fault else f"{call} ({fault})", request, answer)
        if call == "update_item":
            self.truth.look(operation)
        elif call == "delete_object":
            self.truth.deleted(request["Key"], request.get("VersionId"))
        return answer

    def _check_refusal(self, error: ClientError, operation: Operation) -> None:
        if code_of(error) == "EntityTooSmall":
            raise Violation(f"a part was too small: {error}")
        if code_of(error) != "ValidationException" or operation.kind == "outside":
            return
        if "Item size" not in str(error):
            raise Violation(f"DynamoDB does not understand the request: {error}")
        self.size_refusals += 1

    def _land(self, which: int) -> None:
        self._late.pop(which)()

    def _send_later(self, call: str, request: Mapping[str, Any], operation: Operation) -> None:
        def arrive() -> None:
            try:
                self._effect(call, request, operation, "arrives late")
            except ClientError as error:
                self.remark(f"{call} arrives late", code_of(error))

        self._late.append(arrive)

    def _killed_before(self, call: str, request: Mapping[str, Any], operation: Operation) -> None:
        del operation
        self.history.note(self._name(), f"{call} not sent", request, "KILLED")
        raise Killed

    def _killed_after(self, call: str, request: Mapping[str, Any], operation: Operation) -> None:
        self._effect_unseen(call, request, operation, "killed after")
        raise Killed

    def _lost(self, call: str, request: Mapping[str, Any], operation: Operation) -> None:
        self._effect_unseen(call, request, operation, "answer lost")
        raise no_answer()

    def _later(self, call: str, request: Mapping[str, Any], operation: Operation) -> None:
        self._send_later(call, request, operation)
        self.history.note(self._name(), f"{call} under way", request, "no answer")
        raise no_answer()

    def _tried_twice(self, call: str, request: Mapping[str, Any], operation: Operation) -> Any:  # noqa: ANN401
        self._effect_unseen(call, request, operation, "first try")
        self._scheduler.boundary()
        return self._second_try(call, request, operation)

    def _first_try_later(self, call: str, request: Mapping[str, Any], operation: Operation) -> Any:  # noqa: ANN401
        self._send_later(call, request, operation)
        self._scheduler.boundary()
        return self._second_try(call, request, operation)

    def _first_try_refused(self, call: str, request: Mapping[str, Any], operation: Operation) -> Any:  # noqa: ANN401
        self.history.note(self._name(), f"{call} (throttled)", request, "")
        self._scheduler.boundary()
        return self._second_try(call, request, operation)

    def _second_try(self, call: str, request: Mapping[str, Any], operation: Operation) -> Any:  # noqa: ANN401
        """The same request again, as botocore sends it when the first got no answer."""
        try:
            answer = self._effect(call, request, operation, "second try")
        except ClientError as error:
            error.response["ResponseMetadata"]["RetryAttempts"] = 1
            raise
        answer["ResponseMetadata"]["RetryAttempts"] = 1
        return answer

    def _refused(self, call: str, request: Mapping[str, Any], operation: Operation) -> None:
        del operation
        code = ("InternalServerError", "ThrottlingException", "SlowDown")[int(self._rng.random() * 3)]
        self.history.note(self._name(), call, request, code)
        raise refusal(call, code, "Try again later", status=500)

    def _effect_unseen(self, call: str, request: Mapping[str, Any], operation: Operation, fault: str) -> None:
        try:
            self._effect(call, request, operation, fault)
        except ClientError as error:
            # The refusal takes the place of the effect; whoever sent the request does not get to see it.
            self.remark(f"{call} ({fault})", code_of(error))

    def _name(self) -> str:
        return "world" if self._scheduler.running is None else self._scheduler.running.name


@lru_cache(maxsize=4096)
def _require_descending(update: str) -> None:
    """AWS takes the indexes in REMOVE in any order; engines that remove one after the other do not."""
    places = [int(place) for place in _REMOVED.findall(update.partition(" REMOVE ")[2])]
    if places != sorted(places, reverse=True):
        raise Violation(f"indexes in REMOVE ascend: {update}")


class Client:
    """A boto3 client, as far as the step log uses one."""

    def __init__(self, world: World, calls: tuple[str, ...]) -> None:
        for call in calls:
            setattr(self, call, partial(world.request, call))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (the calls, for the type checker)
        raise AttributeError(name)


class _TornBody(io.BytesIO):
    """A body whose connection breaks before its end."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() == 0 and len(self.getbuffer()) > 1:
            return super().read(min(len(self.getbuffer()) // 2, size or -1) or 1)
        raise no_answer()
