"""The embedded engine: MiniStack as a child process that keeps its state in a folder."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

from leadmagnet.local.data_dir import DataDir
from leadmagnet.local.environment import STORES, EngineKind, engine_environment
from leadmagnet.local.errors import EngineFailed
from leadmagnet.local.health import answers
from leadmagnet.local.lock import FileLock
from leadmagnet.local.losses import describe_loss
from leadmagnet.local.patience import undisturbed
from leadmagnet.local.port import remembered_port
from leadmagnet.local.scratch import memory_scratch, remove_scratch

#: A quarter of a second on an idle machine with empty state; a state of 100 MB takes three seconds.
_START_S = 120.0
#: A state of 100 MB is saved in five seconds; only a machine at its end needs this long.
_SAVE_S = 300.0
_POLL_S = 0.02
_LOG_LINES = 12

#: State belongs to a region, so it must not change from run to run.
_REGION = "us-east-1"
#: The engine asks for credentials and takes any; these open nothing else.
_CREDENTIAL = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineAccess:
    """What a client needs to talk to the engine."""

    endpoint_url: str
    region: str
    access_key_id: str
    secret_access_key: str


class EmbeddedEngine:
    """AWS's services, as far as `kind` needs them, on this machine for as long as the `with` block lasts.

    What was stored is there again in the next block on the same `data_dir`. `notify` gets a sentence when
    something takes long or was lost. Enter it on the main thread: the engine ends with the thread that
    started it. Raises DataDirInUse if somebody works in `data_dir`, EngineFailed if the engine cannot start.
    """

    def __init__(self, data_dir: Path, *, notify: Callable[[str], None], kind: EngineKind = STORES) -> None:
        self._dir = DataDir(path=data_dir.absolute())
        self._notify = notify
        self._kind = kind
        self._scratch: Path | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._access: EngineAccess | None = None
        self._undo = ExitStack()

    @property
    def access(self) -> EngineAccess:
        """How to reach the engine, while the block lasts."""
        if self._access is None:
            raise EngineFailed("The embedded engine is not running. Use it inside its `with` block.")
        return self._access

    @property
    def running(self) -> bool:
        """Whether the engine's process is there."""
        return self._child is not None and self._child.poll() is None

    @property
    def log_path(self) -> Path:
        """Where the engine writes its log."""
        return self._dir.log

    def __enter__(self) -> Self:
        _check_surroundings()
        with ExitStack() as undo:
            self._dir.make()
            lock = self._dir.claim(undo, wait_s=_SAVE_S, notify=self._notify)
            self._tell_loss()
            if self._kind.runs_functions and (scratch := memory_scratch(self._dir.path)) is not None:
                self._scratch = scratch
                undo.callback(remove_scratch, scratch)
            undo.callback(self._stop)
            self._access = self._start(lock)
            self._undo = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._undo.close()

    def _start(self, lock: FileLock) -> EngineAccess:
        port, mark = remembered_port(self._dir.port), uuid4().hex
        self._child = self._spawn(lock, port, mark)
        lock.sign(self._child.pid)
        self._wait_until_ready(self._child, port, mark)
        return EngineAccess(
            endpoint_url=f"http://127.0.0.1:{port}",
            region=_REGION,
            access_key_id=_CREDENTIAL,
            secret_access_key=_CREDENTIAL,
        )

    def _spawn(self, lock: FileLock, port: int, mark: str) -> subprocess.Popen[bytes]:
        if self._dir.log.exists():
            self._dir.log.replace(self._dir.log.with_suffix(".previous.log"))
        # -P: what lies in the working folder must not be imported as a module.
        command = [sys.executable, "-P", "-m", "leadmagnet.local.child", str(os.getpid()), str(self._dir.unsaved)]
        with self._dir.log.open("wb") as log:
            return subprocess.Popen(
                command,
                env=engine_environment(
                    os.environ,
                    kind=self._kind,
                    folder=self._dir.engine,
                    port=port,
                    region=_REGION,
                    mark=mark,
                    scratch=self._scratch,
                ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A session of its own: Ctrl-C in the terminal reaches us, who then end it in good order.
                start_new_session=True,
                pass_fds=(lock.fd,),
            )

    def _wait_until_ready(self, child: subprocess.Popen[bytes], port: int, mark: str) -> None:
        deadline = time.monotonic() + _START_S
        while not answers(port, mark):
            if child.poll() is not None:
                raise self._failed("The embedded engine ended while it started", status=child.returncode)
            if time.monotonic() >= deadline:
                raise self._failed(f"The embedded engine did not answer within {_START_S:.0f} s", port=port)
            time.sleep(_POLL_S)

    def _stop(self) -> None:
        """End the engine and wait until its state is on disk."""
        was_up, self._access = self._access is not None, None
        if self._child is None:
            return
        with undisturbed(self._notify):
            self._child.terminate()
            try:
                self._child.wait(_SAVE_S)
            except subprocess.TimeoutExpired:
                self._notify(f"The embedded engine did not save within {_SAVE_S:.0f} s and is ended now.")
                self._child.kill()
                self._child.wait()
        if was_up:
            self._tell_loss()

    def _tell_loss(self) -> None:
        loss = describe_loss(self._dir.unsaved)
        if loss is not None:
            self._notify(loss)

    def _failed(self, what: str, **facts: object) -> EngineFailed:
        lines = self._dir.log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        return EngineFailed(
            f"{what}. The end of its log says why; if that does not help, name another folder with --data-dir.\n"
            + "".join(f"  | {line}\n" for line in lines),
            log=self._dir.log,
            **facts,
        )


def _check_surroundings() -> None:
    if threading.current_thread() is not threading.main_thread():
        raise EngineFailed("Start the embedded engine on the main thread: it ends with the thread that starts it.")
    if importlib.util.find_spec("ministack") is None:
        raise EngineFailed(
            "The embedded engine is not installed. Run `pip install 'leadmagnet[local]'`, or use --no-embedded."
        )
