"""Runs the schedule that a seed stands for, and judges it."""

from __future__ import annotations

import gc
import random
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import orjson
from tests.steplog.simulation.actors import OWNERS, Cast, check_sealed
from tests.steplog.simulation.answers import Attribute
from tests.steplog.simulation.history import History
from tests.steplog.simulation.scenario import Scenario, draw, older_steps
from tests.steplog.simulation.scheduler import Scheduler, Stage
from tests.steplog.simulation.subject import Subject
from tests.steplog.simulation.truth import Operation, Violation, token_of
from tests.steplog.simulation.world import BUCKET, JOB, TABLE, World

_KEY = f"jobs/{JOB}/execution_steps.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one seed."""

    seed: int
    scenario: Scenario
    history: History
    #: What was broken, or None.
    failure: str | None

    def report(self) -> str:
        """The whole schedule, readable."""
        return "\n".join([f"seed {self.seed}: {self.failure or 'fine'}", str(self.scenario), *self.history.lines()])


def run(seed: int, subject: Subject, stage: Stage) -> Outcome:
    """Run one schedule from beginning to end. The same seed gives the same schedule, request for request."""
    # Little of what a schedule makes is garbage before its end; to look for it all the time costs a tenth.
    gc.disable()
    try:
        return _outcome(seed, subject, stage)
    finally:
        gc.enable()


def _outcome(seed: int, subject: Subject, stage: Stage) -> Outcome:
    rng = random.Random(seed)
    scenario = draw(rng)
    scheduler = Scheduler(rng, stage, stay=scenario.stay)
    world = World(
        rng,
        scheduler,
        part_bytes=scenario.limits["part_bytes"],
        fault_rate=scenario.fault_rate,
        faults=scenario.faults,
    )
    failure: str | None = None
    try:
        _Play(rng, scenario, world, subject).perform(scheduler)
    except Violation as violation:
        failure = str(violation)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        failure = "".join(traceback.format_exception(error))
    finally:
        world.close()
    return Outcome(seed=seed, scenario=scenario, history=world.history, failure=failure)


class _Play:
    def __init__(self, rng: random.Random, scenario: Scenario, world: World, subject: Subject) -> None:
        self._rng = rng
        self._scenario = scenario
        self._world = world
        self._subject = subject
        ids = count()
        self._new_id: Callable[[], str] = lambda: f"{next(ids):026d}"
        self._limits = subject.package.Limits(**scenario.limits)

    def perform(self, scheduler: Scheduler) -> None:
        self._set_up()
        cast = Cast(
            rng=self._rng,
            world=self._world,
            subject=self._subject,
            scenario=self._scenario,
            new_log=self._new_log,
            queue=deque(self._scenario.messages),
            shared=self._new_log(),
        )
        for message in self._scenario.messages:
            self._world.truth.ids[token_of(message.step)] = message.step_id
        scheduler.run(cast.actors())
        self._world.settle()
        self._end(cast)

    def _end(self, cast: Cast) -> None:
        """At rest: seal, and everything acknowledged is there, for every way of reading."""
        world, log = self._world, self._new_log()
        operation = world.begin(Operation("seal"))
        try:
            log.seal(JOB)
        except self._subject.package.NoRoom:
            if not world.truth.crowded(operation):
                raise
            return
        check_sealed(world)
        tokens = world.truth.states[-1].tokens
        if not self._scenario.replacements and (lost := [m for t, m in cast.acknowledged.items() if t not in tokens]):
            raise Violation(f"acknowledged and lost: {[message.step_id for message in lost]}")
        if len(set(tokens)) != len(tokens):
            raise Violation("a step is in the log twice")
        if tuple(token_of(step) for step in log.read(JOB)) != tokens:
            raise Violation("what is read at the end is not the log")
        if world.size_refusals and not self._scenario.outsider:
            raise Violation("a request was refused for the item's size")

    def _new_log(self) -> Any:  # noqa: ANN401 (a StepLog of the package under test)
        return self._subject.package.StepLog(
            dynamodb=self._world.dynamodb,
            s3=self._world.s3,
            table=TABLE,
            bucket=BUCKET,
            limits=self._limits,
            new_id=self._new_id,
        )

    def _set_up(self) -> None:
        """The item as it is before anybody of ours comes."""
        item: Attribute = {"job_id": {"S": JOB}}
        if self._scenario.other_bytes:
            item["other"] = {"S": "o" * self._scenario.other_bytes}
        if self._scenario.guarded:
            item["owner"] = {"S": OWNERS[0]}
        older = older_steps(self._rng, self._scenario.before)
        room = 409_000 - self._scenario.other_bytes
        as_list = {"L": [_wire(step) for step in older][: max(0, room // 900)]}
        item |= self._past(item, as_list, room)
        if "execution_steps_s3_key" in item:
            pretty = orjson.OPT_INDENT_2 if self._rng.random() < 0.5 else 0
            self._world.bucket.put_object(Bucket=BUCKET, Key=_KEY, Body=orjson.dumps(older, option=pretty))
        self._put(item)
        if self._scenario.start.endswith("by others") and room > 5000:
            self._let_others_change(older)

    def _past(self, item: Attribute, as_list: Attribute, room: int) -> Attribute:
        """What the item says of its steps."""
        pointer: Attribute = {"execution_steps_s3_key": {"S": _KEY}}
        match self._scenario.start:
            case "bare":
                return {}
            case "null":
                return {"execution_steps": {"NULL": True}}
            case "legacy list":
                return {"execution_steps": as_list}
            case "legacy both":
                return {"execution_steps": as_list, **pointer}
            case "legacy key":
                return pointer
            case _:
                empty: Attribute = self._new_log().empty(item) if room > 1700 else {}
                return empty

    def _let_others_change(self, older: list[dict[str, object]]) -> None:
        """A log of ours, on which an older system then writes in its own way."""
        log = self._new_log()
        for n, step in enumerate(older):
            log.append(JOB, step, step_id=f"before-{n}")
        item = dict(self._world.table.peek(JOB) or {})
        added = _wire({"id": "added", "text": "by others"})
        if "execution_steps" in item:
            item["execution_steps"] = {"L": [*item["execution_steps"]["L"], added]}
        elif self._scenario.start == "list added by others":
            item["execution_steps"] = {"L": [added]}
        self._put(item)

    def _put(self, item: Attribute) -> None:
        self._world.table.put_item(TableName=TABLE, Item=item)
        self._world.truth.look(Operation("setup"))


def _wire(value: object) -> Attribute:
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, dict):
        return {"M": {name: _wire(element) for name, element in value.items()}}
    raise TypeError(value)
