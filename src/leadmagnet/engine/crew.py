"""Threads for the steps of a job, and the time by which they are measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Future, wait
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


class Threads:
    """A Crew of this process's threads, one for each piece of work.

    They are daemons: a step that hangs in a vendor's library keeps neither its job nor the process alive.
    """

    def start(self, work: Callable[[], T], *, name: str) -> Future[T]:
        """Begin `work` beside the caller."""
        future: Future[T] = Future()
        Thread(target=_run, args=(work, future), name=name, daemon=True).start()
        return future

    def wait(self, futures: Collection[Future[T]], *, seconds: float) -> None:
        """Return when one of `futures` has ended, or after that many seconds."""
        if futures:
            wait(futures, timeout=seconds, return_when=FIRST_COMPLETED)
        else:
            time.sleep(seconds)

    def time_s(self) -> float:
        """Seconds since some moment; unlike the time of day it is never set."""
        return time.monotonic()


def _run(work: Callable[[], T], future: Future[T]) -> None:
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 (handed to whoever waits for the future, as executors do)
        future.set_exception(error)
    else:
        future.set_result(result)
