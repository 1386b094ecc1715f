"""A submission, as sentences can use it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from leadmagnet.domain.json_value import JsonValue

#: A submission may be as large as its sender likes; a draft reads this much of it.
_MOST_FIELDS = 40
_MOST_CHARS = 2_000
_MOST_ITEMS = 6
_MOST_DEPTH = 3

#: How long a fact may be inside a sentence.
SLOT_CHARS = 90

#: What fields that play a part in sentences are called; a name nearer to the front wins.
_ROLES: Mapping[str, tuple[str, ...]] = {
    "company": ("company", "brand", "business", "organisation", "organization", "firm", "client"),
    "industry": ("industry", "sector", "niche", "field", "market", "category"),
    "audience": ("audience", "customer", "persona", "buyer", "reader", "target", "guest"),
    "goal": ("goal", "objective", "aim", "challenge", "problem", "outcome", "need"),
    "product": ("product", "service", "offer", "what_you_sell", "topic", "subject"),
}

#: What a sentence says where the submission does not.
_UNKNOWN = {
    "company": "your company",
    "industry": "your field",
    "audience": "your customers",
    "goal": "your goal",
    "product": "your offer",
}

#: Contact details and secrets have no place in a text that is handed on.
_PRIVATE = ("mail", "phone", "mobile", "password", "secret", "token", "consent", "captcha")

#: Adjectives of peoples and places, which keep their capital inside a sentence.
_PROPER_ENDINGS = ("an", "ian", "ish", "ese", "ench", "utch", "eek", "iss")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a submission says: `fields` as label and value, and `slots` for sentences."""

    fields: tuple[tuple[str, str], ...]
    slots: Mapping[str, str]
    #: Names of the slots that the submission fills.
    known: frozenset[str]


def read_facts(submission: Mapping[str, JsonValue]) -> Facts:
    """The facts of `submission`, cleaned and cut to a bearable size; any JSON object will do."""
    named = list(_fields(submission))
    found = {role: value for role in _ROLES if (value := _find(role, named)) is not None}
    slots = {role: _phrase(role, found[role]) if role in found else _UNKNOWN[role] for role in _ROLES}
    fields = tuple((_label(name), value) for name, value in named)
    return Facts(fields=fields, slots=slots, known=frozenset(found))


def clean(text: str, most: int) -> str:
    """`text` on one line, without control signs, cut at a word's end to at most `most` characters."""
    # Categories: control signs, surrogates, and the marks that turn the direction of what follows.
    kept = "".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in text[: most * 4])
    kept = re.sub(r"[\ud800-\udfff\u202a-\u202e\u2066-\u2069]", "", kept)
    line = " ".join(kept.split())
    if len(line) <= most:
        return line
    head = line[: most - 1]
    words = head.rsplit(" ", 1)[0]
    return f"{words if len(words) > most // 2 else head}…"


def _fields(submission: Mapping[str, JsonValue]) -> Iterator[tuple[str, str]]:
    for _, (name, value) in zip(range(_MOST_FIELDS), submission.items(), strict=False):
        text = clean(_flat(value, _MOST_DEPTH), _MOST_CHARS)
        private = any(word in name.lower() for word in _PRIVATE) or re.fullmatch(r"\S+@\S+", text)
        if text and not private:
            yield clean(name, SLOT_CHARS), text


def _flat(value: JsonValue, depth: int) -> str:
    """`value` as words; what lies deeper than `depth` is left out."""
    if value is None or depth == 0:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value[:_MOST_CHARS]
    if isinstance(value, int) and value.bit_length() > 200:
        return ""  # nobody's answer; Python refuses to print the largest of them
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Mapping):
        parts = (f"{name}: {_flat(inner, depth - 1)}" for name, inner in list(value.items())[:_MOST_ITEMS])
        return "; ".join(part for part in parts if not part.endswith(": "))
    return _joined(value, depth)


def _joined(values: Sequence[JsonValue], depth: int) -> str:
    return ", ".join(part for value in values[:_MOST_ITEMS] if (part := _flat(value, depth - 1)))


def _find(role: str, named: list[tuple[str, str]]) -> str | None:
    for word in _ROLES[role]:
        exact = [value for name, value in named if name.lower() == word]
        near = [value for name, value in named if word in name.lower()]
        for value in exact + near:
            return value
    return None


def _phrase(role: str, value: str) -> str:
    short = clean(value, SLOT_CHARS).rstrip(" .;,!?:")
    if role == "goal":
        return f"the goal “{short}”"
    return short if role == "company" else _uncapitalised(short)


def _uncapitalised(phrase: str) -> str:
    """`phrase` for the middle of a sentence: "Small hotels" loses its capital, "Real Estate" and "SaaS" do not."""
    first = phrase.split(" ", 1)[0]
    titled = first[:1].isupper() and first[1:].isascii() and first[1:].islower()
    others = any(sign.isupper() for sign in phrase[1:])
    if not titled or others or first.lower().endswith(_PROPER_ENDINGS):
        return phrase
    return phrase[0].lower() + phrase[1:]


def _label(name: str) -> str:
    words = re.sub(r"[_\-\s]+", " ", name).strip()
    return words[:1].upper() + words[1:]
