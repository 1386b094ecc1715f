"""Chooses words: no sentence comes twice while there is another, and each text makes its own choice."""

from __future__ import annotations

import hashlib
import json
import re
from random import Random

from leadmagnet.adapters.models.offline.facts import Facts, clean
from leadmagnet.adapters.models.offline.stock import Stock, Theme
from leadmagnet.engine.ports import TextRequest

_CHOICE = re.compile(r"\[([^\[\]]+)\]")
_SLOT = re.compile(r"\{(\w+)\}")

#: What stands for a fact that was given in full before.
_SHORTER = {"audience": "your customers", "goal": "this goal"}

#: So near its end a text takes the one sentence, before that the two, that fit best, and not the next.
_LAST_WORDS = 34


def chance_of(request: TextRequest, facts: Facts) -> Random:
    """A source of choices that is the same for the same request, and another for any other."""
    said = [request.title, request.instructions, facts.fields, sorted(map(str, request.options.items()))]
    digest = hashlib.sha256(json.dumps(said).encode("ascii")).digest()
    return Random(digest)  # noqa: S311, chooses among sentences, not keys


def words_in(text: str) -> int:
    """How many words a reader would count; signs of Markdown are none."""
    return sum(any(sign.isalnum() for sign in word) for word in text.split())


class Voice:
    """Says sentences of the stock about one submission."""

    def __init__(self, *, chance: Random, stock: Stock, facts: Facts, title: str) -> None:
        self.chance = chance
        self._stock = stock
        self._slots = {**facts.slots, "title": f"“{clean(title, 80)}”" if title.strip() else "this subject"}
        self._said: set[str] = set()
        self._left: dict[str, list[str]] = {}
        self._refill()

    def opening(self) -> str:
        """A first sentence."""
        return self.say(self.chance.choice(self._stock.openings))

    def sentence(self, theme: Theme, *, left: int) -> str:
        """A sentence about `theme`, of about `left` words if that is near the end."""
        wanted = left if left <= _LAST_WORDS else left // 2
        if left < 2 * _LAST_WORDS and (fitting := self._fitting(theme, wanted)) is not None:
            return fitting
        order = (theme.name, *([] if self.chance.random() < 0.4 else ["any"]), *self._others(theme))
        deck = next((self._left[name] for name in order if self._left[name]), None)
        if deck is None:
            self._refill()
            deck = self._left[theme.name]
        return self.say(deck.pop(), theme)

    def _fitting(self, theme: Theme, left: int) -> str | None:
        """The sentence on `theme`, or on any subject, whose length is nearest to `left` words."""
        open_ = [(self.say(one, theme), deck, one) for deck in (theme.name, "any") for one in self._left[deck]]
        if not open_:
            return None
        text, deck, template = min(open_, key=lambda candidate: abs(words_in(candidate[0]) - left))
        self._left[deck].remove(template)
        return text

    def say(self, template: str, theme: Theme | None = None) -> str:
        """`template` with its choices made and its slots filled; what a fact holds is not read as either."""
        chosen = _CHOICE.sub(lambda match: self.chance.choice(match[1].split("|")), template)
        topic = "this" if theme is None else theme.topic
        text = _SLOT.sub(lambda match: topic if match[1] == "topic" else self._fact(match[1]), chosen)
        # A company may well be called "iodine"; only other words get a capital in front.
        named = chosen.startswith("{company}") and not text.startswith("your ")
        return text if named else text[:1].upper() + text[1:]

    def _fact(self, name: str) -> str:
        """The fact, in full the first time and now and then shorter after that."""
        again, short = name in self._said, _SHORTER.get(name)
        self._said.add(name)
        return short if again and short is not None and self.chance.random() < 0.5 else self._slots[name]

    def _others(self, theme: Theme) -> list[str]:
        """The other subjects, the ones with most left to say first."""
        names = [other.name for other in self._stock.themes if other.name != theme.name]
        return sorted(names, key=lambda name: len(self._left[name]), reverse=True)

    def _refill(self) -> None:
        decks = {theme.name: theme.sentences for theme in self._stock.themes} | {"any": self._stock.any_subject}
        for name, sentences in decks.items():
            self._left[name] = self.chance.sample(sentences, len(sentences))
