"""Sign-in: by the link that a terminal printed, or with a bearer token; and sign-out.

Whoever signs in at an identity provider (`provider_sign_in`) is given the same kind of session by `begin`.
"""

from __future__ import annotations

import logging
from datetime import datetime
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
from leadmagnet.web.visit import Site, Visit

logger = logging.getLogger(__name__)

_STALE = "This sign-in link was used already, or is older than 15 minutes. A token opens the same door:"


def begin(
    request: Request, caller: Caller, *, then: str = "/", until: datetime | None = None, at_provider: bool = False
) -> Response:
    """A session of `caller`, whose first page is `then`; it ends after 12 hours, or `until` if that is sooner."""
    site: Site = request.app.state.site
    now = site.parts.operator.clock()
    session = site.sessions.begin(caller, now=now, until=until, at_provider=at_provider)
    answer = see(own_path(then))
    answer.set_cookie(
        site.sessions.cookie_name,
        site.sessions.seal(session),
        max_age=max(0, int((session.until - now).total_seconds())),
        httponly=True,
        # Lax, not Strict: links to a job from a mail or a chat must open.
        samesite="lax",
        secure=is_secure(request),
    )
    return answer


def show(request: Request) -> Response:
    """The page that says how to sign in."""
    if session_of(request) is not None:
        return see(own_path(request.query_params.get("next", "")))
    return sign_in_page(request, problem="", then=request.query_params.get("next", ""))


def with_ticket(request: Request) -> Response:
    """Follow the link that a terminal printed. Each works once."""
    site: Site = request.app.state.site
    caller = site.parts.tickets.redeem(request.path_params["ticket"])
    if caller is not None:
        return begin(request, caller)
    if session_of(request) is not None:
        # The link was opened a second time by somebody who is in already.
        return see("/")
    return sign_in_page(request, problem=_STALE, then="", status=HTTPStatus.FORBIDDEN)


async def with_token(request: Request) -> Response:
    """Sign in with a bearer token."""
    if not is_own_origin(request):
        raise Forbidden("The request does not come from this page. Open the sign-in page itself and try again.")
    site: Site = request.app.state.site
    form = await read_form(request)
    token, then = form.get("token").strip(), form.get("next")
    if not token:
        return sign_in_page(request, problem="Paste a token first.", then=then, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        caller = await run_in_threadpool(site.parts.tokens.verify, token)
    except Unauthorized as error:
        logger.warning("Access denied", extra={"event": "access_denied", "code": error.code})
        return sign_in_page(request, problem=error.message, then=then, status=HTTPStatus.UNAUTHORIZED)
    return begin(request, caller, then=then)


def sign_out(visit: Visit) -> Response:
    """End the session here, and at the provider if that is where the visitor signed in."""
    site, provider = visit.site, visit.parts.provider
    site.ended.add(visit.session, now=visit.parts.operator.clock())
    elsewhere = provider.end_session_url() if provider and visit.session.at_provider else None
    if elsewhere is None:
        answer: Response = RedirectResponse("/sign-in", status_code=HTTPStatus.SEE_OTHER)
    else:
        # A page that leads on, for no form of ours may lead elsewhere: our policy holds for redirects too.
        body = site.pages.render("signed_out.html", target=elsewhere)
        answer = HTMLResponse(body, headers={"Cache-Control": "no-store"})
    answer.delete_cookie(site.sessions.cookie_name)
    return answer


def sign_in_page(request: Request, *, problem: str, then: str, status: int = HTTPStatus.OK) -> Response:
    """The page that says how to sign in, and what went wrong with the last attempt."""
    site: Site = request.app.state.site
    at_provider = site.parts.provider is not None
    body = site.pages.render("sign_in.html", problem=problem, next=own_path(then), at_provider=at_provider)
    return HTMLResponse(body, status_code=status, headers={"Cache-Control": "no-store"})


def own_path(path: str) -> str:
    """`path` if it leads to a page here; the first page for anything else (another host, a scheme)."""
    own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if own else "/"
