"""After an answer, only what lies in the pipe is waited for."""

from __future__ import annotations

import os
from types import ModuleType, SimpleNamespace
from typing import Any

from leadmagnet.local.log_wait import shorten_log_wait, unread_bytes


class Process:
    """As MiniStack's: what was waited for at the most is what it says."""

    def __init__(self, descriptor: int) -> None:
        self._proc = SimpleNamespace(stderr=SimpleNamespace(fileno=lambda: descriptor))

    def _drain_stderr_bounded(self, first_line_wait: float = 0.050) -> str:
        return f"waited {first_line_wait}"


def shortened() -> Any:  # noqa: ANN401 (a class that was changed)
    runtime: Any = ModuleType("runtime")
    runtime.Worker = type("Worker", (Process,), {})
    shorten_log_wait(runtime)
    return runtime.Worker


def test_where_the_pipe_is_empty_the_wait_is_short() -> None:
    read, write = os.pipe()
    try:
        assert unread_bytes(read) == 0
        assert shortened()(read)._drain_stderr_bounded() == "waited 0.01"
        os.write(write, b"a line\n")
        assert unread_bytes(read) == 7
    finally:
        os.close(read)
        os.close(write)


def test_a_process_that_is_gone_or_has_a_wait_of_its_own_is_left_as_it_is() -> None:
    gone = shortened()(0)
    gone._proc = None

    assert gone._drain_stderr_bounded() == "waited 0.05"
    assert shortened()(0)._drain_stderr_bounded(first_line_wait=0.1) == "waited 0.1"
