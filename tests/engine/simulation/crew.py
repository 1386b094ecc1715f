"""The threads of a simulated process, and models whose every call is counted as paid."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import Future
from contextvars import ContextVar
from typing import Any, TypeVar

from tests.engine.simulation.life import Life
from tests.engine.simulation.watch import Claim
from tests.engine.simulation.world import World
from tests.steplog.simulation.scheduler import Actor
from tests.steplog.simulation.truth import Violation
from tests.steplog.simulation.world import Killed

from leadmagnet.domain.errors import ModelFailed, ModelRefused, ModelUnavailable
from leadmagnet.domain.execution_step import Usage
from leadmagnet.engine.ports import ImageAnswer, ImageRequest, TextAnswer, TextRequest

T = TypeVar("T")

#: How long a model takes.
_SECONDS = (0.0, 1.0, 5.0, 20.0, 60.0)
#: Time passes, however short a wait.
_TICK_S = 0.001
_MOST_SPINS = 20
_WORDS = (10, 100, 900)
_FAILURES: tuple[Callable[[], ModelFailed], ...] = (
    lambda: ModelUnavailable("The vendor is overloaded."),
    lambda: ModelUnavailable("The vendor is overloaded.", retry_after_s=12.0),
    lambda: ModelFailed("The vendor failed.", usage=Usage(input_tokens=3, cost_usd=0.125)),
    lambda: ModelRefused("The vendor refused.", usage=Usage(input_tokens=2, cost_usd=0.0625)),
)


class SimulatedCrew:
    """A Crew whose threads are actors of the schedule, and whose time is the schedule's own."""

    def __init__(self, world: World, life: Life, job_id: Callable[[], str]) -> None:
        self._world = world
        self._life = life
        self._job_id = job_id
        self._spins = 0

    def start(self, work: Callable[[], T], *, name: str) -> Future[T]:
        """Begin `work` as an actor."""
        future: Future[T] = Future()
        life, world = self._life, self._world
        claim = _claim_of(work, self._job_id())
        world.watch.begins(life, claim)
        desk = _Desk(claim, life.owner)

        def act(_: Actor) -> None:
            _DESK.set(desk)
            try:
                result = work()
            except Killed:
                return
            except Exception as error:  # noqa: BLE001 (handed to whoever waits for the future)
                future.set_exception(error)
            else:
                future.set_result(result)
            if life.waits_for_steps:
                world.scheduler.wake(life.main)

        actor = Actor(f"{life.name} {name}", act)
        world.join(actor, life)
        world.scheduler.spawn(actor)
        return future

    def wait(self, futures: Collection[Future[T]], *, seconds: float) -> None:
        """Let time pass until one of `futures` has ended."""
        if any(future.done() for future in futures):
            self._require_rest(0.0)
            self._world.pause()
            return
        self._require_rest(seconds)
        self._life.waits_for_steps = True
        try:
            self._world.sleep(max(seconds, _TICK_S))
        finally:
            self._life.waits_for_steps = False

    def _require_rest(self, seconds: float) -> None:
        """Whoever waits for nothing, again and again, burns the processor that the steps need."""
        self._spins = self._spins + 1 if seconds < _TICK_S else 0
        if self._spins > _MOST_SPINS:
            raise Violation(f"{self._life.name} waits for no time, over and over")

    def time_s(self) -> float:
        """Seconds since the schedule began, by a clock that is never set."""
        return self._world.now_s


class _Desk:
    """What the actor of a step is at work on."""

    def __init__(self, claim: Claim, owner: str | None) -> None:
        self.claim = claim
        self.owner = owner


_DESK: ContextVar[_Desk] = ContextVar("desk")


def _claim_of(work: Callable[[], object], job_id: str) -> Claim:
    attempt: Any = work.func.__self__  # type: ignore[attr-defined]  # a partial of a method of the Attempt
    return Claim(job_id, attempt.step.name, attempt.number)


def answer_of(claim: Claim, words: int) -> str:
    """The text that a model gives that attempt alone."""
    return f"{claim.step}#{claim.attempt} " + "w" * words


class SimulatedModels:
    """Models that take their time, fail at times, and whose process may die meanwhile."""

    def __init__(self, world: World, *, failures: float, deadly: str | None) -> None:
        self._world = world
        self._failures = failures
        self._deadly = deadly

    def text(self, name: str | None) -> SimulatedModels:
        """The one model."""
        del name
        return self

    def image(self, name: str | None) -> SimulatedModels:
        """The one model."""
        del name
        return self

    def write(self, request: TextRequest) -> TextAnswer:
        """A text of which one can see whom it was written for."""
        del request
        claim = self._call()
        text = answer_of(claim, self._world.rng.choice(_WORDS))
        return TextAnswer(text=text, model="simulated:text", usage=_usage(self._world))

    def draw(self, request: ImageRequest) -> ImageAnswer:
        """A picture."""
        content = answer_of(self._call(), 10).encode()
        size = (request.width, request.height)
        return ImageAnswer(
            content=content,
            content_type="image/png",
            width=size[0],
            height=size[1],
            model="simulated:image",
            usage=_usage(self._world),
        )

    def _call(self) -> Claim:
        world, desk = self._world, _DESK.get()
        world.pause()
        world.watch.pays(desk.owner, desk.claim)
        world.remark(f"PAYS for {desk.claim.step}#{desk.claim.attempt}", desk.claim.job_id)
        seconds = world.rng.choice(_SECONDS)
        if desk.claim.step == self._deadly or world.goes_wrong():
            world.sleep(seconds / 2)
            world.remark("KILLED in the middle of the call")
            world.kill(world.life())
            raise Killed
        world.sleep(seconds)
        if world.rng.random() < self._failures:
            failure = world.rng.choice(_FAILURES)()
            world.remark("model fails", failure)
            raise failure
        world.remark("model answers")
        return desk.claim


def _usage(world: World) -> Usage:
    tokens = world.rng.choice((1, 7, 40))
    return Usage(input_tokens=tokens, output_tokens=2 * tokens, cost_usd=tokens / 64)
