"""Sign-in: by the link that a terminal printed, or with a bearer token. Both begin the same kind of session.

Another way to sign in (an identity provider's code flow) ends in `begin` too.
"""

from __future__ import annotations

import logging
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from leadmagnet.domain.access import Caller
from leadmagnet.domain.errors import Forbidden, Unauthorized
from leadmagnet.web.answers import see
from leadmagnet.web.form import read_form
from leadmagnet.web.guard import session_of
from leadmagnet.web.origin import is_own_origin, is_secure
from leadmagnet.web.session import SESSION_TTL
from leadmagnet.web.visit import Site, Visit

logger = logging.getLogger(__name__)

_STALE = "This sign-in link was used already, or is older than 15 minutes. A token opens the same door:"


def begin(request: Request, caller: Caller, *, then: str = "/") -> Response:
    """A session of `caller`, whose first page is `then`."""
    site: Site = request.app.state.site
    session = site.sessions.begin(caller, now=site.parts.operator.clock())
    answer = see(_own_path(then))
    answer.set_cookie(
        site.sessions.cookie_name,
        site.sessions.seal(session),
        max_age=int(SESSION_TTL.total_seconds()),
        httponly=True,
        # Lax, not Strict: links to a job from a mail or a chat must open.
        samesite="lax",
        secure=is_secure(request),
    )
    return answer


def show(request: Request) -> Response:
    """The page that says how to sign in."""
    if session_of(request) is not None:
        return see(_own_path(request.query_params.get("next", "")))
    return _form(request, problem="", then=request.query_params.get("next", ""))


def with_ticket(request: Request) -> Response:
    """Follow the link that a terminal printed. Each works once."""
    site: Site = request.app.state.site
    caller = site.parts.tickets.redeem(request.path_params["ticket"])
    if caller is not None:
        return begin(request, caller)
    if session_of(request) is not None:
        # The link was opened a second time by somebody who is in already.
        return see("/")
    return _form(request, problem=_STALE, then="", status=HTTPStatus.FORBIDDEN)


async def with_token(request: Request) -> Response:
    """Sign in with a bearer token."""
    if not is_own_origin(request):
        raise Forbidden("The request does not come from this page. Open the sign-in page itself and try again.")
    site: Site = request.app.state.site
    form = await read_form(request)
    token, then = form.get("token").strip(), form.get("next")
    if not token:
        return _form(request, problem="Paste a token first.", then=then, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        caller = await run_in_threadpool(site.parts.tokens.verify, token)
    except Unauthorized as error:
        logger.warning("Access denied", extra={"event": "access_denied", "code": error.code})
        return _form(request, problem=error.message, then=then, status=HTTPStatus.UNAUTHORIZED)
    return begin(request, caller, then=then)


def sign_out(visit: Visit) -> Response:
    """End the session in this browser."""
    answer = RedirectResponse("/sign-in", status_code=HTTPStatus.SEE_OTHER)
    answer.delete_cookie(visit.site.sessions.cookie_name)
    return answer


def _form(request: Request, *, problem: str, then: str, status: int = HTTPStatus.OK) -> Response:
    site: Site = request.app.state.site
    body = site.pages.render("sign_in.html", problem=problem, next=_own_path(then))
    return HTMLResponse(body, status_code=status, headers={"Cache-Control": "no-store"})


def _own_path(path: str) -> str:
    """`path` if it leads to a page here; the first page for anything else (another host, a scheme)."""
    own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if own else "/"
