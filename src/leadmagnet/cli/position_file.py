"""The file in which a command that may take hours keeps how far it has come."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from leadmagnet.domain.errors import Invalid

#: The option of commands that may be broken off and go on.
Resume = Annotated[
    Path | None,
    typer.Option(
        help="Keep the position in this file, and go on from there if it exists; it is removed at the end.",
        dir_okay=False,
        show_default=False,
    ),
]


def kept_position(path: Path | None) -> str | None:
    """The position in the file; None if there is no file. Invalid if it is another's."""
    if path is None or not path.exists():
        return None
    try:
        position = json.loads(path.read_text())["position"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Invalid(f"{path} is no file that a position was kept in: {error}. Name another.") from error
    return str(position)


def keep_position(path: Path | None, position: str | None) -> None:
    """Write the position in one move, or remove the file when there is nothing left to do."""
    if path is None:
        return
    if position is None:
        path.unlink(missing_ok=True)
        return
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(json.dumps({"position": position}) + "\n")
    draft.replace(path)
