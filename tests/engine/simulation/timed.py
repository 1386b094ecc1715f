"""The step log's scheduler with a time of its own, which passes only while everybody waits."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from tests.steplog.simulation.scheduler import Abandoned, Actor, Scheduler, Stage
from tests.steplog.simulation.truth import Violation

#: A schedule that waits more often goes round in circles.
_MOST_WAITS = 20_000


class TimedScheduler(Scheduler):
    """Actors may also wait, be woken, and begin others."""

    def __init__(self, rng: random.Random, stage: Stage, *, stay: float) -> None:
        super().__init__(rng, stage, stay=stay)
        self.now_s = 0.0
        #: Whoever waits, and until when.
        self._sleepers: dict[Actor, float] = {}
        self._threads = 0
        self._waits = 0
        self._idle: list[Actor] = []

    def run(self, actors: Sequence[Actor]) -> None:
        """Let them all act, and those whom they begin; raises what the first of them failed with."""
        self._threads = len(actors)
        super().run(actors)

    def spawn(self, actor: Actor) -> None:
        """Called by whoever runs: `actor` acts too from now on."""
        if self._idle:
            # The thread of one who has ended: it waits for its next turn already, or is about to.
            actor.thread = self._idle.pop().thread
        else:
            self._threads += 1
            actor.thread = self._stage.threads(self._threads)[-1]
        if actor.thread is not None:
            actor.thread.work = self._work(actor)
        self._runnable.append(actor)

    def sleep(self, seconds: float) -> None:
        """Called by whoever runs: others go first until so much later, or until somebody wakes it."""
        self._waits += 1
        if self._waits > _MOST_WAITS:
            raise Violation("the schedule waits without end")
        me = self._me()
        self._runnable.remove(me)
        self._sleepers[me] = self.now_s + seconds
        chosen = self._choose(None)
        if chosen is not me:
            self._hand_to(chosen)
            if me.thread is not None:
                me.thread.turn.acquire()
        if self.failure is not None:
            raise Abandoned

    def wake(self, actor: Actor) -> None:
        """If `actor` waits, it waits no longer."""
        if self._sleepers.pop(actor, None) is not None:
            self._runnable.append(actor)

    def _me(self) -> Actor:
        if self.running is None:
            raise RuntimeError("only an actor of a running schedule can wait")
        return self.running

    def _work(self, actor: Actor) -> Callable[[], None]:
        def work() -> None:
            try:
                if self.failure is None:
                    actor.act(actor)
            except Abandoned:
                pass
            except BaseException as error:  # noqa: BLE001 (carried over to the thread that started it all)
                self.failure = self.failure or error
            self._runnable.remove(actor)
            self._idle.append(actor)
            if self._runnable or self._sleepers:
                self._hand_to(self._choose(None))
            else:
                self._done.release()

        return work

    def _choose(self, current: Actor | None) -> Actor:
        if self._sleepers:
            self._wake_who_is_due()
        return super()._choose(current)

    def _wake_who_is_due(self) -> None:
        if self.failure is None:
            if self._runnable:
                return
            self.now_s = max(self.now_s, min(self._sleepers.values()))
        due = [actor for actor, at_s in self._sleepers.items() if self.failure is not None or at_s <= self.now_s]
        for actor in due:
            self.wake(actor)
