"""Both kinds of token in one deployment."""

from __future__ import annotations

from dataclasses import dataclass

from leadmagnet.adapters.tokens.reading import header_of
from leadmagnet.domain.access import Caller, TokenVerifier


@dataclass(frozen=True, slots=True, kw_only=True)
class EitherTokens:
    """Takes tokens of an identity provider, and those that the deployment's own key signed."""

    provider: TokenVerifier
    shared_key: TokenVerifier

    def verify(self, token: str) -> Caller:
        """The caller; Unauthorized for a token that is good with neither.

        The header only says who is asked: each of the two has algorithms of its own and believes no other.
        """
        symmetric = str(header_of(token, advice="Sign in again.").get("alg", "")).startswith("HS")
        return (self.shared_key if symmetric else self.provider).verify(token)
