"""The size that we compute is the size at which DynamoDB refuses, to the byte."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from leadmagnet.steplog import item_size
from leadmagnet.steplog.limits import DYNAMODB_ITEM_BYTES
from leadmagnet.steplog.sizes import number_size

if TYPE_CHECKING:
    from tests.conftest import Aws

    from leadmagnet.local.resources import Resources

#: From `aws-local.md`: what the engines that count like AWS say.
NUMBERS = {
    "0": 1, "1": 2, "12": 2, "123": 3, "1234": 3, "-1": 3, "-1234": 4, "1000000": 2, "10": 2, "100": 2,
    "1.5": 3, "0.1": 2, "0.01": 2, "0.001": 2, "1" * 38: 20, "1700000000.123456": 9,
}  # fmt: skip


@pytest.mark.parametrize(("text", "size"), NUMBERS.items())
def test_a_number_costs_a_byte_for_each_pair_of_significant_digits(text: str, size: int) -> None:
    assert number_size(text) == size


def test_names_count_and_so_do_the_elements_of_lists_and_maps() -> None:
    item: dict[str, Any] = {
        "job": {"S": "é"},
        "list": {"L": [{"NULL": True}, {"BOOL": False}]},
        "map": {"M": {"ab": {"S": ""}}},
    }
    assert item_size(item) == (3 + 2) + (4 + 3 + 2 * (1 + 1)) + (3 + 3 + 1 + 2 + 0)


def test_a_type_that_dynamodb_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="no attribute type 'X'"):
        item_size({"name": {"X": "1"}})


def _numbers() -> st.SearchStrategy[str]:
    whole = st.integers(min_value=-(10**38) + 1, max_value=10**38 - 1).map(str)
    digits = st.integers(min_value=-(10**20), max_value=10**20)
    scaled = st.builds(lambda n, e: str(Decimal(n).scaleb(e)), digits, st.integers(min_value=-80, max_value=60))
    return whole | scaled


def _texts() -> st.SearchStrategy[str]:
    return st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def _values() -> st.SearchStrategy[Any]:
    names = _texts().filter(bool)
    scalars = st.one_of(
        st.builds(lambda s: {"S": s}, _texts()),
        st.builds(lambda n: {"N": n}, _numbers()),
        st.builds(lambda b: {"B": b}, st.binary(max_size=20)),
        st.builds(lambda b: {"BOOL": b}, st.booleans()),
        st.just({"NULL": True}),
        st.builds(lambda s: {"SS": sorted(s)}, st.sets(names, min_size=1, max_size=4)),
        st.builds(lambda s: {"BS": sorted(s)}, st.sets(st.binary(min_size=1, max_size=9), min_size=1, max_size=4)),
        st.builds(lambda s: {"NS": sorted(map(str, s))}, st.sets(st.integers(-(10**9), 10**9), min_size=1, max_size=4)),
    )
    return st.recursive(
        scalars,
        lambda inner: (
            st.builds(lambda v: {"L": v}, st.lists(inner, max_size=4))
            | st.builds(lambda v: {"M": v}, st.dictionaries(names, inner, max_size=4))
        ),
        max_leaves=12,
    )


@settings(max_examples=60)
@given(attributes=st.dictionaries(_texts().filter(bool), _values(), max_size=6))
def test_an_item_of_409600_bytes_is_accepted_and_one_more_is_refused(
    aws: Aws, resources: Resources, attributes: dict[str, Any]
) -> None:
    attributes.pop("job_id", None)
    attributes.pop("filling", None)
    item = {"job_id": {"S": f"size-{uuid4().hex}"}, "filling": {"S": ""}} | attributes
    room = DYNAMODB_ITEM_BYTES - item_size(item)

    aws.dynamodb.put_item(TableName=resources.jobs_table, Item=item | {"filling": {"S": "x" * room}})
    with pytest.raises(ClientError, match="Item size has exceeded"):
        aws.dynamodb.put_item(TableName=resources.jobs_table, Item=item | {"filling": {"S": "x" * (room + 1)}})
