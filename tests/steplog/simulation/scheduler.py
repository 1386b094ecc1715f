"""Threads of which exactly one runs at a time; who runs next is decided at every request, by a seeded dice."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


class Abandoned(BaseException):
    """Ends a thread's work because the schedule is over; nothing in the code under test may catch it."""


class Stage:
    """Threads that are kept from one schedule to the next: to start one costs more than to hand over to it."""

    def __init__(self) -> None:
        self._threads: list[_Thread] = []

    def threads(self, count: int) -> list[_Thread]:
        """That many threads, all waiting."""
        while len(self._threads) < count:
            self._threads.append(_Thread(len(self._threads)))
        return self._threads[:count]

    def close(self) -> None:
        """End the threads."""
        for thread in self._threads:
            thread.end()
        self._threads.clear()


def _nothing() -> None:
    """The work of a thread that has none."""


class _Thread:
    """A thread that runs one piece of work each time that its turn begins."""

    def __init__(self, number: int) -> None:
        self.turn = threading.Lock()
        self.turn.acquire()
        self.work: Callable[[], None] = _nothing
        self._ended = False
        self._thread = threading.Thread(target=self._run, name=f"actor-{number}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            self.turn.acquire()
            if self._ended:
                return
            # Not kept while we wait: it holds everything that its schedule had.
            work, self.work = self.work, _nothing
            work()
            del work

    def end(self) -> None:
        self._ended = True
        self.turn.release()
        self._thread.join()


@dataclass(slots=True, eq=False)
class Actor:
    """Someone who sends requests: a name, and what it does from beginning to end."""

    name: str
    act: Callable[[Actor], None]
    #: An actor that is rarely chosen, so that much happens between two requests of its.
    slow: bool = False
    thread: _Thread | None = field(default=None, repr=False)


class Scheduler:
    """Runs actors to their ends, one step at a time."""

    def __init__(self, rng: random.Random, stage: Stage, *, stay: float) -> None:
        """Choose by `rng`; with the chance `stay` whoever runs goes on."""
        self._rng = rng
        self._stage = stage
        self._stay = stay
        self._runnable: list[Actor] = []
        self._done = threading.Lock()
        self._done.acquire()
        self.running: Actor | None = None
        self.failure: BaseException | None = None

    def run(self, actors: Sequence[Actor]) -> None:
        """Let them all act; raises what the first of them failed with."""
        self._runnable = list(actors)
        for actor, thread in zip(actors, self._stage.threads(len(actors)), strict=True):
            actor.thread = thread
            thread.work = self._work(actor)
        self._hand_to(self._choose(None))
        self._done.acquire()
        if self.failure is not None:
            raise self.failure

    def boundary(self) -> None:
        """Called by whoever runs, before each request: others may go first."""
        me = self.running
        chosen = self._choose(me)
        if chosen is not me:
            self._hand_to(chosen)
            _turn_of(me).acquire()
        if self.failure is not None:
            raise Abandoned

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
            if self._runnable:
                self._hand_to(self._choose(None))
            else:
                self._done.release()

        return work

    def _hand_to(self, actor: Actor) -> None:
        self.running = actor
        _turn_of(actor).release()

    def _choose(self, current: Actor | None) -> Actor:
        dice = self._rng.random()
        if current is not None and dice < self._stay and not current.slow:
            return current
        chosen = self._runnable[int(self._rng.random() * len(self._runnable))]
        if chosen.slow and self._rng.random() < 0.8:
            chosen = self._runnable[int(self._rng.random() * len(self._runnable))]
        return chosen


def _turn_of(actor: Actor | None) -> threading.Lock:
    if actor is None or actor.thread is None:
        raise RuntimeError("only an actor of a running schedule has a turn")
    return actor.thread.turn
