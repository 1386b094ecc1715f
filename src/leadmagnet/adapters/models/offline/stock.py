"""The offline writer's sentences, read from `stock.yaml` beside this module."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """One subject: how it is recognised, and what can be said about it."""

    name: str
    topic: str
    keywords: tuple[str, ...]
    headings: tuple[str, ...]
    sentences: tuple[str, ...]
    points: tuple[str, ...]
    #: What to verify, and where to look.
    checks: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """All subjects, and sentences that suit any of them."""

    themes: tuple[Theme, ...]
    openings: tuple[str, ...]
    any_subject: tuple[str, ...]


@cache
def stock() -> Stock:
    """The stock; read once in a process."""
    text = resources.files(__package__).joinpath("stock.yaml").read_text("utf-8")
    read = yaml.safe_load(text)
    return Stock(
        themes=tuple(_theme(name, entry) for name, entry in read["themes"].items()),
        openings=tuple(read["openings"]),
        any_subject=tuple(read["any_subject"]),
    )


def _theme(name: str, entry: dict[str, Any]) -> Theme:
    pairs = (check.split(" | ") for check in entry["checks"])
    return Theme(
        name=name,
        topic=entry["topic"],
        keywords=tuple(entry["keywords"]),
        headings=tuple(entry["headings"]),
        sentences=tuple(entry["sentences"]),
        points=tuple(entry["points"]),
        checks=tuple((what, where) for what, where in pairs),
    )
