from __future__ import annotations

import json
from typing import Any

import pytest

from leadmagnet.domain.json_value import JsonObject, JsonValue
from leadmagnet.engine.answer_schema import MAX_SCHEMA_BYTES, NotJson, mismatch, read_json, schema_problems

TREE: JsonObject = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            "type": "object",
            "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/node"}}},
            "additionalProperties": False,
        }
    },
}

#: Schema, values that satisfy it, values that do not.
TABLE: list[tuple[JsonObject, list[JsonValue], list[JsonValue]]] = [
    ({}, [None, 1, "x", [], {}], []),
    ({"type": "object"}, [{}, {"a": 1}], [[], "x", None, 1, True]),
    ({"type": "array"}, [[], [1]], [{}, "x"]),
    ({"type": "string"}, ["", "x"], [1, None, ["x"]]),
    ({"type": "number"}, [1, 1.5, -2], [True, "1", None]),
    ({"type": "integer"}, [1, 2.0, -3], [1.5, True, "1"]),
    ({"type": "boolean"}, [True, False], [0, 1, "true"]),
    ({"type": "null"}, [None], [0, "", False]),
    ({"type": ["string", "null"]}, ["x", None], [1, []]),
    ({"enum": [1, "a", None, [1], {"a": 1}]}, [1, 1.0, "a", None, [1], {"a": 1.0}], [2, True, "b", [2], {}, [1, 1]]),
    ({"const": {"a": [1, 2]}}, [{"a": [1, 2]}, {"a": [1.0, 2]}], [{"a": [2, 1]}, {"a": 1}, None]),
    ({"const": 0}, [0, 0.0, -0.0], [False, None, ""]),
    ({"const": False}, [False], [0, None]),
    ({"minimum": 2, "maximum": 4}, [2, 3.5, 4, "x"], [1.9, 5]),
    ({"exclusiveMinimum": 2, "exclusiveMaximum": 4}, [2.1, 3], [2, 4]),
    ({"multipleOf": 0.1}, [0.3, 1, 7.7], [0.35]),
    ({"multipleOf": 3}, [0, 9, 9.0, 10**40 * 3], [10, 1e-300]),
    ({"minLength": 2, "maxLength": 3}, ["ab", "äöü", "🙂🙂", 7], ["a", "abcd"]),
    ({"minItems": 1, "maxItems": 2}, [[1], [1, 2], {}], [[], [1, 2, 3]]),
    (
        {"uniqueItems": True},
        [[], [1, 2], [1, True], ["1", 1]],
        [[1, 1], [1, 1.0], [{"a": 1, "b": 2}, {"b": 2, "a": 1}]],
    ),
    ({"items": {"type": "integer"}}, [[], [1, 2], "x"], [[1, "2"]]),
    ({"prefixItems": [{"type": "string"}], "items": {"type": "integer"}}, [["a"], ["a", 1], []], [[1], ["a", "b"]]),
    ({"prefixItems": [{"type": "string"}], "items": False}, [["a"]], [["a", 1]]),
    ({"required": ["a"]}, [{"a": None}, []], [{}, {"b": 1}]),
    ({"properties": {"a": {"type": "integer"}}}, [{}, {"a": 1}, {"b": "x"}, 3], [{"a": "x"}]),
    ({"properties": {"a": True}, "additionalProperties": False}, [{}, {"a": 1}], [{"b": 1}]),
    ({"additionalProperties": {"type": "integer"}}, [{}, {"x": 1}], [{"x": "1"}]),
    ({"minProperties": 1, "maxProperties": 2}, [{"a": 1}, "x"], [{}, {"a": 1, "b": 1, "c": 1}]),
    ({"anyOf": [{"type": "string"}, {"minimum": 5}]}, ["x", 6], [4]),
    ({"oneOf": [{"multipleOf": 2}, {"multipleOf": 3}]}, [2, 3, 9], [6, 5]),
    ({"allOf": [{"minimum": 2}, {"maximum": 4}]}, [2, 4], [1, 5]),
    ({"not": {"type": "string"}}, [1, None], ["x"]),
    (TREE, [{}, {"children": [{}, {"children": []}]}], [{"children": [{"child": 1}]}, {"children": [[]]}]),
    (
        {"properties": {"a/b~c": {"type": "integer"}, "d": {"$ref": "#/properties/a~1b~0c"}}},
        [{"d": 1}],
        [{"d": "x"}],
    ),
    ({"anyOf": [{"type": "integer"}, {"$ref": "#/anyOf/0"}]}, [1], ["x"]),
    ({"format": "email", "title": "t", "description": "d", "default": 3, "examples": [1]}, ["not one", 3], []),
]
GOOD = [(schema, value) for schema, good, _ in TABLE for value in good]
BAD = [(schema, value) for schema, _, bad in TABLE for value in bad]


@pytest.mark.parametrize("schema", [schema for schema, _, _ in TABLE], ids=json.dumps)
def test_these_schemas_are_understood(schema: JsonObject) -> None:
    assert list(schema_problems(schema)) == []


@pytest.mark.parametrize(("schema", "value"), GOOD, ids=json.dumps)
def test_a_value_that_satisfies_a_schema_is_taken(schema: JsonObject, value: JsonValue) -> None:
    assert mismatch(value, schema) is None


