"""Sessions that somebody ended before their time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime

from leadmagnet.web.session import Session

#: Far more than people sign out in 12 hours; beyond it the oldest are forgotten.
_MOST = 10_000


@dataclass(slots=True, kw_only=True)
class EndedSessions:
    """Keeps in this process's memory which sessions ended, so that a copy of their cookie opens nothing here.

    Another process does not know of it: there a copied cookie is good until its time is over, as sessions are not
    kept on any server.
    """

    _until: dict[str, datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, session: Session, *, now: datetime) -> None:
        """`session` has ended."""
        with self._lock:
            if len(self._until) >= _MOST:
                self._until = {each: until for each, until in self._until.items() if until > now}
            while len(self._until) >= _MOST:
                self._until.pop(next(iter(self._until)))
            self._until[session.id] = session.until

    def __contains__(self, session: Session) -> bool:
        """Whether it ended here."""
        return session.id in self._until
