"""Numbers and times as people read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

_KIB = 1024
#: Stands where there is nothing to say: an en dash.
_NONE = "\u2013"


def bytes_text(size: int | None) -> str:
    """A size; KB is 1,024 bytes, as in DynamoDB's limits."""
    if size is None:
        return _NONE
    if size < _KIB:
        return f"{size} B"
    if size < _KIB**2:
        return f"{size / _KIB:.1f} KB"
    if size < _KIB**3:
        return f"{size / _KIB**2:.1f} MB"
    return f"{size / _KIB**3:.2f} GB"


def duration_text(milliseconds: float | None) -> str:
    """How long something took."""
    if milliseconds is None:
        return _NONE
    if milliseconds < 1_000:
        return f"{milliseconds:.0f} ms"
    seconds = milliseconds / 1_000
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} d {hours % 24} h"
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def cost_text(usd: float | None) -> str:
    """What was spent; small sums keep the digits that tell them from nothing."""
    if usd is None:
        return "unknown"
    if usd == 0:
        return "$0"
    return f"${usd:.4f}" if usd < 0.1 else f"${usd:,.2f}"


def number_text(number: int | None) -> str:
    """A count with its thousands apart."""
    return _NONE if number is None else f"{number:,}"


def plural(number: int, one: str, many: str = "") -> str:
    """`1 step`, `2 steps`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def change_text(before: float | None, after: float | None, write: Callable[[Any], str]) -> str:
    """By how much a figure changed, with its sign; empty where it did not, or where one of the two is not known."""
    if before is None or after is None or write(before) == write(after):
        return ""
    return ("+" if after > before else "\u2212") + write(abs(after - before))


def time_text(moment: datetime | None) -> str:
    """A moment for those without scripts, in UTC; with them the page tells it in the reader's own time."""
    return _NONE if moment is None else f"{moment.astimezone(UTC):%d %b %Y, %H:%M:%S} UTC"


def iso_text(moment: datetime) -> str:
    """A moment for scripts."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
