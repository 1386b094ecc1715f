"""Looking at real processes: who is there, who is stopped, who ends up gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from leadmagnet.local.lock import FileLock

#: A program of its own that holds an engine, says so, and does nothing more until it is ended.
HOLDER = """
import os, sys
from pathlib import Path
from leadmagnet.local.engine import EmbeddedEngine

with EmbeddedEngine(Path(sys.argv[1]), notify=print) as engine:
    print(engine.access.endpoint_url, flush=True)
    sys.stdin.read()
"""


def start_holder(data_dir: Path) -> tuple[subprocess.Popen[str], str]:
    """Another process with an engine on `data_dir`, and that engine's URL."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    return holder, holder.stdout.readline().strip()


def kill_hard(holder: subprocess.Popen[str]) -> None:
    """End it as `kill -9` does and close its pipes."""
    holder.kill()
    holder.communicate()


def engine_pid(data_dir: Path) -> int:
    """The process of the engine that last worked there."""
    lock = FileLock(data_dir / "engine.lock")
    try:
        return int(lock.holder())
    finally:
        lock.close()


def wait_until_released(data_dir: Path) -> None:
    """Return when no process holds the engine's lock any more."""
    lock = FileLock(data_dir / "engine.lock")
    try:
        assert lock.acquire(wait_s=60), "the engine does not end"
    finally:
        lock.close()


def is_gone(pid: int) -> bool:
    """Whether the process has ended (one that its parent has not asked after yet has)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        # Gone meanwhile, or a system without /proc, whose first process asks after orphans at once.
        return Path("/proc/self").exists()
    return status.rpartition(")")[2].split()[0] == "Z"


def freeze(pid: int) -> None:
    """Stop the process as it stands; `thaw` lets it go on."""
    os.kill(pid, signal.SIGSTOP)


def thaw(pid: int) -> None:
    """Let it go on."""
    os.kill(pid, signal.SIGCONT)


def has_pending(pid: int, number: signal.Signals) -> bool:
    """Whether a signal waits for a frozen process (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    pending = next(line.split()[1] for line in status if line.startswith("ShdPnd:"))
    return bool(int(pending, 16) & (1 << (number - 1)))
