"""docs/cli.md says what there is, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leadmagnet.cli.app import app

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command with the names of its own options."""
    yield from _below("leadmagnet", app)


def _below(name: str, command: Any) -> Iterator[tuple[str, list[str]]]:  # noqa: ANN401 (click's own)
    parts = getattr(command, "commands", None)
    if parts is None:
        yield name, [option for each in command.params for option in each.opts if option.startswith("--")]
        return
    for part, below in parts.items():
        yield from _below(f"{name} {part}", below)


def test_every_command_has_its_heading_and_every_heading_its_command() -> None:
    headings = re.findall(r"^### `(leadmagnet [a-z ]+?)(?: [A-Z_]+(?:\.{3})?)?`$", PAGE, flags=re.MULTILINE)

    assert sorted(headings) == sorted(name for name, _ in commands())


@pytest.mark.parametrize(("command", "options"), list(commands()), ids=[name for name, _ in commands()])
def test_every_option_of_a_command_is_named(command: str, options: list[str]) -> None:
    missing = [option for option in options if option not in PAGE and option not in {"--help", "--embedded"}]

    assert missing == [], command
