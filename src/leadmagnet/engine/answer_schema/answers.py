"""A model's answer as a JSON value that can be recorded."""

from __future__ import annotations

import json
import math

from leadmagnet.domain.json_value import JsonValue

#: Deeper than any schema that is accepted here, and than templates can use.
MAX_DEPTH = 64


class NotJson(ValueError):
    """A text is not JSON, or holds what cannot be recorded; the message says what, on one line."""


def read_json(text: str) -> JsonValue:
    """The value that `text` says in JSON, and nothing beside it; NotJson otherwise."""
    try:
        value: JsonValue = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        # An escaped half of a pair of surrogates is JSON, and cannot be written down.
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as exc:
        raise NotJson(f"it is not JSON: {exc.msg} at line {exc.lineno}, column {exc.colno}") from exc
    except UnicodeEncodeError as exc:
        raise NotJson("it holds half a character (a lone surrogate)") from exc
    except RecursionError as exc:
        raise NotJson("it is nested too deeply") from exc
    except ValueError as exc:  # also Python's own refusal of numbers of more than 4,300 digits
        raise NotJson("it holds a number that cannot be recorded") from exc
    if _depth(value) > MAX_DEPTH:
        raise NotJson("it is nested too deeply")
    return value


def _refuse(name: str) -> JsonValue:
    raise ValueError(name)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(digits)
    return value


def _depth(value: JsonValue) -> int:
    """How deep `value` is nested, counted without recursion."""
    depth, level = 0, [value]
    while level:
        depth += 1
        inner: list[JsonValue] = []
        for one in level:
            if isinstance(one, dict):
                inner.extend(one.values())
            elif isinstance(one, list):
                inner.extend(one)
        level = inner
    return depth
