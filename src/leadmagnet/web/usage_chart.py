"""Columns on an axis of days, one part for each workflow: numbers for an SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

#: The drawing's own units; it is scaled to the page.
WIDTH = 1000
HEIGHT = 240
_LEFT = 64
_TOP = 12
_BOTTOM = 26
#: Workflows with a colour of their own; the rest share the last.
_COLOURS = 6
_MOST_DAY_LABELS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one workflow used on one day."""

    x: float
    y: float
    width: float
    height: float
    colour: int
    #: What it says when pointed at.
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A label of an axis, and where it is."""

    at: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The drawing. `colours` are those of the workflows, by name."""

    parts: Sequence[Part] = ()
    days: Sequence[Mark] = ()
    levels: Sequence[Mark] = ()
    colours: Mapping[str, int]
    left: float = _LEFT
    bottom: float = HEIGHT - _BOTTOM
    width: float = WIDTH
    height: float = HEIGHT


def chart_of(
    days: Sequence[date],
    names: Sequence[str],
    values: Mapping[tuple[date, str], float],
    *,
    text: Callable[[float], str],
) -> Chart:
    """The drawing of `values` by day and workflow; `text` writes a value for people."""
    colours = {name: min(place, _COLOURS - 1) for place, name in enumerate(names)}
    highest = max((sum(values.get((day, name), 0.0) for name in names) for day in days), default=0.0)
    if not highest:
        return Chart(colours=colours)
    step = _round_step(highest)
    top = step * math.ceil(highest / step)
    room = HEIGHT - _TOP - _BOTTOM
    slot = (WIDTH - _LEFT) / len(days)
    parts: list[Part] = []
    for place, day in enumerate(days):
        x, y = _LEFT + place * slot + slot * 0.12, float(HEIGHT - _BOTTOM)
        for name in names:
            value = values.get((day, name), 0.0)
            if value:
                height = room * value / top
                y -= height
                said = f"{day:%d %b}, {name}: {text(value)}"
                parts.append(Part(x=x, y=y, width=slot * 0.76, height=height, colour=colours[name], text=said))
    every = math.ceil(len(days) / _MOST_DAY_LABELS)
    return Chart(
        parts=parts,
        days=[
            Mark(at=_LEFT + (place + 0.5) * slot, label=f"{day:%d %b}")
            for place, day in enumerate(days)
            if place % every == 0
        ],
        levels=[
            Mark(at=HEIGHT - _BOTTOM - room * number * step / top, label=text(number * step))
            for number in range(round(top / step) + 1)
        ],
        colours=colours,
    )


def _round_step(highest: float) -> float:
    """A distance of 1, 2 or 5 times a power of ten that makes at most five levels of it."""
    power = 10.0 ** math.floor(math.log10(highest))
    return next(power * factor for factor in (0.2, 0.5, 1, 2, 5) if highest / (power * factor) <= 5)
