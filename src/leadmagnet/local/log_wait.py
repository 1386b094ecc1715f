"""How long MiniStack waits, after a function has answered, for what the function may have logged.

It waits 50 ms for a first line, with each request that logs nothing, which is most of them. But a function writes its
lines before its answer: they are in the pipe already, and where the pipe is empty none will come.
"""

from __future__ import annotations

import fcntl
import struct
import termios
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

#: MiniStack's thread has taken the lines out of the pipe and has yet to hand them over.
_HAND_OVER_S = 0.010
#: As MiniStack's own: whatever goes on, an answer is not kept longer.
_MOST_S = 0.250
_POLL_S = 0.001


def unread_bytes(descriptor: int) -> int:
    """How much lies in the pipe."""
    found: int = struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0" * 4))[0]
    return found


def shorten_log_wait(runtime: ModuleType) -> None:
    """Have MiniStack's module of functions' processes wait no longer than there is something to wait for."""
    process: Any = runtime.Worker
    wait: Callable[..., str] = process._drain_stderr_bounded  # noqa: SLF001 (MiniStack has no setting for it)

    def drained(self: Any, **options: float) -> str:  # noqa: ANN401 (MiniStack ships no types)
        if self._proc is None or options:
            return wait(self, **options)
        deadline = time.monotonic() + _MOST_S
        while unread_bytes(self._proc.stderr.fileno()) and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        return wait(self, first_line_wait=_HAND_OVER_S)

    process._drain_stderr_bounded = drained  # noqa: SLF001
