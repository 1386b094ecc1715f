"""Locks on files, which the kernel gives back when their holders are gone, however they went."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

_POLL_S = 0.05


class FileLock:
    """An exclusive lock on `path`; a child that is given `fd` holds it as well.

    The lock belongs to the open file (flock), so it lasts until every process that has `fd` is gone.
    """

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @property
    def fd(self) -> int:
        """The descriptor to pass on to a child."""
        return self._fd

    def acquire(self, *, wait_s: float = 0.0) -> bool:
        """Whether the lock was had within `wait_s`."""
        deadline = time.monotonic() + wait_s
        while not self._try():
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL_S)
        return True

    def sign(self, pid: int) -> None:
        """Write down who holds the lock, for the message that others get."""
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{pid}\n".encode(), 0)

    def holder(self) -> str:
        """The process id that its holder wrote down, or `unknown`."""
        return os.pread(self._fd, 32, 0).decode(errors="replace").strip() or "unknown"

    def close(self) -> None:
        """Let go of our end; the lock stays with a child that was given it."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _try(self) -> bool:
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