@pytest.mark.parametrize(("schema", "value"), BAD, ids=json.dumps)
def test_a_value_that_does_not_satisfy_it_is_told_from_its_place(schema: JsonObject, value: JsonValue) -> None:
    told = mismatch(value, schema)
    assert told is not None
    assert told.startswith("the answer")


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        (["x"], "json_schema must be a JSON Schema"),
        (True, "json_schema must be a JSON Schema"),
        ({"minLenght": 3}, '"minLenght" is not a keyword that is checked here; did you mean "minLength"'),
        ({"pattern": "^a"}, "say in a description what the text must look like"),
        ({"$id": "https://x.example"}, '"$id" is not a keyword'),
        ({"type": "text"}, "type must be one of object, array"),
        ({"type": []}, "type must be one of"),
        ({"type": [["string"]]}, "type must be one of"),
        ({"enum": []}, "enum must be a list"),
        ({"enum": "ab"}, "enum must be a list"),
        ({"required": "a"}, "required must be a list of names"),
        ({"required": [["a"]], "additionalProperties": False}, "required must be a list of names"),
        ({"minItems": -1}, "minItems must be a whole number, 0 or more"),
        ({"maximum": "3"}, "maximum must be a number"),
        ({"multipleOf": 0}, "multipleOf must be a number above 0"),
        ({"items": 3}, "items must be a schema"),
        ({"items": [{}]}, "items must be a schema"),
        ({"anyOf": []}, "anyOf must be a list of schemas"),
        ({"properties": {"a": 3}}, "properties must be a mapping of names to schemas"),
        ({"properties": {"a": {"items": {"typ": "x"}}}}, '#/properties/a/items: "typ" is not a keyword'),
        ({"$ref": "https://x.example/schema"}, "$ref must be a place in this schema"),
        ({"$ref": "#/$defs/x"}, 'the $ref "#/$defs/x" leads to no schema'),
        ({"properties": {"a": {"$ref": "#/properties"}}}, "leads to no schema"),
        ({"$ref": "#"}, "leads back to itself"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"not": {"anyOf": [{"$ref": "#"}]}}}}, "leads back to itself"),
        ({"minimum": 3, "maximum": 2}, "minimum is above maximum"),
        ({"minLength": 3, "maxLength": 2}, "minLength is above maxLength"),
        ({"required": ["a"], "properties": {"b": {}}, "additionalProperties": False}, '"a" is required, but not among'),
        ({"description": "x" * MAX_SCHEMA_BYTES}, "32,768 are the most"),
    ],
)
def test_a_mistake_in_a_schema_is_told_with_its_place(schema: JsonValue, problem: str) -> None:
    told = list(schema_problems(schema))
    assert len(told) == 1
    assert problem in told[0]


def test_a_schema_is_nested_only_so_deep() -> None:
    def nested(levels: int) -> JsonObject:
        schema: JsonObject = {"type": "string"}
        for _ in range(levels):
            schema = {"items": schema}
        return schema

    assert list(schema_problems(nested(20))) == []
    assert "nested too deeply; 20 levels" in next(schema_problems(nested(21)))
    assert next(schema_problems(nested(3_000)), None) is not None


def chain(levels: int, branches: int) -> JsonObject:
    """References that lead through so many others, each several times."""
    definitions: dict[str, Any] = {
        f"d{level}": {"allOf": [{"$ref": f"#/$defs/d{level + 1}"} for _ in range(branches)]} for level in range(levels)
    }
    definitions[f"d{levels}"] = {"type": "integer"}
    # Backwards, so that the ends are seen first.
    return {"$ref": "#/$defs/d0", "$defs": dict(reversed(definitions.items()))}


def test_references_lead_only_through_so_many_schemas() -> None:
    assert list(schema_problems(chain(9, 1))) == []
    assert "through more than 20 schemas" in next(schema_problems(chain(10, 1)))
    assert "through more than 20 schemas" in next(schema_problems(chain(300, 2)))


def test_references_that_multiply_are_given_up_in_a_moment() -> None:
    schema = chain(9, 5)
    assert list(schema_problems(schema)) == []
    told = mismatch(1, schema)
    assert told is not None
    assert "takes too long to compare" in told


def test_a_deep_answer_is_compared_or_refused() -> None:
    value: JsonValue = {}
    for _ in range(30):
        value = {"children": [value]}
    assert mismatch(value, TREE) is None
    for _ in range(3_000):
        value = {"children": [value]}
    assert mismatch(value, TREE) == "the answer is nested too deeply to compare it"


def test_the_place_of_a_mismatch_is_named_down_to_the_item() -> None:
    schema: JsonObject = {"properties": {"a": {"items": {"properties": {"b": {"minimum": 3}}}}}}
    assert mismatch({"a": [{}, {"b": 2}]}, schema) == "the answer.a[1].b must be at least 3, not 2"


def test_a_long_value_is_cut_in_the_message() -> None:
    told = mismatch("x" * 10_000, {"type": "integer"})
    assert told is not None
    assert len(told) < 120


@pytest.mark.parametrize(
    ("text", "value"), [("1", 1), (' {"a": [1.5, null]} ', {"a": [1.5, None]}), ('"\\ud83d\\ude42"', "🙂")]
)
def test_json_is_read(text: str, value: JsonValue) -> None:
    assert read_json(text) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not JSON"),
        ("{} {}", "not JSON"),
        ("{'a': 1}", "not JSON"),
        ("NaN", "number that cannot be recorded"),
        ("[-Infinity]", "number that cannot be recorded"),
        ("1e400", "number that cannot be recorded"),
        ("9" * 5_000, "number that cannot be recorded"),
        ('"\\udc00"', "half a character"),
        ('{"\\ud800": 1}', "half a character"),
        ("[" * 65 + "]" * 65, "nested too deeply"),
        ("[" * 99_999 + "]" * 99_999, "nested too deeply"),
    ],
)
def test_what_is_not_json_or_cannot_be_recorded_is_refused(text: str, why: str) -> None:
    with pytest.raises(NotJson, match=why) as refused:
        read_json(text)
    assert "\n" not in str(refused.value)
