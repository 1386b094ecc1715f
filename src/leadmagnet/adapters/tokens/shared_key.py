"""Tokens signed with one shared key: a laptop's, or a small deployment's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import jwt

from leadmagnet.adapters.tokens.reading import header_of, tenant_of, unusable
from leadmagnet.domain.access import Caller, Role
from leadmagnet.domain.errors import Invalid, Unauthorized

ISSUER = "leadmagnet"
AUDIENCE = "leadmagnet"
ALGORITHM = "HS256"
#: A key shorter than its hash weakens HS256 (RFC 7518, section 3.2).
SHORTEST_KEY_BYTES = 32

#: Trails every refusal: what a caller does next.
_MAKE_ONE = "Make one with: leadmagnet token"


@dataclass(frozen=True, slots=True, kw_only=True)
class HmacTokens:
    """Tokens signed with one shared key (HS256): makes and verifies them."""

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
        header_of(token, advice=_MAKE_ONE)
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
        except (jwt.InvalidTokenError, OverflowError) as error:
            raise unusable(_MAKE_ONE) from error
        tenant = tenant_of(claims.get("tenant"), advice=f"{_MAKE_ONE} --tenant NAME")
        return Caller(tenant=tenant, role=_role(claims.get("role")))


def _role(claim: object) -> Role:
    if claim not in list(Role):
        raise Unauthorized(f"The token names no known role. {_MAKE_ONE} --role viewer|operator|admin")
    return Role(str(claim))
