"""JSON that satisfies a simple JSON Schema, from the facts where a name fits."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

from leadmagnet.adapters.models.offline.facts import Facts
from leadmagnet.adapters.models.offline.stock import Theme, stock
from leadmagnet.adapters.models.offline.voice import Voice
from leadmagnet.domain.errors import Invalid
from leadmagnet.domain.json_value import JsonObject, JsonValue
from leadmagnet.engine.answer_schema import mismatch, schema_problems

#: Schemas may refer to themselves; below this only what is required is filled in, and twice below it nothing.
_MOST_DEPTH = 5
_MOST_ITEMS = 20
#: How often another item is looked for where no item may come twice.
_MOST_TRIES = 100


def json_answer(schema: JsonObject, *, voice: Voice, facts: Facts) -> str:
    """JSON text for objects, arrays, strings, numbers, booleans, enums, `$ref` and the first of `anyOf`.

    Invalid if it does not satisfy `schema`, which then asks for more than that, or is none.
    """
    wrong = next(schema_problems(schema), None)
    if wrong is None:
        value = _Filler(root=schema, voice=voice, facts=facts).value(schema, name="", depth=0)
        wrong = mismatch(value, schema)
        if wrong is None:
            return json.dumps(value, ensure_ascii=False, indent=2)
    raise Invalid(
        f"The offline model cannot fill in this json_schema ({wrong}); simplify it, or use a hosted model.",
        option="json_schema",
    )


class _Filler:
    def __init__(self, *, root: JsonObject, voice: Voice, facts: Facts) -> None:
        self._root = root
        self._voice = voice
        self._facts = {label.lower(): value for label, value in facts.fields}

    def value(self, schema: JsonValue, *, name: str, depth: int) -> JsonValue:
        if not isinstance(schema, Mapping) or depth > 2 * _MOST_DEPTH:
            return None
        schema = self._resolved(schema)
        fixed = [schema[key] for key in ("const", "default") if key in schema]
        if allowed := fixed or _list(schema.get("enum")):
            return self._voice.chance.choice(allowed)
        match _type(schema):
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "string":
                return self._string(schema, name)
            case "integer" | "number" as kind:
                return _number(schema, whole=kind == "integer")
            case kind:
                return self._voice.chance.random() < 0.5 if kind == "boolean" else None

    def _resolved(self, schema: JsonObject) -> JsonObject:
        """`schema`, or what it refers to; alternatives stand for their first."""
        for _ in range(_MOST_DEPTH):
            target = schema.get("$ref")
            if isinstance(target, str):
                schema = self._at(target)
                continue
            first = next(iter(_list(schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"))), None)
            if not isinstance(first, Mapping):
                break
            schema = first
        return schema

    def _at(self, pointer: str) -> JsonObject:
        found: JsonValue = self._root
        for part in pointer.removeprefix("#").strip("/").split("/"):
            found = found.get(part) if part and isinstance(found, Mapping) else found
        return found if isinstance(found, Mapping) else {}

    def _object(self, schema: JsonObject, depth: int) -> JsonObject:
        properties = schema.get("properties")
        known = properties if isinstance(properties, Mapping) else {}
        needed = [str(name) for name in _list(schema.get("required"))]
        names = [*known, *(name for name in needed if name not in known)] if depth < _MOST_DEPTH else needed
        return {name: self.value(known.get(name, {"type": "string"}), name=name, depth=depth + 1) for name in names}

    def _array(self, schema: JsonObject, name: str, depth: int) -> Sequence[JsonValue]:
        least = _whole(schema.get("minItems"), 0)
        most = _whole(schema.get("maxItems"), max(least, 3))
        count = least if depth >= _MOST_DEPTH else min(max(least, 3), most)
        first, rest = _list(schema.get("prefixItems")), schema.get("items", {"type": "string"})
        items: list[JsonValue] = []
        for _ in range(_MOST_TRIES):
            if len(items) >= min(count, _MOST_ITEMS):
                break
            inner = first[len(items)] if len(items) < len(first) else rest
            item = self.value(inner, name=name, depth=depth + 1)
            if schema.get("uniqueItems") is not True or item not in items:
                items.append(item)
        return items

    def _string(self, schema: JsonObject, name: str) -> str:
        words = name.replace("_", " ").lower()
        text = self._facts.get(words) or self._voice.sentence(self._theme(words), left=1_000)
        text = text[: _whole(schema.get("maxLength"), len(text))]
        return text.ljust(min(_whole(schema.get("minLength"), 0), 10_000), ".")

    def _theme(self, words: str) -> Theme:
        themes = self._voice.chance.sample(stock().themes, len(stock().themes))
        return max(themes, key=lambda theme: sum(word in words for word in theme.keywords))


def _type(schema: JsonObject) -> str | None:
    kind = schema.get("type")
    if kinds := _list(kind):
        kind = next((one for one in kinds if one != "null"), "null")
    if isinstance(kind, str):
        return kind
    return "object" if "properties" in schema else "array" if "items" in schema else "string"


def _number(schema: JsonObject, *, whole: bool) -> float:
    """The smallest number allowed, or the largest if only that is given; 1 if there is no limit."""
    step = _limit(schema, "multipleOf") or (1 if whole else None)
    low, high = _limit(schema, "minimum"), _limit(schema, "maximum")
    above, below = _limit(schema, "exclusiveMinimum"), _limit(schema, "exclusiveMaximum")
    if above is not None and (low is None or above >= low):
        # Halfway to the other end, where there is no next number.
        end = high if below is None else below
        low = above + (step or (1 if end is None else (end - above) / 2))
    if below is not None and low is None:
        high = below - (step or 1)
    value = low if low is not None else 1 if high is None else min(1, high)
    if step is not None:
        value = (math.ceil(value / step) if low is not None or value >= step else math.floor(value / step)) * step
    return int(value) if whole else value


def _limit(schema: JsonObject, name: str) -> float | None:
    value = schema.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _whole(value: JsonValue, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else otherwise


def _list(value: JsonValue) -> Sequence[JsonValue]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()
