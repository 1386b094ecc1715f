from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from leadmagnet.adapters.models.calling import call_within


async def hello() -> str:
    return "hello"


async def broken() -> str:
    raise LookupError("as it happens")


def test_the_answer_comes_back() -> None:
    assert call_within(5, hello) == "hello"


def test_an_error_comes_back_as_it_is() -> None:
    with pytest.raises(LookupError, match="as it happens"):
        call_within(5, broken)


def test_a_call_that_waits_is_cancelled_and_can_clean_up() -> None:
    cleaned = threading.Event()

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.set()

    with pytest.raises(TimeoutError):
        call_within(0.05, waits)
    assert cleaned.is_set()


@pytest.mark.parametrize("where", ["in a thread of the loop", "in the loop itself"])
def test_a_call_that_cannot_be_cancelled_is_left_behind(where: str) -> None:
    let_go = threading.Event()
    # So that a call which does wait fails this test and does not hang it.
    rescue = threading.Timer(60, let_go.set)
    rescue.start()

    async def blocks() -> None:
        if where == "in the loop itself":
            let_go.wait()
        else:
            # As the look-up of a name does.
            await asyncio.get_running_loop().run_in_executor(None, let_go.wait)

    with pytest.raises(TimeoutError):
        call_within(0.05, blocks)
    assert not let_go.is_set()
    rescue.cancel()
    let_go.set()
    for thread in threading.enumerate():
        if thread.name == "model-call":
            thread.join(10)
            assert not thread.is_alive()


def test_calls_at_the_same_time_do_not_wait_for_each_other() -> None:
    meeting = threading.Barrier(6, timeout=10)

    async def meets() -> int:
        return await asyncio.get_running_loop().run_in_executor(None, meeting.wait)

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(lambda _: call_within(10, meets), range(6))) == list(range(6))


def test_no_thread_is_left_after_a_call() -> None:
    call_within(5, hello)
    for thread in threading.enumerate():
        if thread.name == "model-call":
            thread.join(10)
            assert not thread.is_alive()
