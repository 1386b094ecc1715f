"""Durations as they are given on a command line."""

from __future__ import annotations

import re
from datetime import timedelta

import typer

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta:
    """The time that `90m`, `24h` or `7d` stands for."""
    match = re.fullmatch(r"(\d{1,6})([mhd])", text.strip())
    if match is None:
        raise typer.BadParameter(f"{text!r} is no duration; write 90m, 24h or 7d.")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
