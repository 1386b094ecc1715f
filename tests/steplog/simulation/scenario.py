"""What a seed stands for: limits, the log's past, who takes part and what they are to do."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Start = Literal[
    "empty",
    "bare",
    "null",
    "legacy list",
    "legacy key",
    "legacy both",
    "list changed by others",
    "list added by others",
]
_STARTS: tuple[Start, ...] = (
    "empty", "empty", "empty", "empty", "bare", "bare", "null", "legacy list", "legacy list", "legacy key",
    "legacy both", "list changed by others", "list added by others",
)  # fmt: skip


#: A pointer without a version is where a replacement could do harm.
_REPLACED_STARTS: tuple[Start, ...] = (*_STARTS, "legacy key", "legacy key", "legacy key", "legacy key")


@dataclass(frozen=True, slots=True)
class Message:
    """A step to be appended, as a queue would deliver it: again and again until somebody acknowledges it."""

    step_id: str
    step: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Everything about a schedule that is fixed before it begins."""

    limits: dict[str, int]
    start: Start
    #: Bytes of another attribute on the item.
    other_bytes: int
    #: How many steps are there before.
    before: int
    messages: list[Message]
    writers: int
    #: Whether the writers share one StepLog, as the threads of one process do.
    shared: bool
    readers: int
    sealers: int
    replacements: list[list[dict[str, Any]]]
    #: Whether others' attributes grow and shrink meanwhile.
    outsider: bool
    #: Whether writers at times demand that the item has an owner, while somebody changes the owner.
    guarded: bool
    slow: int
    stay: float
    fault_rate: float
    faults: int


def draw(rng: random.Random) -> Scenario:
    """The scenario that the dice say."""
    sizes = rng.choice(("small", "mixed", "mixed", "large"))
    messages = [_message(rng, n, sizes) for n in range(rng.choice((2, 4, 6, 8, 8, 12, 16)))]
    replacing = rng.random() < 0.15
    writers = rng.choice((1, 2, 2, 3, 3, 4))
    return Scenario(
        limits=_limits(rng),
        start=rng.choice(_REPLACED_STARTS if replacing else _STARTS),
        other_bytes=rng.choice((0, 0, 0, 0, 100, 2000, 398_000, 404_000, 406_500, 407_500, 407_900)),
        before=rng.choice((0, 1, 3, 8)),
        messages=_delivered(rng, messages, conflicts=not replacing),
        writers=writers,
        shared=rng.random() < 0.3,
        readers=rng.choice((0, 1, 1, 2)),
        sealers=rng.choice((0, 0, 1)),
        replacements=[_replacement(rng, n, sizes) for n in range(rng.choice((1, 2)))] if replacing else [],
        outsider=rng.random() < 0.1,
        slow=rng.choice((-1, -1, 0, writers)),
        stay=rng.choice((0.0, 0.3, 0.6, 0.8)),
        fault_rate=rng.choice((0.0, 0.05, 0.15, 0.4)),
        faults=rng.choice((1, 3, 8, 20)),
        guarded=rng.random() < 0.2,
    )


def older_steps(rng: random.Random, count: int) -> list[dict[str, Any]]:
    """Steps that are there before anybody of ours writes."""
    return [{"id": f"old-{n}", "text": "o" * rng.choice((10, 100, 700))} for n in range(count)]


def _limits(rng: random.Random) -> dict[str, int]:
    return {
        "inline_bytes": rng.choice((600, 1500, 3000)),
        "tail_step_bytes": rng.choice((120, 200, 400)),
        "tail_bytes": rng.choice((400, 600, 900)),
        "tail_entries": rng.choice((1, 3, 4, 6)),
        "merge_bytes": rng.choice((700, 1500, 4000)),
        "ids": rng.choice((1, 4, 6, 8)),
        "part_bytes": rng.choice((700, 1000)),
        "upload_bytes": rng.choice((1000, 1500)),
    }


def _message(rng: random.Random, n: int, sizes: str) -> Message:
    return Message(f"s{n}", _step(rng, f"s{n}", sizes))


def _step(rng: random.Random, step_id: str, sizes: str) -> dict[str, Any]:
    length = rng.choice({"small": (5, 40), "mixed": (5, 60, 250, 900), "large": (250, 900, 2500)}[sizes])
    return {"id": step_id, "text": "x" * length, "more": rng.choice(_MORE)()}


#: Values that take different ways: plain ones, and those that DynamoDB cannot hold.
_MORE: tuple[Callable[[], Any], ...] = (
    lambda: None,
    lambda: [1.5, -0.25, "é€😀", {}, []],
    lambda: {"deep": [[[{"x": True}]]], "": "an empty name is not for DynamoDB"},
    lambda: 12345678901234567890123456789012345678901234567890,
    lambda: 7,
    lambda: "plain",
)


def _delivered(rng: random.Random, messages: list[Message], *, conflicts: bool) -> list[Message]:
    """The messages in nearly the order in which they were sent, some twice, some ids with other content."""
    delivered = list(messages)
    for message in messages:
        if rng.random() < 0.15:
            delivered.insert(rng.randrange(len(delivered) + 1), message)
        if conflicts and rng.random() < 0.06:
            other = Message(message.step_id, {**message.step, "text": "another text"})
            delivered.insert(rng.randrange(len(delivered) + 1), other)
    return delivered


def _replacement(rng: random.Random, n: int, sizes: str) -> list[dict[str, Any]]:
    return [_step(rng, f"r{n}-{i}", sizes) for i in range(rng.choice((0, 1, 3, 6)))]
