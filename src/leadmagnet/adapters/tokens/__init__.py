"""Bearer tokens: those that one shared key signs, and those of an identity provider."""

from leadmagnet.adapters.tokens.code_flow import CodeFlow
from leadmagnet.adapters.tokens.discovery import Discovery
from leadmagnet.adapters.tokens.either import EitherTokens
from leadmagnet.adapters.tokens.jwks import JwksKeys
from leadmagnet.adapters.tokens.oidc import OidcTokens
from leadmagnet.adapters.tokens.shared_key import HmacTokens

__all__ = ["CodeFlow", "Discovery", "EitherTokens", "HmacTokens", "JwksKeys", "OidcTokens"]
