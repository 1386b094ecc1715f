"""A step's two stored forms say the same, and what neither can say is refused."""

from __future__ import annotations

import math
from enum import Enum, IntEnum, StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadmagnet.steplog import InvalidStep, jsontext
from leadmagnet.steplog.encoding import DYNAMODB_LEVELS, MOST_LEVELS, decode_attribute, encode_step
from leadmagnet.steplog.sizes import value_size


def json_values() -> st.SearchStrategy[Any]:
    """Everything that JSON can say, the awkward kinds of numbers and texts among it."""
    scalars = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(min_value=-(10**60), max_value=10**60),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(exclude_categories=["Cs"])),
    )
    names = st.text(st.characters(exclude_categories=["Cs"]))
    return st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(names, inner, max_size=5), max_leaves=30
    )


def steps() -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), json_values(), max_size=6)


@given(step=steps())
def test_the_json_text_reads_back_equal(step: dict[str, Any]) -> None:
    assert jsontext.loads(encode_step(step, job_id="j").text) == step


@given(step=steps())
def test_the_attribute_reads_back_equal_unless_it_is_marked_as_inexact(step: dict[str, Any]) -> None:
    encoded = encode_step(step, job_id="j")
    if encoded.exact:
        assert decode_attribute(encoded.attribute) == step


@given(step=steps())
def test_both_forms_read_back_to_the_same_json_text(step: dict[str, Any]) -> None:
    encoded = encode_step(step, job_id="j")
    if encoded.exact:
        assert jsontext.dumps(decode_attribute(encoded.attribute)) == encoded.text


@given(step=steps())
def test_the_size_is_that_of_the_attribute_as_a_list_element(step: dict[str, Any]) -> None:
    encoded = encode_step(step, job_id="j")
    if encoded.exact:
        assert encoded.size == 1 + value_size(encoded.attribute)


class Colour(StrEnum):
    RED = "red"


class Old(str, Enum):  # noqa: UP042 (how it was done before StrEnum: str() of it is its name)
    GREEN = "green"


class Level(IntEnum):
    HIGH = 3


def test_members_of_string_and_number_enums_are_stored_as_their_values() -> None:
    step = {"c": Colour.RED, "o": Old.GREEN, "l": Level.HIGH}
    assert encode_step(step, job_id="j").text == b'{"c":"red","o":"green","l":3}'


@pytest.mark.parametrize(
    "step",
    [None, [], "text", 1, b"{}", {1, 2}, (("a", 1),)],
    ids=["null", "list", "str", "int", "bytes", "set", "tuple"],
)
def test_what_is_not_an_object_is_refused(step: object) -> None:
    with pytest.raises(InvalidStep, match="must be a JSON object"):
        encode_step(step, job_id="j")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (math.nan, "nan is not a number in JSON"),
        (math.inf, "inf is not a number in JSON"),
        (-math.inf, "-inf is not a number in JSON"),
        (b"bytes", "bytes has no form in JSON"),
        ({1}, "set has no form in JSON"),
        ((1, 2), "tuple has no form in JSON"),
        (1j, "complex has no form in JSON"),
        (object(), "object has no form in JSON"),
        ({1: "a"}, "the key 1 is not a string"),
        (10**4300, "more than 4300 digits"),
        ("\ud800", "half of a surrogate pair"),
        ({"\udfff": 1}, "half of a surrogate pair"),
    ],
    ids=lambda part: part if isinstance(part, str) and part.isascii() else "",
)
def test_what_json_cannot_say_is_refused_and_the_place_is_named(value: object, reason: str) -> None:
    with pytest.raises(InvalidStep, match=reason) as refused:
        encode_step({"outer": [0, {"inner": value}]}, job_id="job-7")
    assert "$.outer[1].inner" in str(refused.value)
    assert refused.value.job_id == "job-7"


def _nested(levels: int) -> dict[str, Any]:
    """An object with `levels` containers in it, itself included, around a number."""
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return dict(value)


def test_dynamodb_holds_thirty_levels_in_a_list_and_no_more() -> None:
    assert encode_step(_nested(DYNAMODB_LEVELS), job_id="j").exact
    assert not encode_step(_nested(DYNAMODB_LEVELS + 1), job_id="j").exact


def test_deep_nesting_is_kept_and_bottomless_nesting_refused() -> None:
    step = _nested(MOST_LEVELS)
    assert jsontext.loads(encode_step(step, job_id="j").text) == step
    with pytest.raises(InvalidStep, match="nested deeper than 200 levels"):
        encode_step(_nested(MOST_LEVELS + 1), job_id="j")


@pytest.mark.parametrize("number", [10**38 - 1, 10**125, -(10**38 - 1), 1e-130, 0.1, 1.5e-100, 0, -0.0])
def test_numbers_that_dynamodb_keeps_are_exact(number: float) -> None:
    assert encode_step({"n": number}, job_id="j").exact


@pytest.mark.parametrize(
    "number", [10**38 + 1, 10**126, 10**4299, 1e-131, 5e-324, 1e300, 1.7976931348623157e308], ids=repr
)
def test_numbers_that_dynamodb_would_change_or_refuse_are_not(number: float) -> None:
    assert not encode_step({"n": number}, job_id="j").exact


def test_an_empty_name_is_not_for_dynamodb() -> None:
    assert not encode_step({"": 1}, job_id="j").exact
