"""Who looks at the pages: a signed cookie with a bounded lifetime, and the CSRF tokens that belong to it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from leadmagnet.domain.access import Caller, Role
from leadmagnet.domain.errors import Invalid

#: A working day; a bearer token or a new link begins another.
SESSION_TTL = timedelta(hours=12)
SHORTEST_KEY_BYTES = 32
_NONCE_BYTES = 12
#: Far above any cookie of ours.
_LONGEST_COOKIE_CHARS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in visitor."""

    id: str
    caller: Caller
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """Seals sessions into cookies and opens them again. Nothing is kept on the server."""

    key: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a key that would be easy to guess."""
        if len(self.key.encode()) < SHORTEST_KEY_BYTES:
            raise Invalid(f"The session key needs at least {SHORTEST_KEY_BYTES} bytes.", bytes=len(self.key.encode()))

    @property
    def cookie_name(self) -> str:
        """Differs from key to key: two services on one machine share a host, and must not sign each other out."""
        return f"leadmagnet_{self._mac('name', b'')[:8]}"

    def begin(self, caller: Caller, *, now: datetime) -> Session:
        """A new session of `caller`."""
        return Session(id=secrets.token_urlsafe(16), caller=caller, until=now + SESSION_TTL)

    def seal(self, session: Session) -> str:
        """The cookie's value."""
        claims = [session.id, session.caller.tenant, session.caller.role.value, int(session.until.timestamp())]
        body = base64.urlsafe_b64encode(json.dumps(claims).encode())
        return f"{body.decode()}.{self._mac('session', body)}"

    def open(self, cookie: str, *, now: datetime) -> Session | None:
        """The session; None if the cookie is not one of ours, or has expired."""
        body, _, mac = cookie.partition(".")
        if len(cookie) > _LONGEST_COOKIE_CHARS or not body.isascii() or not mac.isascii():
            return None
        if not hmac.compare_digest(self._mac("session", body.encode()), mac):
            return None
        # What carries our mac was made by `seal`, so it has the right form.
        session_id, tenant, role, until = json.loads(base64.urlsafe_b64decode(body))
        ends = datetime.fromtimestamp(until, UTC)
        caller = Caller(tenant=tenant, role=Role(role))
        return Session(id=session_id, caller=caller, until=ends) if now < ends else None

    def csrf_token(self, session: Session) -> str:
        """A token that a change must carry. It differs each time, so that compressed pages do not give it away."""
        nonce = secrets.token_urlsafe(_NONCE_BYTES)
        return f"{nonce}.{self._mac('csrf', f'{session.id}.{nonce}'.encode())}"

    def is_csrf_token(self, token: str, session: Session) -> bool:
        """Whether `token` was made for this session."""
        nonce, _, mac = token.partition(".")
        if not token.isascii():
            return False
        return hmac.compare_digest(self._mac("csrf", f"{session.id}.{nonce}".encode()), mac)

    def _mac(self, purpose: str, message: bytes) -> str:
        """One key signs for several purposes; none may be passed off as another."""
        return hmac.new(self.key.encode(), purpose.encode() + b"\0" + message, hashlib.sha256).hexdigest()
