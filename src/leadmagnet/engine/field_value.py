"""One value of a submission, checked against the field that asks for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from leadmagnet.domain.json_value import JsonValue
from leadmagnet.domain.workflow import Field, FieldType
from leadmagnet.engine.suggest import did_you_mean

MAX_LINE_CHARS = 2_000
MAX_TEXT_CHARS = 50_000
#: Whole numbers up to here mean the same in every JSON reader (RFC 8259, section 6).
MAX_NUMBER = 2**53 - 1
#: RFC 5321, section 4.5.3.1.3, without the angle brackets.
MAX_EMAIL_CHARS = 254

_EMAIL = re.compile(r"[^\s@<>(),;:\"\[\]\\]+@([\w-]+\.)+[\w-]{2,}")
_NUMBER = re.compile(r"[+-]?\d{1,16}(\.\d{1,16})?")
#: Everything below a space but tab and line ends, which no one types and many programs trip over.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A cleaned value, or what is wrong with it."""

    value: JsonValue = None
    problem: str = ""


def field_value(field: Field, value: JsonValue) -> Checked:
    """`value` as the field wants it: text without blanks around it, numbers as numbers.

    Absent and blank are one: None, which a required field refuses.
    """
    text = value.strip() if isinstance(value, str) else value
    if text is None or text == "":
        return Checked(problem="is needed" if field.required else "")
    if field.type is FieldType.NUMBER:
        return _number(text)
    if not isinstance(text, str):
        return Checked(problem=f"must be text, not {type(text).__name__}")
    problem = _unfit(field, text) or _CHECKS[field.type](field, text)
    return Checked(problem=problem) if problem else Checked(value=text)


def _unfit(field: Field, text: str) -> str:
    most = MAX_TEXT_CHARS if field.type is FieldType.LONG_TEXT else MAX_LINE_CHARS
    if len(text) > most:
        return f"is {len(text):,} characters long; {most:,} is the most"
    if _CONTROL.search(text) or any("\ud800" <= char <= "\udfff" for char in text):
        return "holds characters that are not text; type it anew"
    return ""


def _number(value: JsonValue) -> Checked:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Checked(problem="must be a number, as in 12 or 12.5")
    if not -MAX_NUMBER <= value <= MAX_NUMBER:
        return Checked(problem=f"must be a number of at most {MAX_NUMBER:,}")
    return Checked(value=value)


def _line(_: Field, text: str) -> str:
    return "is one line; take the line breaks out" if len(text.splitlines()) > 1 else ""


def _text(_: Field, __: str) -> str:
    return ""


def _email(_: Field, text: str) -> str:
    fits = _EMAIL.fullmatch(text) and len(text) <= MAX_EMAIL_CHARS
    return "" if fits else f'"{text[:80]}" is not an e-mail address, as in ann@example.com'


def _url(_: Field, text: str) -> str:
    wrong = f'"{text[:80]}" is not a web address, as in https://example.com'
    if re.search(r"[\s<>\"\\]", text):
        return wrong
    try:
        parts = urlsplit(text)
    except ValueError:
        return wrong
    return "" if parts.scheme in ("http", "https") and parts.hostname else wrong


def _choice(field: Field, text: str) -> str:
    if text in field.choices:
        return ""
    return f'"{text[:80]}" is not a choice{did_you_mean(text, field.choices)}; there are: {", ".join(field.choices)}'


_CHECKS: Mapping[FieldType, Callable[[Field, str], str]] = {
    FieldType.TEXT: _line,
    FieldType.LONG_TEXT: _text,
    FieldType.EMAIL: _email,
    FieldType.URL: _url,
    FieldType.CHOICE: _choice,
}
