"""What a running `leadmagnet engine` leaves in its data folder for the commands that use it."""

from __future__ import annotations

import json
import socket
from dataclasses import asdict, fields
from pathlib import Path
from urllib.parse import urlsplit

from leadmagnet.cli.data_dir import write_private
from leadmagnet.local.engine import EngineAccess

_FILE = "engine.json"
_ANSWER_S = 5.0


def engine_path(data_dir: Path) -> Path:
    """Where an engine that works in `data_dir` says where it is."""
    return data_dir / _FILE


def write_engine(data_dir: Path, access: EngineAccess) -> None:
    """Write the file in one move: whoever sees it sees all of it."""
    write_private(engine_path(data_dir), json.dumps(asdict(access), indent=2) + "\n")


def read_engine(data_dir: Path) -> EngineAccess | None:
    """How to reach the engine that runs on `data_dir`; None if none does."""
    try:
        found = json.loads(engine_path(data_dir).read_text())
        access = EngineAccess(**{field.name: str(found[field.name]) for field in fields(EngineAccess)})
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return access if _listens(access.endpoint_url) else None


def _listens(endpoint_url: str) -> bool:
    """Whether anybody is there: an engine that was killed leaves its file behind."""
    parts = urlsplit(endpoint_url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 80), timeout=_ANSWER_S).close()
    except OSError:
        return False
    return True
