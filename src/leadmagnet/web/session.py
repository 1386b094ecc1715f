"""Who looks at the pages: a signed cookie with a bounded lifetime, and the CSRF tokens that belong to it."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from leadmagnet.domain.access import Caller, Role
from leadmagnet.domain.errors import Invalid
from leadmagnet.web.signing import Signer

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
    #: Whether the visitor signed in at the identity provider, and so has a session there too.
    at_provider: bool = False


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
        return f"leadmagnet_{self.signer.mac('name', b'')[:8]}"

    @property
    def signer(self) -> Signer:
        """What signs with this key."""
        return Signer(key=self.key)

    def begin(
        self, caller: Caller, *, now: datetime, until: datetime | None = None, at_provider: bool = False
    ) -> Session:
        """A new session of `caller`, no longer than `until`."""
        ends = now + SESSION_TTL
        return Session(
            id=secrets.token_urlsafe(16),
            caller=caller,
            until=ends if until is None else min(ends, until),
            at_provider=at_provider,
        )

    def seal(self, session: Session) -> str:
        """The cookie's value."""
        claims = [session.id, session.caller.tenant, session.caller.role.value, int(session.until.timestamp())]
        claims += [session.at_provider]
        body = base64.urlsafe_b64encode(json.dumps(claims).encode())
        return f"{body.decode()}.{self.signer.mac('session', body)}"

    def open(self, cookie: str, *, now: datetime) -> Session | None:
        """The session; None if the cookie is not one of ours, or has expired."""
        body, _, mac = cookie.partition(".")
        if len(cookie) > _LONGEST_COOKIE_CHARS or not self.signer.is_mac(mac, "session", body):
            return None
        # What carries our mac was made by `seal`, so it has the right form; until lately it ended with the time.
        session_id, tenant, role, until, *more = json.loads(base64.urlsafe_b64decode(body))
        ends = datetime.fromtimestamp(until, UTC)
        caller = Caller(tenant=tenant, role=Role(role))
        session = Session(id=session_id, caller=caller, until=ends, at_provider=more == [True])
        return session if now < ends else None

    def csrf_token(self, session: Session) -> str:
        """A token that a change must carry. It differs each time, so that compressed pages do not give it away."""
        nonce = secrets.token_urlsafe(_NONCE_BYTES)
        return f"{nonce}.{self.signer.mac('csrf', f'{session.id}.{nonce}'.encode())}"

    def is_csrf_token(self, token: str, session: Session) -> bool:
        """Whether `token` was made for this session."""
        nonce, _, mac = token.partition(".")
        return self.signer.is_mac(mac, "csrf", f"{session.id}.{nonce}")
