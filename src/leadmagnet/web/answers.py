"""The kinds of answers that endpoints give."""

from __future__ import annotations

import hashlib
from http import HTTPStatus

from starlette.responses import HTMLResponse, RedirectResponse, Response

from leadmagnet.domain.access import Role
from leadmagnet.web.visit import Visit

#: A page shows what is stored now, and belongs to whoever is signed in.
_PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Cookie"}


def page(visit: Visit, template: str, *, status: int = HTTPStatus.OK, **names: object) -> Response:
    """A whole page: the template with what the layout needs."""
    body = visit.site.pages.render(
        template,
        caller=visit.caller,
        may_operate=visit.may_operate,
        is_admin=visit.caller.role.includes(Role.ADMIN),
        csrf=visit.site.sessions.csrf_token(visit.session),
        path=visit.request.url.path,
        **names,
    )
    return HTMLResponse(body, status_code=status, headers=_PRIVATE)


def fragment(visit: Visit, template: str, **names: object) -> Response:
    """A part of a page; 304 without a body while it is what the browser has."""
    body = visit.site.pages.render(template, may_operate=visit.may_operate, **names)
    headers = _PRIVATE | {"ETag": f'W/"{hashlib.sha256(body.encode()).hexdigest()[:20]}"'}
    if visit.request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return HTMLResponse(body, headers=headers)


def see(path: str) -> Response:
    """Go and look there: the answer to a change that was made."""
    return RedirectResponse(path, status_code=HTTPStatus.SEE_OTHER)
