"""What stands before every endpoint: the session, the role, and proof that a change comes from our own page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from leadmagnet.domain.access import Role
from leadmagnet.domain.errors import Forbidden
from leadmagnet.web.form import read_form
from leadmagnet.web.origin import is_own_origin
from leadmagnet.web.session import Session
from leadmagnet.web.visit import Site, Visit

Endpoint = Callable[[Visit], Response]
#: Parts of pages, which scripts ask for.
FRAGMENTS = "/live/"


def guarded(endpoint: Endpoint, needs: Role) -> Callable[[Request], Awaitable[Response]]:
    """`endpoint` for signed-in visitors of at least that role; anybody else is sent to sign in, or refused."""

    async def answer(request: Request) -> Response:
        site: Site = request.app.state.site
        session = session_of(request)
        if session is None:
            return _sign_in_first(request)
        if not session.caller.role.includes(needs):
            raise Forbidden(
                f"This needs the role {needs}, and you are signed in as {session.caller.role}. "
                "Sign in with another token, or ask whoever runs this service."
            )
        form = await read_form(request)
        if request.method == "POST" and not _is_ours(request, site, session, form.get("csrf")):
            raise Forbidden("The request does not come from this page as it is now. Reload the page and try again.")
        visit = Visit(request=request, site=site, session=session, form=form)
        return await run_in_threadpool(endpoint, visit)

    return answer


def session_of(request: Request) -> Session | None:
    """Who is signed in, if anybody is."""
    site: Site = request.app.state.site
    cookie = request.cookies.get(site.sessions.cookie_name, "")
    session = site.sessions.open(cookie, now=site.parts.operator.clock()) if cookie else None
    return None if session is None or session in site.ended else session


def _is_ours(request: Request, site: Site, session: Session, token: str) -> bool:
    return is_own_origin(request) and site.sessions.is_csrf_token(token, session)


def _sign_in_first(request: Request) -> Response:
    if request.url.path.startswith(FRAGMENTS):
        return PlainTextResponse("Sign in again.", status_code=HTTPStatus.UNAUTHORIZED)
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = f"/sign-in?next={quote(wanted, safe='')}" if request.method == "GET" and wanted != "/" else "/sign-in"
    return RedirectResponse(target, status_code=HTTPStatus.SEE_OTHER)
