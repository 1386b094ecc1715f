"""Where an engine unfolds the packages of functions: in memory, where there is room."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 (a folder of our own in it, for us alone)
#: A worker's package is 100 MB unfolded, and there may be a dozen.
_ROOM_BYTES = 4 * 1024**3


def memory_scratch(data_dir: Path) -> Path | None:
    """An empty folder in memory for the engine on `data_dir`; None where there is none, or too little.

    Unfolding thousands of small files costs a disk seconds for each start of a function. The name is always the
    same, so that what a killed engine left is found and removed.
    """
    mark = hashlib.sha256(str(data_dir).encode()).hexdigest()[:16]
    folder = _MEMORY / f"leadmagnet-{os.getuid()}-{mark}"
    try:
        remove_scratch(folder)
        if shutil.disk_usage(_MEMORY).free < _ROOM_BYTES:
            return None
        folder.mkdir(mode=0o700)
    except OSError:
        return None
    return folder


def remove_scratch(folder: Path) -> None:
    """The folder is gone, as far as it is ours."""
    shutil.rmtree(folder, ignore_errors=True)
