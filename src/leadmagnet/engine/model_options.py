"""The options that steps may give to models, and what they may hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leadmagnet.domain.json_value import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Numbers that an option may hold, both ends included."""

    low: float
    high: float
    whole: bool

    def holds(self, value: JsonValue) -> bool:
        """Whether `value` is such a number."""
        kinds: type | tuple[type, ...] = int if self.whole else (int, float)
        return isinstance(value, kinds) and not isinstance(value, bool) and self.low <= value <= self.high  # type: ignore[operator]  # kinds are numbers

    def __str__(self) -> str:
        if self.whole:
            return f"a whole number from {int(self.low):,} to {int(self.high):,}"
        return f"a number from {self.low:g} to {self.high:g}"


#: Options of text models that hold a number.
TEXT_RANGES: Mapping[str, Range] = {
    "words": Range(low=60, high=5_000, whole=True),
    "max_tokens": Range(low=1, high=1_000_000, whole=True),
    "temperature": Range(low=0, high=2, whole=False),
    "top_p": Range(low=0, high=1, whole=False),
    "seed": Range(low=0, high=2**31 - 1, whole=True),
}

#: Everything that a step of type ai_generation may set.
TEXT_OPTIONS = (*TEXT_RANGES, "json_schema", "web_search")

#: What a hosted model's picture may be like; `auto` leaves it to the vendor.
QUALITIES = ("auto", "low", "medium", "high")
#: What the offline model draws.
KINDS = ("cover", "palette", "pattern", "diagram")
