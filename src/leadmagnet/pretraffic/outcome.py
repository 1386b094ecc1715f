"""What a check found out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that a version must be able to do, and whether it is."""

    name: str
    ok: bool
    #: What went wrong; empty if nothing did.
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was checked of one version."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether the version may have traffic."""
        return all(check.ok for check in self.checks)

    @property
    def failed(self) -> tuple[str, ...]:
        """The names of what it cannot do."""
        return tuple(check.name for check in self.checks if not check.ok)

    def to_json(self) -> dict[str, Any]:
        """`{"ok": ..., "checks": [{"name", "ok", "detail"}]}`, as `leadmagnet deploy` and `rollback` read it."""
        checks = [{"name": check.name, "ok": check.ok, "detail": check.detail} for check in self.checks]
        return {"ok": self.ok, "checks": checks}


class Unexpected(Exception):
    """A version did something else than it should; the message says what."""


def must_be(what: str, have: object, want: object) -> None:
    """Unexpected unless `have` is `want`."""
    if have != want:
        raise Unexpected(f"{what} is {have!r}, not {want!r}")


#: A function's answer, or one of its parts.
Answer = Mapping[str, Any]
