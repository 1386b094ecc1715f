"""What is wrong with a schema, told when a workflow is saved and not when its job has been paid for."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from leadmagnet.domain.json_value import JsonObject, JsonValue
from leadmagnet.engine.answer_schema.keywords import HOLDS_LIST, HOLDS_NAMED, HOLDS_ONE, RULES, is_list, resolve
from leadmagnet.engine.suggest import did_you_mean

#: A schema goes to the vendor with each request; larger ones are refused there (and paid for as input).
MAX_SCHEMA_BYTES = 32 * 1024
#: Vendors take 5 to 10 levels of nesting.
MAX_DEPTH = 20
_PAIRS = (("minItems", "maxItems"), ("minLength", "maxLength"), ("minProperties", "maxProperties"))
_LIMITS = (*_PAIRS, ("minimum", "maximum"))
#: Keywords under which a schema speaks of the same value as the one around it.
_SAME_VALUE = ("anyOf", "oneOf", "allOf")


def schema_problems(schema: JsonValue) -> Iterator[str]:
    """Each mistake in `schema`, with its place."""
    if not isinstance(schema, Mapping):
        yield "json_schema must be a JSON Schema (a mapping such as {type: object, properties: ...})"
        return
    try:
        size = len(json.dumps(schema, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    except RecursionError:
        yield f"json_schema is nested too deeply; {MAX_DEPTH} levels are the most"
        return
    if size > MAX_SCHEMA_BYTES:
        yield f"json_schema holds {size:,} bytes; {MAX_SCHEMA_BYTES:,} are the most"
        return
    found = list(_schemas(schema, "#", 0))
    places = {each.place for each in found}
    problems = [problem for each in found for problem in _problems(each, places)]
    yield from problems
    if not problems and _Paths(schema).longest(found) > MAX_DEPTH:
        yield f"json_schema: a $ref leads back to itself, or through more than {MAX_DEPTH} schemas, before any value"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A schema within the whole: where (`#/properties/name`), and below how many others."""

    schema: JsonValue
    place: str
    depth: int


def _schemas(schema: JsonValue, place: str, depth: int) -> Iterator[_Found]:
    """`schema` and all in it; nothing below MAX_DEPTH + 1."""
    yield _Found(schema=schema, place=place, depth=depth)
    if not isinstance(schema, Mapping) or depth > MAX_DEPTH:
        return
    for keyword, value in schema.items():
        for below, one in _held(keyword, value):
            yield from _schemas(one, f"{place}/{keyword}{below}", depth + 1)


def _held(keyword: str, value: JsonValue) -> Iterable[tuple[str, JsonValue]]:
    """The schemas that `keyword` holds, each with its place below it."""
    if keyword in HOLDS_ONE:
        return [("", value)]
    if keyword in HOLDS_NAMED and isinstance(value, Mapping):
        return [(f"/{_escaped(name)}", one) for name, one in value.items()]
    if keyword in HOLDS_LIST and isinstance(value, Sequence) and not isinstance(value, str):
        return [(f"/{number}", one) for number, one in enumerate(value)]
    return ()


def _problems(found: _Found, places: Collection[str]) -> Iterator[str]:
    where = "json_schema" if found.place == "#" else f"json_schema {found.place}"
    if found.depth > MAX_DEPTH:
        yield f"{where} is nested too deeply; {MAX_DEPTH} levels are the most"
        return
    if not isinstance(found.schema, Mapping):
        return
    for keyword, value in found.schema.items():
        if keyword not in RULES:
            yield f'{where}: "{keyword}" is not a keyword that is checked here{_instead(keyword)}'
        elif not RULES[keyword][0](value):
            yield f"{where}: {keyword} must be {RULES[keyword][1]}"
        elif keyword == "$ref" and value not in places:
            yield f'{where}: the $ref "{value}" leads to no schema'
    yield from (f"{where}: {problem}" for problem in _contradictions(found.schema))


def _instead(keyword: str) -> str:
    if keyword in ("pattern", "patternProperties"):
        return "; say in a description what the text must look like"
    return did_you_mean(keyword, RULES) or f"; there are: {', '.join(RULES)}"


def _contradictions(schema: JsonObject) -> Iterator[str]:
    for low, high in _LIMITS:
        least, most = schema.get(low), schema.get(high)
        if isinstance(least, int | float) and isinstance(most, int | float) and least > most:
            yield f"{low} is above {high}, so no value fits"
    properties, required = schema.get("properties", {}), schema.get("required", ())
    if schema.get("additionalProperties") is not False or not isinstance(properties, Mapping) or not is_list(required):
        return
    for name in required or ():  # type: ignore[union-attr]  # a list
        if isinstance(name, str) and name not in properties:
            yield f'"{name}" is required, but not among the properties, and others are forbidden'


class _Paths:
    """How many schemas of a whole speak of one and the same value, one after the other."""

    def __init__(self, root: JsonObject) -> None:
        self._root = root
        self._known: dict[int, int] = {}

    def longest(self, found: Iterable[_Found]) -> int:
        """The longest way from any of them; MAX_DEPTH + 1 stands for one that is longer, or has no end."""
        return max(self._length(each.schema, 0) for each in found)

    def _length(self, schema: JsonValue, before: int) -> int:
        if not isinstance(schema, Mapping):
            return 0
        if before > MAX_DEPTH:
            return MAX_DEPTH + 1
        if id(schema) not in self._known:
            longest = max((self._length(one, before + 1) for one in self._next(schema)), default=0)
            self._known[id(schema)] = min(longest, MAX_DEPTH) + 1
        return self._known[id(schema)]

    def _next(self, schema: JsonObject) -> Iterator[JsonValue]:
        for keyword in _SAME_VALUE:
            yield from schema.get(keyword, ())  # type: ignore[misc]  # checked to be a list
        if "not" in schema:
            yield schema["not"]
        if "$ref" in schema:
            yield resolve(self._root, str(schema["$ref"]))


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
