"""A submission, and edits of instructions, as they are given on a command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from leadmagnet.domain.errors import Invalid


def read_submission(
    workflow: dict[str, Any], *, fields: Sequence[str], file: Path | None, example: bool
) -> dict[str, Any]:
    """The submission for `workflow`: its examples or a file's content, and single fields over them."""
    submission: dict[str, Any] = {}
    if example:
        submission |= {each["name"]: each["example"] for each in workflow["fields"] if each["example"] is not None}
    if file is not None:
        submission |= _from_file(file)
    for given in fields:
        name, equals, value = given.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"{given!r} is not of the form name=value.", param_hint="--field")
        submission[name] = value
    return submission


def read_instructions(given: Sequence[str]) -> dict[str, str]:
    """Instructions by step name, from `step=text` or `step=@file`."""
    found: dict[str, str] = {}
    for each in given:
        name, equals, text = each.partition("=")
        if not equals or not name:
            raise typer.BadParameter(
                f"{each!r} is not of the form step=text or step=@file.", param_hint="--instructions"
            )
        found[name] = _text_of(Path(text[1:])) if text.startswith("@") else text
    return found


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{file} cannot be read: {error}") from error


def _from_file(file: Path) -> dict[str, Any]:
    text = _text_of(file)
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise Invalid(f"{file} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}.") from error
    except RecursionError as error:
        raise Invalid(f"{file} is nested too deeply to be a submission.") from error
    if not isinstance(found, dict):
        raise Invalid(f"{file} must hold a JSON object of field names and values.")
    return found
