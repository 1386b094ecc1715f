"""Whoever tells which bearer tokens are good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadmagnet.adapters.tokens import EitherTokens, HmacTokens, JwksKeys, OidcTokens

if TYPE_CHECKING:
    from leadmagnet.domain.access import TokenVerifier
    from leadmagnet.settings import Settings


def build_tokens(settings: Settings) -> TokenVerifier:
    """Whoever tells which bearer tokens are good: the key, the identity provider, or both."""
    if settings.oidc_issuer is None:
        settings.require("token_key")
        return HmacTokens(key=settings.token_key)
    settings.require("oidc_audience")
    provider = OidcTokens(
        keys=JwksKeys(issuer=settings.oidc_issuer, jwks_url=settings.oidc_jwks_url),
        issuer=settings.oidc_issuer,
        audience=settings.oidc_audience,
        tenant_claim=settings.oidc_tenant_claim,
        role_claim=settings.oidc_role_claim,
        token_use=settings.oidc_token_use,
    )
    if not settings.token_key:
        return provider
    return EitherTokens(provider=provider, shared_key=HmacTokens(key=settings.token_key))
