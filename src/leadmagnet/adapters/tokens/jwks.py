"""An identity provider's public keys, fetched by address and kept for a while."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
import jwt
import orjson

from leadmagnet.domain.errors import IdentityUnavailable, Invalid

#: A larger answer is not a set of keys; API Gateway's own limit is the same.
_MOST_BYTES = 150_000
_TIMEOUT_S = 3.0
#: The one algorithm of each type of key that we take. Symmetric keys have no business in a public set.
_ALGORITHMS = {"RSA": "RS256", "EC": "ES256"}
#: NIST SP 800-131A: shorter RSA keys are no longer allowed to sign.
_SHORTEST_RSA_BITS = 2048
_LONGEST_KID_CHARS = 256
DISCOVERY = "/.well-known/openid-configuration"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTimes:
    """How long keys are believed, in seconds."""

    #: Keys older than this are fetched again.
    fresh_s: float = 3_600.0
    #: While the provider does not answer, the last keys are good for this long; then nobody gets in.
    stale_s: float = 24 * 3_600.0
    #: Between two fetches, whatever unknown keys the tokens name: strangers must not make us ask at their pace.
    between_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _KeySet:
    """The keys of one answer, and when it came."""

    keys: Mapping[str, jwt.PyJWK]
    at: float


class JwksKeys:
    """The keys that tokens may be signed with. Safe for threads; fetches when first asked."""

    def __init__(
        self,
        *,
        issuer: str,
        jwks_url: str | None = None,
        times: KeyTimes | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Without `jwks_url` the issuer's OpenID configuration names the address."""
        for url in filter(None, (issuer, jwks_url)):
            check_address(url)
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._times = times or KeyTimes()
        self._clock = clock
        self._lock = threading.Lock()
        self._last = _KeySet(keys={}, at=float("-inf"))
        self._asked_at = float("-inf")

    def find(self, kid: object) -> jwt.PyJWK | None:
        """The key of that id (the only key, if a token names none); None if the provider has no such key.

        IdentityUnavailable if the provider has not answered for so long that no key can be believed.
        """
        key = _choose(self._last, kid)
        if key is None or self._age_s() > self._times.fresh_s:
            self._refresh(wait=key is None or self._age_s() > self._times.stale_s)
            key = _choose(self._last, kid)
        if self._age_s() > self._times.stale_s:
            raise IdentityUnavailable(
                "The identity provider does not give its keys, so tokens cannot be checked; try again in a moment.",
                issuer=self._issuer,
            )
        return key

    def _age_s(self) -> float:
        return self._clock() - self._last.at

    def _refresh(self, *, wait: bool) -> None:
        """Fetch, unless it was tried just now. One thread asks; those that have a key that will do go on."""
        if not self._lock.acquire(blocking=wait):
            return
        try:
            if self._clock() - self._asked_at < self._times.between_s:
                return
            self._asked_at = self._clock()
            self._last = _KeySet(keys=self._fetch(), at=self._clock())
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
            facts = {"event": "jwks_unavailable", "issuer": self._issuer}
            logger.warning("Identity provider gave no keys", exc_info=True, extra=facts)
        finally:
            self._lock.release()

    def _fetch(self) -> dict[str, jwt.PyJWK]:
        keys = _usable_keys(get_json(self._jwks_url or self._discover()))
        if not keys:
            raise ValueError("the set has no RSA or P-256 key to verify with")
        return keys

    def _discover(self) -> str:
        found = get_json(self._issuer.rstrip("/") + DISCOVERY)
        if found.get("issuer") != self._issuer or not isinstance(found.get("jwks_uri"), str):
            raise ValueError("the OpenID configuration is not the issuer's")
        url = str(found["jwks_uri"])
        check_address(url)
        return url


def _choose(known: _KeySet, kid: object) -> jwt.PyJWK | None:
    """An id is only ever looked up among the ids that the provider gave: it is never an address or a path."""
    if kid is None:
        return next(iter(known.keys.values())) if len(known.keys) == 1 else None
    return known.keys.get(kid) if isinstance(kid, str) and len(kid) <= _LONGEST_KID_CHARS else None


def check_address(url: str) -> None:
    """Invalid for an address that is neither https nor on this machine."""
    parts = urlsplit(url)
    local = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if not (parts.scheme == "https" or (parts.scheme == "http" and local)) or not parts.hostname:
        raise Invalid("An identity provider's address begins with https://; check LEADMAGNET_OIDC_ISSUER.", url=url)


def get_json(url: str) -> dict[str, Any]:
    """The JSON object at `url`, without following anybody elsewhere."""
    with httpx2.stream("GET", url, timeout=_TIMEOUT_S, follow_redirects=False) as answer:
        answer.raise_for_status()
        body = bytearray()
        for chunk in answer.iter_bytes():
            body += chunk
            if len(body) > _MOST_BYTES:
                raise ValueError("the answer is too large")
    found = orjson.loads(body)
    if not isinstance(found, dict):
        raise ValueError("the answer is no JSON object")  # noqa: TRY004 (every unusable answer is met the same way)
    return found


def _usable_keys(found: Mapping[str, Any]) -> dict[str, jwt.PyJWK]:
    """Those of the set that can verify what we take; a provider may list others for other uses."""
    listed = found.get("keys")
    if not isinstance(listed, list):
        raise ValueError("the answer is no set of keys")  # noqa: TRY004 (as above)
    usable = (_usable_key(each) for each in listed if isinstance(each, dict))
    return {key.key_id or "": key for key in usable if key is not None}


def _usable_key(described: dict[str, Any]) -> jwt.PyJWK | None:
    algorithm = _ALGORITHMS.get(str(described.get("kty")))
    if algorithm is None or described.get("use", "sig") != "sig" or described.get("alg", algorithm) != algorithm:
        return None
    try:
        key = jwt.PyJWK(described, algorithm=algorithm)
    except jwt.PyJWTError:
        return None
    size = getattr(key.key, "key_size", 0)
    return key if algorithm != "RS256" or size >= _SHORTEST_RSA_BITS else None
