"""What an identity provider says of itself: where people sign in, where codes become tokens, where sessions end."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from leadmagnet.adapters.tokens.jwks import DISCOVERY, check_address, get_json
from leadmagnet.domain.errors import IdentityUnavailable, Invalid

logger = logging.getLogger(__name__)

#: Addresses change so seldom that an hour is often.
_FRESH_S = 3_600.0
#: Between two questions to a provider that does not answer: strangers must not make us ask, and wait, at their pace.
_BETWEEN_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAddresses:
    """The addresses of one provider, as its OpenID configuration gives them."""

    authorize: str
    token: str
    #: None where the provider has no such page.
    end_session: str | None
    #: Whether the provider names itself in its answers (RFC 9207), so that one that does not is not its.
    names_itself: bool
    #: Whether the client's secret goes into the body; else into the header, as RFC 6749 prefers.
    secret_in_body: bool


class Discovery:
    """Fetches the configuration of an issuer when first asked, and again when it is old. Safe for threads."""

    def __init__(self, *, issuer: str, clock: Callable[[], float] = time.monotonic) -> None:
        """`issuer` as it stands in the provider's tokens."""
        check_address(issuer)
        self._issuer = issuer
        self._clock = clock
        self._lock = threading.Lock()
        self._last: ProviderAddresses | None = None
        self._at = float("-inf")
        self._asked_at = float("-inf")

    def addresses(self) -> ProviderAddresses:
        """The addresses; IdentityUnavailable if the provider never gave any. Old ones do while it is silent."""
        with self._lock:
            now_s = self._clock()
            if now_s - self._at > _FRESH_S and now_s - self._asked_at > _BETWEEN_S:
                self._asked_at = now_s
                self._refresh()
            if self._last is None:
                raise IdentityUnavailable(
                    "The identity provider gives no usable OpenID configuration, so nobody can sign in there; "
                    "try again in a moment, and check LEADMAGNET_OIDC_ISSUER if it stays so.",
                    issuer=self._issuer,
                )
            return self._last

    def _refresh(self) -> None:
        try:
            self._last = _addresses(get_json(self._issuer.rstrip("/") + DISCOVERY), self._issuer)
            self._at = self._clock()
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, Invalid) as error:
            facts = {"event": "discovery_failed", "issuer": self._issuer, "error": type(error).__name__}
            logger.warning("Identity provider gave no usable configuration", extra=facts)


def _addresses(found: Mapping[str, Any], issuer: str) -> ProviderAddresses:
    if found.get("issuer") != issuer:
        # Another provider's addresses would be given this one's codes and our secret.
        raise ValueError("the OpenID configuration is not the issuer's")
    methods = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return ProviderAddresses(
        authorize=_address(found, "authorization_endpoint"),
        token=_address(found, "token_endpoint"),
        end_session=_address(found, "end_session_endpoint") if found.get("end_session_endpoint") else None,
        names_itself=found.get("authorization_response_iss_parameter_supported") is True,
        secret_in_body="client_secret_basic" not in methods,
    )


def _address(found: Mapping[str, Any], name: str) -> str:
    url = found.get(name)
    if not isinstance(url, str) or "#" in url:
        raise ValueError(f"the OpenID configuration has no {name}")
    check_address(url)
    return url
