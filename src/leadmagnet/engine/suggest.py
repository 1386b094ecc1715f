"""Names that were probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """`; did you mean "outline"?` if one of `names` is close to `word`, else the empty string."""
    close = get_close_matches(word, list(names), n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""
