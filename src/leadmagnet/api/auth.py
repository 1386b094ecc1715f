"""Who is calling: bearer tokens, tenants and roles."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Protocol

import jwt
from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from leadmagnet.api.errors import Forbidden, Unauthorized
from leadmagnet.domain.errors import Invalid

ISSUER = "leadmagnet"
AUDIENCE = "leadmagnet"
ALGORITHM = "HS256"
#: A key shorter than its hash weakens HS256 (RFC 7518, section 3.2).
SHORTEST_KEY_BYTES = 32

#: Trails every refusal: what a caller does next.
_MAKE_ONE = "Make one with: leadmagnet token"


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


class TokenVerifier(Protocol):
    """Tells who a token speaks for."""

    def verify(self, token: str) -> Caller:
        """The caller; Unauthorized for a token that is not good here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HmacTokens:
    """Tokens signed with one shared key (HS256): a laptop's, or a small deployment's own."""

    key: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a key that would be easy to guess."""
        size = len(self.key.encode())
        if size < SHORTEST_KEY_BYTES:
            raise Invalid(
                f"The token key needs at least {SHORTEST_KEY_BYTES} bytes; "
                "make one with: python -c 'import secrets; print(secrets.token_hex(32))'",
                bytes=size,
            )

    def issue(self, *, tenant: str, role: Role, ttl: timedelta, now: datetime) -> str:
        """A token for `tenant` and `role` that is good for `ttl` from `now`."""
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": now.astimezone(UTC),
            "exp": now.astimezone(UTC) + ttl,
            "tenant": tenant,
            "role": role.value,
        }
        return jwt.encode(claims, self.key, algorithm=ALGORITHM)

    def verify(self, token: str) -> Caller:
        """The caller; Unauthorized for a token that is not good here.

        The algorithm is fixed here and never taken from the token, so a token that names `none` or another
        algorithm is refused whatever its signature.
        """
        try:
            claims = jwt.decode(
                token,
                self.key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                options={"require": ["exp", "iss", "aud"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise Unauthorized(f"The token has expired. {_MAKE_ONE}") from error
        except jwt.InvalidTokenError as error:
            raise Unauthorized(f"The token is not one that this service accepts. {_MAKE_ONE}") from error
        return _caller(claims.get("tenant"), claims.get("role"))


def _caller(tenant: object, role: object) -> Caller:
    if not isinstance(tenant, str) or not tenant:
        raise Unauthorized(f"The token names no tenant. {_MAKE_ONE} --tenant NAME")
    if role not in list(Role):
        raise Unauthorized(f"The token names no known role. {_MAKE_ONE} --role viewer|operator|admin")
    return Caller(tenant=tenant, role=Role(str(role)))


#: In the OpenAPI description; refusals are ours, in problem JSON.
_BEARER = HTTPBearer(auto_error=False, description="A token as `leadmagnet token` prints it.")


def caller_of(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]
) -> Caller:
    """Whoever sends the request; Unauthorized if it does not say so in a way that holds."""
    if credentials is None:
        raise Unauthorized(f"The request needs an 'Authorization: Bearer TOKEN' header. {_MAKE_ONE}")
    verifier: TokenVerifier = request.app.state.parts.tokens
    return verifier.verify(credentials.credentials)


def _require(caller: Caller, role: Role) -> Caller:
    if not caller.role.includes(role):
        raise Forbidden(f"This needs the role {role}, and the token has {caller.role}. {_MAKE_ONE} --role {role}")
    return caller


def viewer(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
    """A caller who may read."""
    return _require(caller, Role.VIEWER)


def operator(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
    """A caller who may run jobs; Forbidden for a viewer."""
    return _require(caller, Role.OPERATOR)


def admin(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
    """A caller who may change workflows; Forbidden for anybody else."""
    return _require(caller, Role.ADMIN)


#: Declare an endpoint's need of a caller with at least that role.
Viewer = Annotated[Caller, Depends(viewer)]
Operator = Annotated[Caller, Depends(operator)]
Admin = Annotated[Caller, Depends(admin)]
