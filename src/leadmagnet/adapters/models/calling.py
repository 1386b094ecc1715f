"""One call to a vendor, cut off when its time is over whatever it hangs at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from threading import Thread
from typing import Any, TypeVar

Answer = TypeVar("Answer")

#: At the end of its time a call is cancelled and closes its connection. What blocks the loop or a thread of it (the
#: look-up of a name, a botocore call) goes on and cannot be stopped; the caller waits no longer than this for it.
_GRACE_S = 0.5


def call_within(timeout_s: float, ask: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
    """What `ask` gives; TimeoutError once `timeout_s` is over.

    Each call has its own thread, loop and client: steps run in threads, and a client's connections belong to the
    loop that opened them.
    """
    loop = asyncio.new_event_loop()
    Thread(target=_serve, args=(loop,), name="model-call", daemon=True).start()
    try:
        return asyncio.run_coroutine_threadsafe(_bounded(timeout_s, ask), loop).result(timeout_s + _GRACE_S)
    finally:
        loop.call_soon_threadsafe(loop.stop)


async def _bounded(timeout_s: float, ask: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
    async with asyncio.timeout(timeout_s):
        return await ask()


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
        loop.run_until_complete(_wind_up())
    finally:
        # Unlike `asyncio.run`, this does not wait for the loop's threads.
        loop.close()


async def _wind_up() -> None:
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()
