"""Those who use the log: writers, readers, sealers, replacers, and others who change the same item."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from botocore.exceptions import ClientError
from tests.steplog.simulation.scenario import Message, Scenario
from tests.steplog.simulation.scheduler import Actor
from tests.steplog.simulation.subject import Subject
from tests.steplog.simulation.truth import Operation, State, Token, Violation, parsed, token_of
from tests.steplog.simulation.world import JOB, TABLE, Killed, World

_MOST_SENDS = 60
#: Those who own the job in turn.
OWNERS = ("a", "b")


@dataclass(slots=True, kw_only=True)
class Cast:
    """What all actors of one schedule share."""

    rng: random.Random
    world: World
    subject: Subject
    scenario: Scenario
    #: A new process's view of the log: it remembers nothing.
    new_log: Callable[[], Any]
    queue: deque[Message] = field(default_factory=deque)
    acknowledged: dict[Token, Message] = field(default_factory=dict)
    shared: Any = None

    def actors(self) -> list[Actor]:
        """Everybody."""
        scenario, rng = self.scenario, self.rng
        actors = [Actor(f"writer-{n}", self._write, slow=n == scenario.slow) for n in range(scenario.writers)]
        actors += [Actor(f"reader-{n}", self._read, slow=rng.random() < 0.5) for n in range(scenario.readers)]
        actors += [Actor(f"sealer-{n}", self._seal, slow=rng.random() < 0.5) for n in range(scenario.sealers)]
        if scenario.replacements:
            actors.append(Actor("replacer", self._replace, slow=rng.random() < 0.5))
        if scenario.outsider:
            actors.append(Actor("outsider", self._meddle))
        if scenario.guarded:
            actors.append(Actor("rival", self._take_over, slow=rng.random() < 0.5))
        return actors

    def _log(self) -> Any:  # noqa: ANN401 (a StepLog of the package under test)
        return self.shared if self.scenario.shared else self.new_log()

    def _write(self, actor: Actor) -> None:
        del actor
        log = self._log()
        while self.queue:
            message = self.queue.popleft()
            try:
                done = self._deliver(log, message)
            except Killed:
                # The queue delivers it again; somebody new takes this one's place.
                done, log = False, self._log()
            if not done:
                self.queue.insert(0 if self.rng.random() < 0.5 else len(self.queue), message)

    def _deliver(self, log: Any, message: Message) -> bool:  # noqa: ANN401
        """Append one message's step; False if it should be delivered again."""
        errors, world = self.subject.package, self.world
        token = token_of(message.step)
        for _ in range(_MOST_SENDS):
            operation = world.begin(Operation("append", token=token, owner=self._drawn_owner()))
            world.remark(f"append {message.step_id} for {operation.owner}", f"{len(token)} bytes")
            guard = None if operation.owner is None else errors.Guard(attribute="owner", value=operation.owner)
            try:
                appended = log.append(JOB, message.step, step_id=message.step_id, guard=guard)
            except errors.GuardFailed as error:
                world.remark("guard failed", error)
                self._check_guard_failed(operation)
            except errors.Unavailable as error:
                world.remark("unavailable", error)
                _require_fault(operation, error)
                if self.rng.random() < 0.3:
                    return False
            except errors.StepConflict as error:
                world.remark("conflict", error)
                self._check_conflict(operation, message)
                return True
            except errors.NoRoom as error:
                world.remark("no room", error)
                self._check_crowded(operation, error)
                return True
            else:
                world.remark("acknowledged", appended)
                _check_appended(world.truth.during(operation), token, appended)
                self.acknowledged[token] = message
                return True
        raise Violation(f"{message.step_id} was sent {_MOST_SENDS} times and never acknowledged")

    def _drawn_owner(self) -> str | None:
        """Whose append it is to be; None for one that is made for nobody."""
        return self.rng.choice((None, *OWNERS)) if self.scenario.guarded else None

    def _check_guard_failed(self, operation: Operation) -> None:
        """GuardFailed means that the guard did not hold, that the step was not there, and that it is not recorded."""
        states = self.world.truth.during(operation)
        if all(state.owner == operation.owner for state in states):
            raise Violation("GuardFailed although the guard held")
        if all(state.keeps_ids and operation.token in state.tokens for state in states):
            raise Violation("GuardFailed although the step is recorded")
        if operation.recorded and not operation.faults:
            raise Violation("GuardFailed although this very call recorded the step")

    def _check_conflict(self, operation: Operation, message: Message) -> None:
        ids, token = self.world.truth.ids, token_of(message.step)
        for state in self.world.truth.during(operation):
            if any(ids.get(there) == message.step_id and there != token for there in state.tokens):
                return
        raise Violation(f"StepConflict for {message.step_id}, which is not there with other content")

    def _check_crowded(self, operation: Operation, error: Exception) -> None:
        if not self.world.truth.crowded(operation):
            raise Violation(f"NoRoom although there was room: {error}")

    def _read(self, actor: Actor) -> None:
        del actor
        log = self.new_log()
        for _ in range(self.rng.choice((1, 2, 4))):
            operation = self.world.begin(Operation("read"))
            how = self.rng.choice((self._read_whole, self._read_stream, self._read_page, self._read_summary))
            self.world.remark(how.__name__)
            try:
                how(log, operation)
            except self.subject.package.Unavailable as error:
                self.world.remark("unavailable", error)
                _require_fault(operation, error)

    def _read_whole(self, log: Any, operation: Operation) -> None:  # noqa: ANN401
        tokens = tuple(token_of(step) for step in log.read(JOB))
        _require_state(self.world, operation, lambda state: state.tokens == tokens, tokens)

    def _read_stream(self, log: Any, operation: Operation) -> None:  # noqa: ANN401
        text = b"".join(log.stream(JOB))
        tokens = tuple(token_of(step) for step in parsed(text))
        _require_state(self.world, operation, lambda state: state.tokens == tokens, tokens)

    def _read_page(self, log: Any, operation: Operation) -> None:  # noqa: ANN401
        start, limit = self.rng.choice((0, 0, 1, 3, 6, 30)), self.rng.choice((1, 2, 5, 50))
        page = log.page(JOB, start, limit)
        tokens = tuple(token_of(step) for step in page.steps)

        def fits(state: State) -> bool:
            more = start + limit if start + limit < len(state.tokens) else None
            same = page.count == len(state.tokens) and page.next_start == more
            return same and tokens == state.tokens[start : start + limit]

        _require_state(self.world, operation, fits, tokens)

    def _read_summary(self, log: Any, operation: Operation) -> None:  # noqa: ANN401
        found = log.summary(JOB)

        def fits(state: State) -> bool:
            same = found.stored == state.stored and found.version == state.version
            # Of a list that others changed since we counted it, the item says the old count.
            return same and (found.count == len(state.tokens) or not state.adopted)

        _require_state(self.world, operation, fits, found)

    def _seal(self, actor: Actor) -> None:
        del actor
        log = self.new_log()
        for _ in range(self.rng.choice((1, 2, 3))):
            log = self._call(log, Operation("seal"), lambda log, _: log.seal(JOB))

    def _replace(self, actor: Actor) -> None:
        del actor
        log = self.new_log()
        for steps in self.scenario.replacements:
            tokens = tuple(token_of(step) for step in steps)
            log = self._call(log, Operation("replace", replacement=tokens), partial(self._replace_by, steps))

    def _replace_by(self, steps: list[dict[str, Any]], log: Any, operation: Operation) -> None:  # noqa: ANN401
        version = log.replace(JOB, steps)

        def fits(state: State) -> bool:
            # After a lost answer the version may be a later one; if something was appended, not today's.
            tokens = state.tokens if not operation.faults else state.tokens[: len(operation.replacement)]
            return state.version == version and tokens == operation.replacement

        _require_state(self.world, operation, fits, f"replaced, version {version}")

    def _call(self, log: Any, what: Operation, call: Callable[[Any, Operation], object]) -> Any:  # noqa: ANN401
        """Call until it is done or the process is killed; the log to go on with."""
        errors = self.subject.package
        for _ in range(_MOST_SENDS):
            # One for each time: what was sent before may still arrive.
            operation = self.world.begin(replace(what))
            self.world.remark(operation.kind)
            try:
                call(log, operation)
            except errors.Unavailable as error:
                self.world.remark("unavailable", error)
                _require_fault(operation, error)
            except errors.NoRoom as error:
                self.world.remark("no room", error)
                self._check_crowded(operation, error)
                return log
            except Killed:
                return self.new_log()
            else:
                self.world.remark(f"{operation.kind} done")
                return log
        raise Violation(f"{operation.kind} was sent {_MOST_SENDS} times and never done")

    def _take_over(self, actor: Actor) -> None:
        """The job gets other owners, and none."""
        del actor
        self.world.begin(Operation("outside"))
        for _ in range(self.rng.choice((1, 3, 6))):
            owner = self.rng.choice((None, *OWNERS, *OWNERS))
            change: dict[str, Any] = {"UpdateExpression": "REMOVE owner"}
            if owner is not None:
                change = {"UpdateExpression": "SET owner=:o", "ExpressionAttributeValues": {":o": {"S": owner}}}
            self.world.dynamodb.update_item(TableName=TABLE, Key={"job_id": {"S": JOB}}, **change)

    def _meddle(self, actor: Actor) -> None:
        """Others' attributes grow and shrink, as far as DynamoDB lets them."""
        del actor
        self.world.begin(Operation("outside"))
        for _ in range(self.rng.choice((1, 3, 6))):
            size = self.rng.choice((0, 1000, 300_000, 404_000, 407_000, 408_500))
            try:
                self.world.dynamodb.update_item(
                    TableName=TABLE,
                    Key={"job_id": {"S": JOB}},
                    UpdateExpression="SET other=:o",
                    ExpressionAttributeValues={":o": {"S": "o" * size}},
                )
            except ClientError as error:
                self.world.remark("no room for the outsider", error)


