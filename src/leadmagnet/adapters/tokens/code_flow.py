"""Signing people in at an identity provider: the authorization code flow with PKCE (RFC 6749, RFC 7636, RFC 9700)."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx2
import orjson

from leadmagnet.adapters.tokens.discovery import Discovery, ProviderAddresses
from leadmagnet.adapters.tokens.oidc import OidcTokens
from leadmagnet.domain.access import Identity
from leadmagnet.domain.errors import IdentityUnavailable, Unauthorized

_TIMEOUT_S = 5.0
#: An answer with tokens is a few KB.
_MOST_BYTES = 100_000
_LONGEST_CODE_CHARS = 4_000
#: The end of the year 9998; a token may claim to be good for longer than there are dates.
_LATEST_S = 253_370_764_800

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFlow:
    """One app client of one provider."""

    discovery: Discovery
    #: Verifies ID tokens that are for this client and nobody else.
    tokens: OidcTokens
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    #: Where the provider sends people back to, to the letter as it is registered there.
    redirect_uri: str
    #: Where people land after they signed out at the provider.
    signed_out_uri: str

    def authorize_url(self, *, state: str, nonce: str, challenge: str) -> str:
        """Where to send the browser; IdentityUnavailable if the provider's addresses are not known."""
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return _with_query(self.discovery.addresses().authorize, asked)

    def redeem(self, code: str, *, verifier: str, nonce: str, issuer: str | None) -> Identity:
        """Who signed in, for the code that the browser brought back.

        `issuer` is what the answer said of its sender. Unauthorized if provider or token are not as they must be;
        IdentityUnavailable if the provider does not answer.
        """
        addresses = self.discovery.addresses()
        if issuer != self.tokens.issuer and (issuer is not None or addresses.names_itself):
            # RFC 9207: an answer of one provider that is passed off as another's.
            raise Unauthorized("The answer comes from another identity provider than the one asked. Sign in again.")
        if not 0 < len(code) <= _LONGEST_CODE_CHARS:
            raise Unauthorized("The identity provider's answer holds no usable code. Sign in again.")
        claims = self.tokens.claims(self._exchange(addresses, code, verifier))
        if claims.get("nonce") != nonce:
            raise Unauthorized("The identity provider's token is not for this attempt to sign in. Sign in again.")
        self._check_party(claims)
        until = datetime.fromtimestamp(min(int(claims["exp"]), _LATEST_S), UTC)
        return Identity(caller=self.tokens.caller(claims), until=until)

    def end_session_url(self) -> str | None:
        """Where the session at the provider ends; None if there is no such place, or the provider is silent."""
        try:
            address = self.discovery.addresses().end_session
        except IdentityUnavailable:
            return None
        if address is None:
            return None
        # `logout_uri` is what Amazon Cognito calls it; others ignore what they do not know (RP-Initiated Logout 1.0).
        back = {"post_logout_redirect_uri": self.signed_out_uri, "logout_uri": self.signed_out_uri}
        return _with_query(address, {"client_id": self.client_id, **back})

    def _check_party(self, claims: Any) -> None:  # noqa: ANN401 (verified claims)
        """A token that is also for others must say that it was made for us (OpenID Connect Core, section 3.1.3.7)."""
        audience = claims.get("aud")
        others = isinstance(audience, list) and len(audience) > 1
        party = claims.get("azp")
        if (others and party is None) or (party is not None and party != self.client_id):
            raise Unauthorized("The identity provider's token is for another application. Sign in again.")

    def _exchange(self, addresses: ProviderAddresses, code: str, verifier: str) -> str:
        """The ID token for the code."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "client_id": self.client_id,
            "code_verifier": verifier,
        }
        auth = None
        if self.client_secret is not None and addresses.secret_in_body:
            form["client_secret"] = self.client_secret
        elif self.client_secret is not None:
            # RFC 6749, section 2.3.1: both are encoded before they are joined.
            auth = httpx2.BasicAuth(quote(self.client_id, safe=""), quote(self.client_secret, safe=""))
        try:
            status, body = _post(addresses.token, form, auth)
        except (httpx2.HTTPError, ValueError) as error:
            raise self._silent(type(error).__name__) from error
        if status >= 500:
            raise self._silent(f"status {status}")
        return self._id_token(status, body)

    def _id_token(self, status: int, body: bytes) -> str:
        try:
            answer = orjson.loads(body)
        except ValueError:
            answer = None
        token = answer.get("id_token") if isinstance(answer, dict) and status == 200 else None
        if isinstance(token, str):
            return token
        said = answer.get("error") if isinstance(answer, dict) else None
        facts = {"event": "code_refused", "status": status, "error": str(said)[:60], "issuer": self.tokens.issuer}
        logger.warning("Identity provider refused a code", extra=facts)
        if said == "invalid_grant":
            raise Unauthorized("The identity provider's code was used already, or is too old. Sign in again.")
        raise Unauthorized(
            "The identity provider gave no token for this sign-in. Try again; if it stays so, ask whoever runs this "
            "service to check the client's id, secret and redirect address (docs/settings.md)."
        )

    def _silent(self, error: str) -> IdentityUnavailable:
        message = "The identity provider does not answer, so you cannot be signed in; try again in a moment."
        return IdentityUnavailable(message, issuer=self.tokens.issuer, error=error)


def _post(url: str, form: dict[str, str], auth: httpx2.BasicAuth | None) -> tuple[int, bytes]:
    """Status and body, without following anybody elsewhere: the form holds what only the provider may see."""
    headers = {"Accept": "application/json"}
    body = bytearray()
    with httpx2.stream(
        "POST", url, data=form, headers=headers, auth=auth, timeout=_TIMEOUT_S, follow_redirects=False
    ) as answer:
        for chunk in answer.iter_bytes():
            body += chunk
            if len(body) > _MOST_BYTES:
                raise ValueError("the answer is too large")
    return answer.status_code, bytes(body)


def _with_query(url: str, values: dict[str, str]) -> str:
    return url + ("&" if urlsplit(url).query else "?") + urlencode(values)
