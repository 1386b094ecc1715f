"""The functions' own lock is a part of the whole one."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PINNED = re.compile(r"^([a-z0-9-]+)==([^ ;]+)", re.MULTILINE)


def pinned(path: Path) -> set[tuple[str, str]]:
    return {(name, version) for name, version in _PINNED.findall(path.read_text(encoding="utf-8"))}


def test_functions_run_with_the_very_versions_that_are_tested() -> None:
    functions, everything = pinned(ROOT / "src" / "requirements.txt"), pinned(ROOT / "requirements.lock")

    assert functions
    assert functions <= everything


def test_what_only_a_terminal_needs_stays_at_home() -> None:
    names = {name for name, _ in pinned(ROOT / "src" / "requirements.txt")}

    assert names.isdisjoint({"typer", "rich", "ministack", "uvicorn", "pytest", "aws-sam-translator"})
