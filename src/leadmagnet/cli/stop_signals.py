"""Ctrl-C, SIGTERM and a closed terminal as one request to stop in good order."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stop_signals() -> Iterator[None]:
    """The first signal to stop raises KeyboardInterrupt in the block; later ones only get an answer.

    So nothing that closes down (and saves) after the first signal is torn apart by the second.
    """
    asked = False

    def handle(_: int, __: FrameType | None) -> None:
        nonlocal asked
        if asked:
            # A console's own lock may be held by what this signal interrupted: write past it.
            os.write(sys.stderr.fileno(), b"Stopping already; saving takes a moment.\n")
            return
        asked = True
        raise KeyboardInterrupt

    before = {each: signal.signal(each, handle) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
