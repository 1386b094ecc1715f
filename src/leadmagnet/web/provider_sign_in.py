"""Sign-in at an identity provider: out to it with an attempt that is bound to this browser, and back with a code."""

from __future__ import annotations

import logging
from datetime import datetime
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from leadmagnet.domain.errors import IdentityUnavailable, NotFound, Unauthorized
from leadmagnet.web.answers import see
from leadmagnet.web.attempt import ATTEMPT_TTL, Attempt
from leadmagnet.web.origin import is_secure
from leadmagnet.web.parts import IdentityProvider
from leadmagnet.web.sign_in import begin, own_path, sign_in_page
from leadmagnet.web.visit import Site

#: Where the provider sends people back to.
CALLBACK = "/sign-in/callback"
START = "/sign-in/provider"
_COOKIE_PATH = "/sign-in"

_STALE = (
    "This sign-in was begun more than 10 minutes ago, in another browser, or under another address of this service. "
    "Begin again here."
)
_MIXED = "This answer of the identity provider belongs to another attempt to sign in. Begin again here."
#: What the errors of RFC 6749 and OpenID Connect mean to whoever reads the page.
_ERRORS = {
    "access_denied": "The identity provider did not let you in: you or it said no. Ask whoever runs it for access.",
    "login_required": "The identity provider wants you to sign in there first. Begin again here.",
    "temporarily_unavailable": "The identity provider is busy; try again in a moment.",
    "server_error": "The identity provider had a fault of its own; try again in a moment.",
}

logger = logging.getLogger(__name__)


def start(request: Request) -> Response:
    """Off to the provider."""
    site, provider = _parts(request)
    attempt = Attempt.begin(then=own_path(request.query_params.get("next", ""))[:2_000], now=_now(site))
    attempts = site.attempts
    try:
        target = provider.authorize_url(
            state=attempts.state(attempt), nonce=attempts.nonce(attempt), challenge=attempts.challenge(attempt)
        )
    except IdentityUnavailable as error:
        return sign_in_page(request, problem=error.message, then=attempt.then, status=HTTPStatus.SERVICE_UNAVAILABLE)
    answer = see(target)
    answer.headers["Cache-Control"] = "no-store"
    answer.set_cookie(
        attempts.cookie_name,
        attempts.seal(attempt),
        max_age=int(ATTEMPT_TTL.total_seconds()),
        path=_COOKIE_PATH,
        httponly=True,
        # The way back from the provider is a link from another site: Strict cookies would not be sent.
        samesite="lax",
        secure=is_secure(request),
    )
    return answer


def callback(request: Request) -> Response:
    """Back from the provider: a session, or a page that says why there is none. An attempt ends here either way."""
    site, provider = _parts(request)
    answer = _end(request, site, provider)
    answer.delete_cookie(site.attempts.cookie_name, path=_COOKIE_PATH)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _end(request: Request, site: Site, provider: IdentityProvider) -> Response:
    query, attempts = request.query_params, site.attempts
    attempt = attempts.open(request.cookies.get(attempts.cookie_name, ""), now=_now(site))
    if attempt is None:
        return _refused(request, _STALE, code="attempt_unknown")
    if not attempts.is_state(query.get("state", ""), attempt):
        return _refused(request, _MIXED, code="state_wrong", then=attempt.then)
    if "error" in query:
        return _refused(request, _said(query["error"]), code="provider_refused", then=attempt.then)
    try:
        found = provider.redeem(
            query.get("code", ""),
            verifier=attempts.verifier(attempt),
            nonce=attempts.nonce(attempt),
            issuer=query.get("iss"),
        )
    except Unauthorized as error:
        return _refused(request, error.message, code=error.code, then=attempt.then)
    except IdentityUnavailable as error:
        return sign_in_page(request, problem=error.message, then=attempt.then, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return begin(request, found.caller, then=attempt.then, until=found.until, at_provider=True)


def _refused(request: Request, problem: str, *, code: str, then: str = "/") -> Response:
    logger.warning("Access denied", extra={"event": "access_denied", "code": code})
    return sign_in_page(request, problem=problem, then=then, status=HTTPStatus.FORBIDDEN)


def _said(error: str) -> str:
    """An error of the provider in words; of its own text only the code is shown, for anybody can write the rest."""
    known = _ERRORS.get(error)
    return known or f"The identity provider refused ({error[:60]}). Begin again here; if it stays so, ask its operator."


def _parts(request: Request) -> tuple[Site, IdentityProvider]:
    site: Site = request.app.state.site
    if site.parts.provider is None:
        raise NotFound("Nobody signs in at an identity provider here; use the link or a token.")
    return site, site.parts.provider


def _now(site: Site) -> datetime:
    return site.parts.operator.clock()
