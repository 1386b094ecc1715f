"""docs/cli.md says what there is, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from leadmagnet.cli.app import app

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command with the names of its own options."""
    root = typer.main.get_command(app)
    for name, command in root.commands.items():  # type: ignore[attr-defined] # a group
        for part, leaf in getattr(command, "commands", {"": command}).items():
            options = [option for each in leaf.params for option in each.opts if option.startswith("--")]
            yield f"leadmagnet {name} {part}".strip(), options


def test_every_command_has_its_heading_and_every_heading_its_command() -> None:
    headings = re.findall(r"^### `(leadmagnet [a-z ]+?)(?: [A-Z_]+)?`$", PAGE, flags=re.MULTILINE)

    assert sorted(headings) == sorted(name for name, _ in commands())


@pytest.mark.parametrize(("command", "options"), list(commands()), ids=[name for name, _ in commands()])
def test_every_option_of_a_command_is_named(command: str, options: list[str]) -> None:
    missing = [option for option in options if option not in PAGE and option not in {"--help", "--embedded"}]

    assert missing == [], command
