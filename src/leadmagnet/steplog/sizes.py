"""The exact size of a DynamoDB item, as DynamoDB counts it against its 400 KB limit.

Names and strings count their UTF-8 bytes; a null or a boolean 1; a list or a map 3, and 1 more for each
element; sets only their elements; a number as `number_size` says.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

#: What a list or a map costs empty.
CONTAINER_BYTES = 3
#: What each element of a list or a map costs beside itself.
ELEMENT_BYTES = 1


def item_size(item: Mapping[str, Mapping[str, Any]]) -> int:
    """Bytes of `item` (in wire form: ``{"name": {"S": "value"}}``), attribute names included."""
    return sum(utf8_size(name) + value_size(value) for name, value in item.items())


def value_size(value: Mapping[str, Any]) -> int:
    """Bytes of one attribute value in wire form; ValueError if it is none."""
    if len(value) != 1:
        raise ValueError(f"an attribute value has one type, this has {sorted(value)}")
    ((kind, content),) = value.items()
    if kind not in _SIZES:
        raise ValueError(f"DynamoDB has no attribute type {kind!r}")
    return _SIZES[kind](content)


def utf8_size(text: str) -> int:
    """Bytes of `text` in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8"))


def number_size(text: str) -> int:
    """Bytes of a number: 1, and 1 for each pair of significant digits; a negative one takes 1 more.

    The pairs are aligned on the decimal point (1.5 has two pairs, 15 has one) and zeros at either end do not
    count. AWS documents the sum as approximate; this is what `aws-local.md` measured, to the byte.
    """
    sign, digits, exponent = Decimal(text).as_tuple()
    significant = "".join(map(str, digits)).lstrip("0")
    if not significant:
        return 1
    stripped = significant.rstrip("0")
    if not isinstance(exponent, int):
        raise ValueError(f"DynamoDB has no number {text!r}")  # noqa: TRY004 (NaN is a wrong value, not a wrong type)
    exponent += len(significant) - len(stripped)
    # A digit alone on its side of the point still takes a pair.
    padded = len(stripped) + exponent % 2
    return 1 + (padded + 1) // 2 + sign


def _binary_size(content: bytes | str) -> int:
    """Bytes of a binary value: clients give bytes, JSON on the wire gives base64."""
    return len(base64.b64decode(content)) if isinstance(content, str) else len(content)


def _list_size(elements: Iterable[Mapping[str, Any]]) -> int:
    return CONTAINER_BYTES + sum(ELEMENT_BYTES + value_size(element) for element in elements)


def _map_size(elements: Mapping[str, Mapping[str, Any]]) -> int:
    return CONTAINER_BYTES + sum(ELEMENT_BYTES + utf8_size(name) + value_size(v) for name, v in elements.items())


def _set_of(size: Callable[[Any], int]) -> Callable[[Any], int]:
    return lambda elements: sum(map(size, elements))


_SIZES: Mapping[str, Callable[[Any], int]] = {
    "S": utf8_size,
    "N": number_size,
    "B": _binary_size,
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "L": _list_size,
    "M": _map_size,
    "SS": _set_of(utf8_size),
    "NS": _set_of(number_size),
    "BS": _set_of(_binary_size),
}
