"""Whether a value satisfies a schema, and where it does not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from leadmagnet.domain.json_value import JsonObject, JsonValue
from leadmagnet.engine.answer_schema.keywords import is_number, is_whole, resolve

#: Alternatives within alternatives can multiply; so many comparisons are more than any answer needs.
_MOST_COMPARISONS = 200_000


def mismatch(value: JsonValue, schema: JsonObject) -> str | None:
    """Where `value` does not satisfy `schema` and why, for the first such place; None if it does.

    `schema` has no `schema_problems`. Notes such as `format` are not checked.
    """
    try:
        return next(_Matching(schema).problems(value, schema, "the answer"), None)
    except RecursionError:
        return "the answer is nested too deeply to compare it"


class _Matching:
    def __init__(self, root: JsonObject) -> None:
        self._root = root
        self._left = _MOST_COMPARISONS

    def problems(self, value: JsonValue, schema: JsonValue, path: str) -> Iterator[str]:
        self._left -= 1
        if self._left < 0:
            yield f"{path} takes too long to compare with json_schema; simplify its alternatives"
        elif schema is False:
            yield f"{path} must not be there"
        elif isinstance(schema, Mapping):
            yield from self._problems(value, schema, path)

    def _problems(self, value: JsonValue, schema: JsonObject, path: str) -> Iterator[str]:
        if "$ref" in schema:
            yield from self.problems(value, resolve(self._root, str(schema["$ref"])), path)
        kinds = _names(schema.get("type"))
        if kinds and not any(_is(value, kind) for kind in kinds):
            yield f"{path} must be {' or '.join(kinds)}, not {_shown(value)}"
            return
        yield from _value_problems(value, schema, path)
        if isinstance(value, str):
            yield from _within(len(value), schema, "Length", f"{path} must have", "characters")
        elif isinstance(value, Mapping):
            yield from self._object(value, schema, path)
        elif isinstance(value, Sequence):
            yield from self._array(value, schema, path)
        yield from self._alternatives(value, schema, path)

    def _object(self, value: JsonObject, schema: JsonObject, path: str) -> Iterator[str]:
        properties = schema.get("properties")
        known = properties if isinstance(properties, Mapping) else {}
        for name in _names(schema.get("required")):
            if name not in value:
                yield f"{path}.{name} is missing"
        yield from _within(len(value), schema, "Properties", f"{path} must have", "properties")
        others = schema.get("additionalProperties", True)
        for name, one in value.items():
            yield from self.problems(one, known.get(name, others), f"{path}.{name[:60]}")

    def _array(self, value: Sequence[JsonValue], schema: JsonObject, path: str) -> Iterator[str]:
        yield from _within(len(value), schema, "Items", f"{path} must have", "items")
        if schema.get("uniqueItems") is True and len({_canonical(one) for one in value}) < len(value):
            yield f"{path} holds the same item twice"
        first = schema.get("prefixItems")
        leading: Sequence[JsonValue] = first if isinstance(first, Sequence) and not isinstance(first, str) else ()
        for number, one in enumerate(value):
            inner = leading[number] if number < len(leading) else schema.get("items", True)
            yield from self.problems(one, inner, f"{path}[{number}]")

    def _alternatives(self, value: JsonValue, schema: JsonObject, path: str) -> Iterator[str]:
        for one in _schemas(schema, "allOf"):
            yield from self.problems(value, one, path)
        if "anyOf" in schema and not any(self._fits(value, one, path) for one in _schemas(schema, "anyOf")):
            why = next(self.problems(value, _schemas(schema, "anyOf")[0], path), path)
            yield f"{path} fits none of the alternatives (of the first: {why})"
        if "oneOf" in schema:
            fitting = sum(self._fits(value, one, path) for one in _schemas(schema, "oneOf"))
            if fitting != 1:
                yield f"{path} must fit exactly one of the alternatives, and fits {fitting}"
        if "not" in schema and self._fits(value, schema["not"], path):
            yield f"{path} is what the schema excludes"

    def _fits(self, value: JsonValue, schema: JsonValue, path: str) -> bool:
        return next(self.problems(value, schema, path), None) is None


def _value_problems(value: JsonValue, schema: JsonObject, path: str) -> Iterator[str]:
    if "const" in schema and _canonical(value) != _canonical(schema["const"]):
        yield f"{path} must be {_shown(schema['const'])}, not {_shown(value)}"
    allowed = _schemas(schema, "enum")
    if allowed and _canonical(value) not in [_canonical(one) for one in allowed]:
        yield f"{path} must be one of {', '.join(_shown(one) for one in allowed[:20])}, not {_shown(value)}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number_problems(value, schema, path)


def _number_problems(value: float, schema: JsonObject, path: str) -> Iterator[str]:
    low, high = _number(schema, "minimum"), _number(schema, "maximum")
    above, below = _number(schema, "exclusiveMinimum"), _number(schema, "exclusiveMaximum")
    if low is not None and value < low:
        yield f"{path} must be at least {low}, not {_shown(value)}"
    if high is not None and value > high:
        yield f"{path} must be at most {high}, not {_shown(value)}"
    if above is not None and value <= above:
        yield f"{path} must be above {above}, not {_shown(value)}"
    if below is not None and value >= below:
        yield f"{path} must be below {below}, not {_shown(value)}"
    step = _number(schema, "multipleOf")
    # As people read them: 0.3 is a multiple of 0.1, although the two floats are not.
    if step is not None and (Fraction(repr(value)) / Fraction(repr(step))).denominator != 1:
        yield f"{path} must be a multiple of {step}, not {_shown(value)}"


def _within(count: int, schema: JsonObject, of: str, has: str, what: str) -> Iterator[str]:
    low, high = _number(schema, f"min{of}"), _number(schema, f"max{of}")
    if low is not None and count < low:
        yield f"{has} at least {low} {what}, not {count}"
    if high is not None and count > high:
        yield f"{has} at most {high} {what}, not {count}"


def _is(value: JsonValue, kind: str) -> bool:
    match kind:
        case "object":
            return isinstance(value, Mapping)
        case "array":
            return isinstance(value, Sequence) and not isinstance(value, str)
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "null":
            return value is None
        case "integer":
            return is_whole(value)
        case _:
            return is_number(value)


def _canonical(value: JsonValue) -> str:
    """The same text for values that JSON Schema holds to be equal: 1 and 1.0 are, 1 and true are not."""
    return json.dumps(_plain(value), sort_keys=True)


def _plain(value: JsonValue) -> JsonValue:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    return value


def _shown(value: JsonValue) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _number(schema: JsonObject, keyword: str) -> float | None:
    value = schema.get(keyword)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _names(value: JsonValue) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(name) for name in value] if isinstance(value, Sequence) else []


def _schemas(schema: JsonObject, keyword: str) -> Sequence[JsonValue]:
    value = schema.get(keyword, ())
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()
