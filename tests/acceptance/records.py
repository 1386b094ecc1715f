"""Execution steps as the places that hold them say them, and steps of any size to put there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from leadmagnet.steplog.sizes import value_size

#: A whole record of one step, the attributes of the product's contract.
STEP_ATTRIBUTES = frozenset(
    [
        "step_id",
        "step_name",
        "step_order",
        "step_type",
        "status",
        "model",
        "input",
        "output",
        "image_urls",
        "artifact_id",
        "usage_info",
        "error",
        "attempt",
        "timestamp",
        "duration_ms",
    ]
)


def from_json(text: str | bytes) -> Any:  # noqa: ANN401 (JSON enters here)
    """JSON with its numbers to the last digit."""
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def exact(value: object) -> Any:  # noqa: ANN401 (JSON enters here)
    """A JSON value with its numbers as they are written in JSON."""
    if isinstance(value, Mapping):
        return {name: exact(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [exact(each) for each in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Decimal(repr(value))
    return value


def from_attribute(attribute: Any) -> Any:  # noqa: ANN401 (JSON enters here)
    """The value of a DynamoDB attribute in wire form, with its numbers to the last digit."""
    return TypeDeserializer().deserialize(attribute)


def to_attribute(value: object) -> dict[str, Any]:
    """A JSON value as a DynamoDB attribute in wire form."""
    return dict(TypeSerializer().serialize(exact(value)))


def difference(have: object, want: object, place: str = "execution_steps") -> str | None:
    """Where two JSON values first differ, and how; None if they are equal to the last digit."""
    if isinstance(have, Mapping) and isinstance(want, Mapping):
        if have.keys() != want.keys():
            return f"{place}: attributes {sorted(have.keys() ^ want.keys())} are not in both"
        pairs = [(f"{place}.{name}", have[name], want[name]) for name in want]
    elif isinstance(have, list) and isinstance(want, list):
        if len(have) != len(want):
            return f"{place}: {len(have)} elements, not {len(want)}"
        pairs = [(f"{place}[{index}]", *both) for index, both in enumerate(zip(have, want, strict=True))]
    else:
        return None if _equal(have, want) else f"{place}: {str(have)[:80]!r}, not {str(want)[:80]!r}"
    return next((found for where, a, b in pairs if (found := difference(a, b, where)) is not None), None)


def _equal(have: object, want: object) -> bool:
    if isinstance(have, bool) or isinstance(want, bool):
        return have is want
    return have == want


def steps_bytes(steps: Sequence[Mapping[str, Any]]) -> int:
    """Bytes of the steps by DynamoDB's count: each takes one more than its value, as an element of a list."""
    return sum(1 + value_size(to_attribute(step)) for step in steps)


def steps_of(size_bytes: int, *, step_bytes: int = 24_000, mark: str = "step") -> list[dict[str, Any]]:
    """Steps that take exactly `size_bytes` by DynamoDB's count."""
    count = max(1, size_bytes // step_bytes)
    steps = [_step(number, mark) for number in range(count)]
    missing = size_bytes - steps_bytes(steps)
    if missing < 0:
        raise ValueError(f"{size_bytes} bytes are too few for a step")
    for number, step in enumerate(steps):
        # Two bytes of UTF-8 each, where there is room: sizes are counted in bytes and not in characters.
        room = missing // count + (missing % count if number == count - 1 else 0)
        step["output"] = "ü" * (room // 4) + "x" * (room - room // 4 * 2)
    return steps


def _step(number: int, mark: str) -> dict[str, Any]:
    return {
        "step_id": f"{mark}-{number}",
        "step_name": f"Chapter {number}",
        "step_order": number,
        "step_type": "ai_generation",
        "status": "completed",
        "model": "offline",
        "input": {"instructions": f'Say "{number}"', "options": {"words": 60}},
        "output": "",
        "image_urls": [],
        "artifact_id": None,
        "usage_info": {"input_tokens": number, "output_tokens": 2, "total_tokens": number + 2, "cost_usd": 0.000125},
        "error": None,
        "attempt": 1,
        "timestamp": "2026-03-01T09:30:00.000+00:00",
        "duration_ms": 12.5,
    }
