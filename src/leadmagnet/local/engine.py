"""The embedded engine: MiniStack as a child process that keeps its state in a folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

from leadmagnet.local.environment import engine_environment
from leadmagnet.local.errors import DataDirInUse, EngineFailed
from leadmagnet.local.lock import FileLock
from leadmagnet.local.losses import describe_loss
from leadmagnet.local.port import remembered_port

#: Half a second on an idle machine with empty state; a state of 100 MB takes three.
_START_S = 120.0
#: A state of 100 MB is saved in five seconds; only a machine at its end needs this long.
_SAVE_S = 300.0
_POLL_S = 0.02
_LOG_LINES = 12
#: Dots and slashes in a region or service name have no meaning to the engine: one region holds everything.
_REGION = "us-east-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineAccess:
    """What a client needs to talk to the engine; the credentials open nothing else."""

    endpoint_url: str
    region: str
    access_key_id: str
    secret_access_key: str


class EmbeddedEngine:
    """DynamoDB, S3 and SQS on this machine for as long as the `with` block lasts.

    What was stored is there again in the next block on the same `data_dir`; `notify` gets one sentence
    when something took long or was lost. Enter it on the main thread: the engine ends with the thread that
    started it. Raises DataDirInUse if another process works in `data_dir`, EngineFailed if there is no start.
    """

    def __init__(self, data_dir: Path, *, notify: Callable[[str], None]) -> None:
        self._dir = data_dir.resolve()
        self._notify = notify
        self._child: subprocess.Popen[bytes] | None = None
        self._access: EngineAccess | None = None
        self._closing = ExitStack()

    @property
    def access(self) -> EngineAccess:
        """How to reach the engine; only while the block lasts."""
        if self._access is None:
            raise EngineFailed("The embedded engine is not running. Use it inside its `with` block.")
        return self._access

    @property
    def log_path(self) -> Path:
        """What the engine wrote to its log in this run (the run before: `engine.previous.log`)."""
        return self._dir / "engine.log"

    @property
    def running(self) -> bool:
        """Whether the engine's process is there."""
        return self._child is not None and self._child.poll() is None

    def __enter__(self) -> Self:
        if threading.current_thread() is not threading.main_thread():
            raise EngineFailed("The embedded engine must be started on the main thread, with which it ends.")
        with ExitStack() as undo:
            engine_lock = self._take_locks(undo)
            loss = describe_loss(self._marker)
            if loss is not None:
                self._notify(loss)
            self._start(engine_lock, undo)
            self._closing = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    @property
    def _marker(self) -> Path:
        return self._dir / "engine.unsaved.json"

    def _take_locks(self, undo: ExitStack) -> FileLock:
        """Two locks: ours says that the folder is in use, the engine's lasts until its state is saved."""
        try:
            self._dir.mkdir(parents=True, exist_ok=True)
            (self._dir / "engine" / "tmp").mkdir(parents=True, exist_ok=True)
            ours, engines = FileLock(self._dir / "lock"), FileLock(self._dir / "engine.lock")
        except OSError as exc:
            raise EngineFailed(
                "The data folder cannot be used. Name another one with --data-dir.",
                data_dir=self._dir,
                error=exc,
            ) from exc
        undo.callback(ours.close)
        undo.callback(engines.close)
        if not ours.acquire():
            raise DataDirInUse(
                "Another leadmagnet is using this data folder. Stop it, or name another folder with --data-dir.",
                data_dir=self._dir,
                pid=ours.holder(),
            )
        ours.sign(os.getpid())
        if not engines.acquire():
            self._notify("The run before ended abruptly; waiting until its engine has saved.")
            if not engines.acquire(wait_s=_SAVE_S):
                raise DataDirInUse(
                    "The engine of an earlier run is still at work in this data folder. Wait, or end that process.",
                    data_dir=self._dir,
                    pid=engines.holder(),
                )
        return engines

    def _start(self, lock: FileLock, undo: ExitStack) -> None:
        mark = uuid4().hex
        port = remembered_port(self._dir / "port")
        log = self.log_path
        if log.exists():
            log.replace(log.with_name("engine.previous.log"))
        with log.open("wb") as output:
            child = subprocess.Popen(
                [sys.executable, "-m", "leadmagnet.local.child", str(os.getpid()), str(self._marker)],
                env=engine_environment(
                    os.environ, state_dir=self._dir / "engine", port=port, region=_REGION, mark=mark
                ),
                cwd=self._dir,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A session of its own: Ctrl-C in the terminal reaches us, and we end it in good order.
                start_new_session=True,
                pass_fds=(lock.fd,),
            )
        self._child = child
        undo.callback(self._stop, child)
        lock.sign(child.pid)
        endpoint = f"http://127.0.0.1:{port}"
        self._wait_until_ready(child, endpoint, mark)
        self._access = EngineAccess(
            endpoint_url=endpoint, region=_REGION, access_key_id="test", secret_access_key="test"
        )

    def _wait_until_ready(self, child: subprocess.Popen[bytes], endpoint: str, mark: str) -> None:
        deadline = time.monotonic() + _START_S
        while not _answers(endpoint, mark):
            if child.poll() is not None:
                raise self._failed("The embedded engine ended while it started.", status=child.returncode)
            if time.monotonic() >= deadline:
                raise self._failed(
                    f"The embedded engine did not answer within {_START_S:.0f} s.", url=endpoint
                )
            time.sleep(_POLL_S)

    def _failed(self, what: str, **facts: object) -> EngineFailed:
        tail = self.log_path.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        return EngineFailed(
            f"{what} The end of its log is below; if it does not say why, name another folder with --data-dir.\n"
            + "\n".join(f"  | {line}" for line in tail)
            + "\n",
            log=self.log_path,
            **facts,
        )

    def _stop(self, child: subprocess.Popen[bytes]) -> None:
        """End the engine and wait for its state to be on disk, whatever interrupts us meanwhile."""
        self._access = None
        child.terminate()
        deadline = time.monotonic() + _SAVE_S
        while child.poll() is None:
            try:
                child.wait(max(0.0, deadline - time.monotonic()))
            except KeyboardInterrupt:
                self._notify("Saving; a moment more.")
            except subprocess.TimeoutExpired:
                self._notify(f"The embedded engine did not save within {_SAVE_S:.0f} s and is ended now.")
                child.kill()
                child.wait()
        loss = describe_loss(self._marker)
        if loss is not None:
            self._notify(loss)


def _answers(endpoint: str, mark: str) -> bool:
    """Whether our engine answers there, and not somebody else who took the port meanwhile."""
    try:
        with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=2) as answer:  # noqa: S310 - http
            health = json.load(answer)
    except (urllib.error.URLError, OSError, ValueError):
        return False
    return isinstance(health, dict) and health.get("edition") == mark
