"""What the step log's operations take and answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from leadmagnet.steplog import names

Stored = Literal["inline", "offloaded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What must hold of a job's item for an append to take effect: a string attribute of others has this value.

    It fences writers off that lost their claim to the job. A value should stand for one claim and never come back:
    then a request that is still under way when its writer lost the claim cannot take effect any more.
    """

    attribute: str
    value: str

    def __post_init__(self) -> None:
        if not self.attribute:
            raise ValueError("a guard needs the name of an attribute of the job's item")
        if self.attribute in names.OURS:
            raise ValueError(f"a guard cannot be {self.attribute}, which belongs to the step log; use one of your own")


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
    older system keeps in S3, until the first write to it. `last_step` is None if the log is empty, or if its last step
    lies in S3: then `page(job_id, start=count - 1)` fetches it.
    """

    count: int | None
    size_bytes: int | None
    stored: Stored
    s3_key: str | None
    version: int
    last_step: dict[str, Any] | None = None
