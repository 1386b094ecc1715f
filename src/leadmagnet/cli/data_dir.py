"""What a running service leaves in its data folder for the commands that talk to it."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from leadmagnet.domain.errors import Invalid

_READY = "ready.json"
_KEY = "token.key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Where a running service is, and a token that it takes: the ready file's content."""

    api_url: str
    #: Opens the pages; works once, for a quarter of an hour.
    sign_in_url: str
    aws_endpoint_url: str | None
    region: str
    token: str
    jobs_table: str
    bucket: str
    queue_url: str


def ready_path(data_dir: Path) -> Path:
    """Where a service that works in `data_dir` says where it is."""
    return data_dir / _READY


def write_ready(path: Path, ready: Ready) -> None:
    """Write the file in one move: whoever sees it sees all of it."""
    write_private(path, json.dumps(asdict(ready), indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, in one move."""
    _draft(path, text).replace(path)


def read_ready(path: Path) -> Ready | None:
    """The file's content; None if there is none, or it is none of ours."""
    try:
        found = json.loads(path.read_text())
        return Ready(**{field.name: found[field.name] for field in fields(Ready)})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def token_key(data_dir: Path) -> str:
    """The key that signs this data folder's tokens; made at the first call."""
    known = read_token_key(data_dir)
    if known is not None:
        return known
    made = secrets.token_hex(32)
    draft = _draft(data_dir / _KEY, made + "\n")
    try:
        # A link is made whole and only once: of two processes that start together, one wins.
        (data_dir / _KEY).hardlink_to(draft)
    except FileExistsError:
        return read_token_key(data_dir) or made
    finally:
        draft.unlink()
    return made


def keep_token_key(data_dir: Path, key: str) -> None:
    """Have `key` sign this data folder's tokens from now on."""
    write_private(data_dir / _KEY, key + "\n")


def read_token_key(data_dir: Path) -> str | None:
    """The key if `data_dir` has one; Invalid if it cannot be read."""
    path = data_dir / _KEY
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Invalid(f"The token key {path} cannot be read: {error.strerror}.") from error


def _draft(path: Path, text: str) -> Path:
    """A file beside `path` that holds `text`, readable by its owner alone."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w") as file:
            file.write(text)
    except OSError as error:
        raise Invalid(
            f"The folder {path.parent} cannot be written to ({error.strerror}); name another one with --data-dir."
        ) from error
    return Path(name)
