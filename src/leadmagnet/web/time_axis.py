"""The marks of an axis of time, at round distances."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

#: Marks on the width of a screen; a phone's has room for no more.
_MOST_TICKS = 6
_MINUTE_MS, _HOUR_MS, _DAY_MS = 60_000, 3_600_000, 86_400_000
#: Distances between marks, in milliseconds: what people count in.
_DISTANCES_MS = (
    *(unit * factor for unit in (1, 10, 100) for factor in (1, 2, 5)),
    *(unit * factor for unit in (1_000, _MINUTE_MS) for factor in (1, 2, 5, 10, 20, 30)),
    *(_HOUR_MS * factor for factor in (1, 2, 6, 12)),
    *(_DAY_MS * factor for factor in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A mark, and where it is in percent."""

    left: float
    label: str


def ticks_of(span_ms: float, *, zoom: int = 1) -> Iterable[Tick]:
    """Marks for `span_ms`: as many for each width of the screen, however large it is drawn."""
    distance = next((d for d in _DISTANCES_MS if span_ms / d <= _MOST_TICKS * zoom), _DISTANCES_MS[-1])
    for number in range(int(span_ms // distance) + 1):
        at_ms = number * distance
        yield Tick(left=round(100 * at_ms / span_ms, 3), label="0" if not number else _label(at_ms, distance))


def _label(ms: int, distance: int) -> str:
    """The moment, as exact as the distance makes it, so that no two marks say the same."""
    if ms < 1_000:
        return f"{ms} ms"
    minutes, rest_ms = divmod(ms, _MINUTE_MS)
    seconds = f"{rest_ms / 1_000:.{_decimals(distance)}f} s"
    if not minutes:
        return seconds
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d", _DAY_MS), (hours, "h", _HOUR_MS), (minutes, "min", _MINUTE_MS)]
    named = [f"{number} {unit}" for number, unit, unit_ms in parts if number or (distance < unit_ms and ms > unit_ms)]
    return " ".join(named if rest_ms == 0 and distance >= _MINUTE_MS else [*named, seconds])


def _decimals(distance: int) -> int:
    return next((digits for digits, unit in enumerate((1_000, 100, 10)) if distance >= unit), 3)
