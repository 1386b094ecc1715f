"""Headings that instructions ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leadmagnet.adapters.models.offline.facts import clean

#: Instructions may carry whole chapters of earlier steps; what they ask for stands near their beginning.
_READ_CHARS = 4_000
_MOST_HEADINGS = 8
_MOST_WORDS = 8

_LISTED = re.compile(r"^\s*(?:#{1,6}|[-*•]|\d{1,2}[.)])\s+(?P<item>\S.*)$")
_NAMED = re.compile(
    r"\b(?:sections?|headings?|chapters?|cover|include|topics?|about)\s*(?::|these:)\s*(?P<items>[^\n.]{3,300})",
    re.IGNORECASE,
)
#: Items that begin so tell how to write, not what about.
_ORDERS = frozenset(
    {"write", "use", "keep", "avoid", "do", "don't", "answer", "return", "make", "be", "give", "start", "end"}
    | {"no", "never", "always", "please", "speak", "address", "mention", "quote", "add", "begin", "finish"}
    | {"limit", "ask", "tell", "the", "about", "at"}
)


def headings_in(instructions: str) -> tuple[str, ...]:
    """Short items of lists, Markdown headings, and what follows "sections:" or "cover:", in order."""
    found = dict.fromkeys(_candidates(instructions[:_READ_CHARS]))
    return tuple(found)[:_MOST_HEADINGS]


def _candidates(text: str) -> Iterator[str]:
    for match in _NAMED.finditer(text):
        for item in re.split(r"[,;]|\band\b", match["items"]):
            yield from _heading(item)
    for line in text.splitlines():
        if listed := _LISTED.match(line):
            yield from _heading(listed["item"])


def _heading(item: str) -> Iterator[str]:
    """`item` as a heading, if it can be one."""
    words = clean(re.sub(r"[*_`#]", "", item.split(":", 1)[0]), 80).strip(" .,;-\u2013")
    count = len(words.split())
    if not 1 <= count <= _MOST_WORDS or not any(sign.isalpha() for sign in words):
        return
    if words.split()[0].lower() in _ORDERS:
        return
    yield words[0].upper() + words[1:]
