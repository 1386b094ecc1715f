"""How the engine's process learns that it should end: it is asked to, or its parent is gone."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

#: From <linux/prctl.h>.
_PR_SET_PDEATHSIG = 1
_WATCH_S = 0.5


class Shutdown:
    """A wish to end that can be made at any moment, before or after there is a loop to wake."""

    def __init__(self) -> None:
        self._wished = False
        self._wake: Callable[[], object] = bool

    def wish(self, *_: object) -> None:
        """Ask for the end; asking again changes nothing, so no later signal cuts the saving short."""
        self._wished = True
        self._wake()

    async def wished(self) -> None:
        """Return once the end was asked for."""
        loop, event = asyncio.get_running_loop(), asyncio.Event()
        self._wake = lambda: loop.is_closed() or loop.call_soon_threadsafe(event.set)
        if not self._wished:
            await event.wait()


def end_with_parent(parent: int, *, wish: Callable[[], object]) -> None:
    """Have `wish` called, or SIGTERM sent to this process, when process `parent` is gone.

    On Linux the kernel sends the signal, at the end of the *thread* that created this process.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        # The parent may have gone before the kernel was told to look out for it.
        if os.getppid() != parent:
            wish()
    else:
        threading.Thread(target=_watch, args=(parent, wish), daemon=True, name="parent-watch").start()


def _watch(parent: int, wish: Callable[[], object]) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH_S)
    wish()
