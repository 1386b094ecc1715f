"""One request to a page, with all that an endpoint needs of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.requests import Request

from leadmagnet.domain.access import Caller, Role
from leadmagnet.web.attempt import Attempts
from leadmagnet.web.ended import EndedSessions
from leadmagnet.web.form import Form
from leadmagnet.web.pages import Pages
from leadmagnet.web.parts import WebParts
from leadmagnet.web.session import Session, Sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What all requests share."""

    parts: WebParts
    sessions: Sessions
    attempts: Attempts
    ended: EndedSessions
    pages: Pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A signed-in visitor's request."""

    request: Request
    site: Site
    session: Session
    form: Form = field(default_factory=Form)

    @property
    def parts(self) -> WebParts:
        """The stores and the rest."""
        return self.site.parts

    @property
    def caller(self) -> Caller:
        """The visitor's tenant and role."""
        return self.session.caller

    @property
    def may_operate(self) -> bool:
        """Whether the visitor may submit, cancel and rerun jobs."""
        return self.caller.role.includes(Role.OPERATOR)

    def path(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def query(self, name: str) -> str:
        """A value of the query; empty if it is not there."""
        return self.request.query_params.get(name, "")

    def whole_number(self, name: str, default: int = 0, *, most: int = 10_000_000) -> int:
        """A number of the query; the default for anything else: an edited address never breaks a page."""
        text = self.query(name)
        return min(int(text), most) if text.isascii() and text.isdigit() and len(text) <= 9 else default
