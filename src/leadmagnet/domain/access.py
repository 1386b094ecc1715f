"""Who may do what: roles, and the caller that a request acts for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Role(StrEnum):
    """What a caller may do; each role may do what the ones before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def includes(self, other: Role) -> bool:
        """Whether a caller with this role may do what `other` may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The tenant that a request acts for, and its role there."""

    tenant: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A person whom an identity provider vouches for, and until when."""

    caller: Caller
    until: datetime


class TokenVerifier(Protocol):
    """Tells who a token speaks for."""

    def verify(self, token: str) -> Caller:
        """The caller; Unauthorized for a token that is not good here."""
