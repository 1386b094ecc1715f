"""The keywords of JSON Schema that are understood, each with what it must hold.

A keyword that is not here is refused when a workflow is saved, and not passed over in silence as the standard has
it: a misspelt `minLenght` would check nothing. `pattern` is left out on purpose, because Python's regular
expressions can take for ever on an answer and cannot be stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from leadmagnet.domain.json_value import JsonObject, JsonValue

TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")


def is_whole(value: JsonValue) -> bool:
    """Whether `value` is a whole number as JSON Schema counts: 3.0 is one, true is none."""
    return is_number(value) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))


def is_number(value: JsonValue) -> bool:
    """Whether `value` is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_list(value: JsonValue) -> bool:
    """Whether `value` is a list; a text is none."""
    return isinstance(value, Sequence) and not isinstance(value, str)


def _is_count(value: JsonValue) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_type(value: JsonValue) -> bool:
    names = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    return bool(names) and all(isinstance(name, str) and name in TYPES for name in names)


def _are_names(value: JsonValue) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(one, str) for one in value)


def _is_schema(value: JsonValue) -> bool:
    return isinstance(value, bool | Mapping)


def _are_schemas(value: JsonValue) -> bool:
    named = isinstance(value, Sequence) and not isinstance(value, str)
    return named and bool(value) and all(_is_schema(one) for one in value)  # type: ignore[union-attr]  # a sequence


def _are_named_schemas(value: JsonValue) -> bool:
    return isinstance(value, Mapping) and all(_is_schema(one) for one in value.values())


def _anything(_: JsonValue) -> bool:
    return True


def _is_text(value: JsonValue) -> bool:
    return isinstance(value, str)


Rule = tuple[Callable[[JsonValue], bool], str]

_COUNT: Rule = (_is_count, "a whole number, 0 or more")
_NUMBER: Rule = (is_number, "a number")
_SCHEMA: Rule = (_is_schema, "a schema (a mapping, or true or false)")
_SCHEMAS: Rule = (_are_schemas, "a list of schemas, not empty")
_NAMED: Rule = (_are_named_schemas, "a mapping of names to schemas")
_NOTE: Rule = (_anything, "anything")
_FLAG: Rule = (lambda value: isinstance(value, bool), "true or false")
_TEXT: Rule = (_is_text, "text")

#: Keywords that hold one schema, a list of them, and schemas by name.
HOLDS_ONE = ("items", "additionalProperties", "not")
HOLDS_LIST = ("anyOf", "oneOf", "allOf", "prefixItems")
HOLDS_NAMED = ("properties", "$defs", "definitions")

RULES: Mapping[str, Rule] = {
    "type": (_is_type, f"one of {', '.join(TYPES)}, or a list of them"),
    "enum": (lambda value: is_list(value) and bool(value), "a list of the values that are allowed, not empty"),
    "const": _NOTE,
    "required": (_are_names, "a list of names"),
    **dict.fromkeys(("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"), _COUNT),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _NUMBER),
    "multipleOf": (lambda value: is_number(value) and value > 0, "a number above 0"),  # type: ignore[operator]  # a number
    "uniqueItems": _FLAG,
    **dict.fromkeys(HOLDS_ONE, _SCHEMA),
    **dict.fromkeys(HOLDS_LIST, _SCHEMAS),
    **dict.fromkeys(HOLDS_NAMED, _NAMED),
    "$ref": (lambda value: isinstance(value, str) and value.startswith("#"), "a place in this schema, as in #/$defs/x"),
    # Notes for people and models, which check nothing.
    **dict.fromkeys(("title", "description", "$comment", "$schema", "format"), _TEXT),
    **dict.fromkeys(("default", "examples"), _NOTE),
    **dict.fromkeys(("deprecated", "readOnly", "writeOnly"), _FLAG),
}


def resolve(root: JsonObject, reference: str) -> JsonValue:
    """What `reference` (a `$ref` such as `#/$defs/price`) points to in `root`; KeyError if there is nothing."""
    found: JsonValue = root
    for part in reference.removeprefix("#").split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping):
            found = found[name]
        elif isinstance(found, Sequence) and not isinstance(found, str) and name.isdecimal():
            found = found[int(name)] if int(name) < len(found) else _missing(reference)
        else:
            _missing(reference)
    return found


def _missing(reference: str) -> JsonValue:
    raise KeyError(reference)
