"""The time and new names, as every part is given them."""

from __future__ import annotations

from datetime import UTC, datetime

from ulid import ULID


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """A new ULID: unique, and in the order of time."""
    return str(ULID())
