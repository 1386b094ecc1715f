"""What the step log's operations answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Stored = Literal["inline", "offloaded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """Where an appended step is: its index in the log, the log's version with it, and where the log lives."""

    index: int
    version: int
    stored: Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some steps of a log, from `start`. `count` is the whole log's; `next_start` is None at its end."""

    steps: list[dict[str, Any]]
    start: int
    count: int
    next_start: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the item alone says of a log.

    `size_bytes` is the length of the log as one JSON array. `count` and `size_bytes` are None for a log that an
    older system keeps in S3, until the first write to it.
    """

    count: int | None
    size_bytes: int | None
    stored: Stored
    s3_key: str | None
    version: int
