"""A service of its own for the pictures: `leadmagnet dev` in a folder that goes away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from leadmagnet.cli.data_dir import Ready, read_ready, ready_path

_START_S = 60
_STOP_S = 60


@contextmanager
def running(folder: Path, settings: Mapping[str, str]) -> Iterator[Ready]:
    """Where the service is. What the surroundings say about AWS, models and providers is kept from it."""
    folder.mkdir(parents=True)
    names = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH")
    plain = {name: os.environ[name] for name in names if name in os.environ}
    program = str(Path(sys.executable).with_name("leadmagnet"))
    command = [program, "dev", "--port", "0", "--data-dir", str(folder)]
    with (folder / "said.txt").open("wb") as said:
        process = subprocess.Popen(command, env={**plain, **settings}, stdout=said, stderr=said)
    try:
        yield _ready(process, folder)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=_STOP_S)


def sweep(folder: Path) -> None:
    """Have that service swept, which leaves a report for its storage page."""
    program = str(Path(sys.executable).with_name("leadmagnet"))
    subprocess.run([program, "sweep", "--data-dir", str(folder)], check=True, capture_output=True)


def _ready(process: subprocess.Popen[bytes], folder: Path) -> Ready:
    end = time.monotonic() + _START_S
    while time.monotonic() < end:
        found = read_ready(ready_path(folder))
        if found is not None:
            return found
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"The service did not start; it said:\n{(folder / 'said.txt').read_text()}")
