"""Tokens of an identity provider: Amazon Cognito, or any other that speaks OpenID Connect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import jwt

from leadmagnet.adapters.tokens.jwks import JwksKeys
from leadmagnet.adapters.tokens.reading import header_of, tenant_of, unusable
from leadmagnet.domain.access import Caller, Role
from leadmagnet.domain.errors import Unauthorized

ALGORITHMS = ("RS256", "ES256")
#: Clocks differ; RFC 7519 asks for no more than a few minutes.
LEEWAY_S = 60

TokenUse = Literal["access", "id"]

#: Trails every refusal: what a caller does next.
_SIGN_IN = "Sign in again."
#: Claims that only ID tokens have (OpenID Connect Core, sections 2 and 3.3.2.11).
_OF_ID_TOKENS = ("nonce", "at_hash", "c_hash")


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcTokens:
    """Verifies an issuer's tokens (RS256, ES256) and reads tenant and role from their claims."""

    keys: JwksKeys
    issuer: str
    #: The audiences (Cognito: ids of app clients) that tokens may be for.
    audience: tuple[str, ...]
    #: Names of claims; `a.b` also finds `b` within the claim `a`.
    tenant_claim: str = "tenant"
    role_claim: str = "role"
    #: ID tokens say who somebody is, access tokens what may be called: one kind does not pass for the other.
    token_use: TokenUse = "access"  # noqa: S105 (a kind of token, no secret)

    def verify(self, token: str) -> Caller:
        """The caller; Unauthorized for a token that is not good here."""
        return self.caller(self.claims(token))

    def claims(self, token: str) -> Mapping[str, Any]:
        """What the token says, once signature, issuer, audience, times and use have held; else Unauthorized.

        Of the header only `alg` and `kid` are looked at, and both only choose among what is known here: keys and
        addresses that a token brings along (`jwk`, `jku`, `x5c`, `x5u`) are never read.
        """
        header = header_of(token, advice=_SIGN_IN)
        if header.get("alg") not in ALGORITHMS:
            raise unusable(_SIGN_IN)
        key = self.keys.find(header.get("kid"))
        if key is None or key.algorithm_name != header["alg"]:
            raise unusable(_SIGN_IN)
        claims = self._verified(token, key)
        self._check_audience(claims)
        self._check_use(claims, header)
        return claims

    def caller(self, claims: Mapping[str, Any]) -> Caller:
        """Tenant and role by verified claims; Unauthorized if they name none."""
        tenant = tenant_of(
            _claim(claims, self.tenant_claim),
            advice=f"Its claim {self.tenant_claim} should hold one; ask whoever runs the identity provider.",
        )
        return Caller(tenant=tenant, role=self._role(_claim(claims, self.role_claim)))

    def _verified(self, token: str, key: jwt.PyJWK) -> dict[str, Any]:
        try:
            return jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                issuer=self.issuer,
                leeway=LEEWAY_S,
                # Cognito's access tokens have no audience; `_check_audience` looks at both kinds.
                options={"require": ["exp", "iss"], "verify_aud": False},
            )
        except jwt.ExpiredSignatureError as error:
            raise Unauthorized(f"The token has expired. {_SIGN_IN}") from error
        except (jwt.InvalidTokenError, OverflowError) as error:
            raise unusable(_SIGN_IN) from error

    def _check_audience(self, claims: Mapping[str, Any]) -> None:
        named = claims.get("aud")
        if named is None and claims.get("token_use") == "access":
            named = claims.get("client_id")
        names = named if isinstance(named, list) else [named]
        if not any(isinstance(name, str) and name in self.audience for name in names):
            raise unusable(_SIGN_IN)

    def _check_use(self, claims: Mapping[str, Any], header: Mapping[str, Any]) -> None:
        """Cognito says the use in a claim, RFC 9068 in the header; others give it away by what else they claim."""
        is_access = claims.get("token_use") == "access" or str(header.get("typ", "")).lower() == "at+jwt"
        is_id = claims.get("token_use") == "id" or any(name in claims for name in _OF_ID_TOKENS)
        wrong = {"id": is_access, "access": is_id}
        if wrong[self.token_use]:
            raise unusable(_SIGN_IN)

    def _role(self, claim: object) -> Role:
        """The highest of the roles that the claim names: one text, or a list as of groups."""
        named = claim if isinstance(claim, list) else [claim]
        roles = [role for role in Role if role.value in named]
        if not roles:
            raise Unauthorized(
                f"The token names no known role. Its claim {self.role_claim} should hold viewer, operator or admin; "
                "ask whoever runs the identity provider."
            )
        return roles[-1]


def _claim(claims: Mapping[str, Any], name: str) -> object:
    if name in claims:
        return claims[name]
    found: object = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found
