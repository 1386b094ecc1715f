"""A port that stays the same between runs, so that commands printed by one run work in the next."""

from __future__ import annotations

import socket
from pathlib import Path

from leadmagnet.local.errors import EngineFailed


def remembered_port(memory: Path) -> int:
    """The port that `memory` names if it is free, else a free one, remembered there from now on."""
    wanted = _read(memory)
    port = (wanted and _free(wanted)) or _free(0)
    if port is None:
        raise EngineFailed("There is no free port on 127.0.0.1. Stop something that listens there.")
    if port != wanted:
        memory.write_text(f"{port}\n")
    return port


def _read(memory: Path) -> int | None:
    try:
        port = int(memory.read_text())
    except (OSError, ValueError):
        return None
    return port if 1024 <= port <= 65535 else None


def _free(port: int) -> int | None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Connections of the run before that the kernel still remembers do not hold the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return None
        return int(probe.getsockname()[1])