def check_sealed(world: World) -> None:
    """At rest, the S3 document alone is the log, as plain JSON."""
    item, state = world.table.peek(JOB) or {}, world.truth.states[-1]
    if state.stored == "inline":
        return
    body = world.bucket.peek(item["execution_steps_s3_key"]["S"], item["execution_steps_s3_version"]["S"])
    if body is None or tuple(token_of(step) for step in parsed(body)) != state.tokens:
        raise Violation("the sealed document is not the log")
    newest = world.bucket.newest(item["execution_steps_s3_key"]["S"])
    if newest != item["execution_steps_s3_version"]["S"]:
        raise Violation("aws s3 cp would give another version than the log's")


def _require_fault(operation: Operation, error: Exception) -> None:
    if not operation.faults:
        raise Violation(f"Unavailable although every request was answered: {error}")


def _require_state(world: World, operation: Operation, fits: Callable[[State], bool], found: object) -> None:
    if not any(fits(state) for state in world.truth.during(operation)):
        raise Violation(f"a reader saw what never was: {found!r}; it was {world.truth.states[-1]}")


def _check_appended(states: Any, token: Token, appended: Any) -> None:  # noqa: ANN401
    """The answer to an append names a moment at which the step was there, and its place then."""
    for state in states:
        there = appended.index < len(state.tokens) and state.tokens[appended.index] == token
        if there and state.version == appended.version and state.stored == appended.stored:
            return
    raise Violation(f"acknowledged, but never so in the log: {appended}")
