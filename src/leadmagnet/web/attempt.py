"""One attempt to sign in at an identity provider, bound to the browser that began it."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from leadmagnet.web.signing import Signer

#: Long enough to find a password and a second factor.
ATTEMPT_TTL = timedelta(minutes=10)
_LONGEST_COOKIE_CHARS = 3_500


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What the browser's cookie says.

    What the provider is given is derived from it by our key and not in it: whoever reads the cookie can neither
    answer for the provider nor redeem a code.
    """

    id: str
    then: str
    until: datetime

    @classmethod
    def begin(cls, *, then: str, now: datetime) -> Attempt:
        """A new attempt that ends at the page `then`."""
        return cls(id=secrets.token_urlsafe(24), then=then, until=now + ATTEMPT_TTL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """Seals attempts into cookies, opens them again, and derives what each sends along."""

    signer: Signer

    @property
    def cookie_name(self) -> str:
        """Differs from key to key, as the session's does."""
        return f"leadmagnet_{self.signer.mac('name', b'')[:8]}_attempt"

    def seal(self, attempt: Attempt) -> str:
        """The cookie's value."""
        claims = [attempt.id, attempt.then, int(attempt.until.timestamp())]
        body = base64.urlsafe_b64encode(json.dumps(claims).encode())
        return f"{body.decode()}.{self.signer.mac('attempt', body)}"

    def open(self, cookie: str, *, now: datetime) -> Attempt | None:
        """The attempt; None if the cookie is not one of ours, or is too old."""
        body, _, mac = cookie.partition(".")
        if len(cookie) > _LONGEST_COOKIE_CHARS or not self.signer.is_mac(mac, "attempt", body):
            return None
        attempt_id, then, until = json.loads(base64.urlsafe_b64decode(body))
        ends = datetime.fromtimestamp(until, UTC)
        return Attempt(id=attempt_id, then=then, until=ends) if now < ends else None

    def state(self, attempt: Attempt) -> str:
        """What the provider hands back: it proves that the answer belongs to this browser's attempt."""
        return self.signer.mac("state", attempt.id.encode())

    def is_state(self, state: str, attempt: Attempt) -> bool:
        """Whether an answer belongs to this attempt."""
        return self.signer.is_mac(state, "state", attempt.id)

    def nonce(self, attempt: Attempt) -> str:
        """What the ID token must hold."""
        return self.signer.mac("nonce", attempt.id.encode())

    def verifier(self, attempt: Attempt) -> str:
        """What proves, when the code is redeemed, that it was asked for here (RFC 7636)."""
        return self.signer.mac("verifier", attempt.id.encode())

    def challenge(self, attempt: Attempt) -> str:
        """The hash of the verifier, which is shown beforehand (S256)."""
        digest = hashlib.sha256(self.verifier(attempt).encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
