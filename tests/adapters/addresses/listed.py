"""Lists of addresses beside this file."""

from __future__ import annotations

from pathlib import Path


def listed(name: str) -> list[str]:
    """The lines of `name`.txt, without its comments."""
    text = Path(__file__).with_name(f"{name}.txt").read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
