"""The folder that an engine keeps everything in, and who may work there."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from leadmagnet.local.errors import DataDirInUse, EngineFailed
from leadmagnet.local.lock import FileLock


@dataclass(frozen=True, slots=True, kw_only=True)
class DataDir:
    """Where everything lies."""

    path: Path

    @property
    def engine(self) -> Path:
        """MiniStack's own files: state, objects, scratch."""
        return self.path / "engine"

    @property
    def log(self) -> Path:
        """The engine's log of this run; the one of the run before is `engine.previous.log`."""
        return self.path / "engine.log"

    @property
    def port(self) -> Path:
        """The port of the last run."""
        return self.path / "port"

    @property
    def unsaved(self) -> Path:
        """There while the engine has something that is not on disk."""
        return self.path / "engine.unsaved.json"

    def make(self) -> None:
        """Create the folder; EngineFailed if that cannot be."""
        try:
            (self.engine / "tmp").mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise EngineFailed(
                "The data folder cannot be made. Name another one with --data-dir.",
                data_dir=self.path,
                error=exc,
            ) from exc

    def claim(self, undo: ExitStack, *, wait_s: float, notify: Callable[[str], None]) -> FileLock:
        """The engine's lock, ours until `undo` runs; waits for an orphaned engine that is still saving.

        There are two locks. One says that a leadmagnet works here and goes with it; the engine's own is
        handed on to the engine and goes when the engine does, which may be later.
        """
        in_use = self._lock("lock", undo)
        if not in_use.acquire():
            raise DataDirInUse(
                "Another leadmagnet uses this data folder. Stop it, or name another one with --data-dir.",
                data_dir=self.path,
                pid=in_use.holder(),
            )
        in_use.sign(os.getpid())
        engines = self._lock("engine.lock", undo)
        if not engines.acquire():
            notify("The run before ended abruptly; waiting until its engine has saved.")
            if not engines.acquire(wait_s=wait_s):
                raise DataDirInUse(
                    "The engine of an earlier run is still at work here. Wait for it, or end that process.",
                    data_dir=self.path,
                    pid=engines.holder(),
                )
        return engines

    def _lock(self, name: str, undo: ExitStack) -> FileLock:
        try:
            lock = FileLock(self.path / name)
        except OSError as exc:
            raise EngineFailed(
                "The data folder cannot be written to. Name another one with --data-dir.",
                data_dir=self.path,
                error=exc,
            ) from exc
        undo.callback(lock.close)
        return lock
