"""Headings that instructions ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leadmagnet.adapters.models.offline.facts import clean

#: The first line of every draft; in instructions it shows where an earlier draft begins.
NOTE = "*Draft written offline from your submission; no AI model was called.*"

#: Instructions may carry whole chapters of earlier steps; what they ask for stands near their beginning.
_READ_CHARS = 4_000
_MOST_HEADINGS = 8
_MOST_WORDS = 8

_LISTED = re.compile(r"^\s*(?:#{1,6}|[-*•]|\d{1,2}[.)])\s+(?P<item>\S.*)$")
_NAMED = re.compile(
    r"\b(?:sections?|headings?|chapters?|cover|include|topics?|about)\s*(?::|these:)\s*(?P<items>[^\n.]{3,300})",
    re.IGNORECASE,
)
_ENDS_WITH = re.compile(r"\bend(?:s|ing)? with [\"“](?P<heading>[^\"”\n]{3,80})[\"”]", re.IGNORECASE)
_COUNTED = re.compile(r"\b(?P<count>\w{1,6})\s+(?:##\s+)?(?:headings|sections)\b", re.IGNORECASE)
_NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905, a sentence
_MOST_COUNTED = 15

#: Items that begin so tell how to write, not what about.
_ORDERS = frozenset(
    {"write", "use", "keep", "avoid", "do", "don't", "answer", "return", "make", "be", "give", "start", "end"}
    | {"no", "never", "always", "please", "speak", "address", "mention", "quote", "add", "begin", "finish"}
    | {"limit", "ask", "tell", "the", "about", "at"}
)


def own_words(instructions: str) -> str:
    """The instructions without an earlier draft that they quote, as far as that can be told."""
    before, note, after = instructions.partition(NOTE)
    if not note:
        return instructions[:_READ_CHARS]
    return "\n\n".join([before[-_READ_CHARS:], *after.rstrip().rsplit("\n\n", 2)[1:]])


def headings_in(words: str) -> tuple[str, ...]:
    """Short items of lists, Markdown headings, and what follows "sections:" or "cover:", in order."""
    found = dict.fromkeys(_candidates(words))
    return tuple(found)[:_MOST_HEADINGS]


def last_heading_in(words: str) -> str | None:
    """What follows "end with", in quotation marks."""
    found = _ENDS_WITH.search(words)
    return None if found is None else next(_heading(found["heading"]), None)


def heading_count_in(words: str) -> int | None:
    """How many headings are asked for; of "two or three headings", three."""
    found = _COUNTED.search(words)
    number = "" if found is None else found["count"].lower()
    count = int(number) if number.isdecimal() else _NUMBERS.index(number) if number in _NUMBERS else 0
    return count if 1 <= count <= _MOST_COUNTED else None


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
