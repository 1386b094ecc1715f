"""A stretch of work that no signal cuts short."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def undisturbed(notify: Callable[[str], None]) -> Iterator[None]:
    """Answer Ctrl-C and SIGTERM with a sentence, instead of obeying, until the block ends."""
    if threading.current_thread() is not threading.main_thread():
        # Signals are handled on the main thread alone: nothing can disturb another one.
        yield
        return

    def answer(_number: int, _frame: FrameType | None) -> None:
        notify("Saving what the embedded engine holds; a moment more.")

    before = {number: signal.signal(number, answer) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            # None stands for a handler that was not set from Python and cannot be put back.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
