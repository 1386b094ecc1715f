"""One-time tickets: what the sign-in link that a terminal prints carries."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from leadmagnet.domain.access import Caller
from leadmagnet.engine.ports import Clock

#: Long enough to find the terminal again, short enough that a link in a log or a history is worth nothing.
TICKET_TTL = timedelta(minutes=15)
#: More than anybody prints in that time; older ones give way.
_MOST = 100


@dataclass(slots=True, kw_only=True)
class OneTimeTickets:
    """Tickets kept in this process's memory: each signs in once, and none outlives the process."""

    clock: Clock
    _open: dict[str, tuple[Caller, datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def issue(self, caller: Caller) -> str:
        """A new ticket that signs `caller` in."""
        ticket = secrets.token_urlsafe(24)
        with self._lock:
            while len(self._open) >= _MOST:
                self._open.pop(next(iter(self._open)))
            self._open[ticket] = (caller, self.clock() + TICKET_TTL)
        return ticket

    def redeem(self, ticket: str) -> Caller | None:
        """Who the ticket signs in; None if it is unknown, was used, or is too old."""
        with self._lock:
            caller, until = self._open.pop(ticket, (None, None))
        return caller if until is not None and self.clock() < until else None
