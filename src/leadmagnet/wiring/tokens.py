"""Whoever tells which bearer tokens are good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadmagnet.adapters.tokens import CodeFlow, Discovery, EitherTokens, HmacTokens, JwksKeys, OidcTokens

if TYPE_CHECKING:
    from leadmagnet.adapters.tokens.oidc import TokenUse
    from leadmagnet.domain.access import TokenVerifier
    from leadmagnet.settings import Settings


def build_tokens(settings: Settings) -> TokenVerifier:
    """Whoever tells which bearer tokens are good: the key, the identity provider, or both."""
    if settings.oidc_issuer is None:
        settings.require("token_key")
        return HmacTokens(key=settings.token_key)
    settings.require("oidc_audience")
    provider = _oidc_tokens(settings, settings.oidc_issuer, settings.oidc_audience, settings.oidc_token_use)
    if not settings.token_key:
        return provider
    return EitherTokens(provider=provider, shared_key=HmacTokens(key=settings.token_key))


def build_code_flow(settings: Settings, *, callback: str) -> CodeFlow | None:
    """How people sign in to the pages at the identity provider; None where no app client is named.

    `callback` is the path that the provider sends them back to.
    """
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        return None
    settings.require("public_url")
    return CodeFlow(
        discovery=Discovery(issuer=settings.oidc_issuer),
        tokens=_oidc_tokens(settings, settings.oidc_issuer, (settings.oidc_client_id,), "id"),
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        redirect_uri=settings.public_url + callback,
        signed_out_uri=f"{settings.public_url}/sign-in",
    )


def _oidc_tokens(settings: Settings, issuer: str, audience: tuple[str, ...], token_use: TokenUse) -> OidcTokens:
    return OidcTokens(
        keys=JwksKeys(issuer=issuer, jwks_url=settings.oidc_jwks_url),
        issuer=issuer,
        audience=audience,
        tenant_claim=settings.oidc_tenant_claim,
        role_claim=settings.oidc_role_claim,
        token_use=token_use,
    )
