"""The pages as one ASGI app."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp

from leadmagnet.domain.errors import Forbidden, IdentityUnavailable, Invalid, LeadmagnetError, NotFound, Unauthorized
from leadmagnet.steplog.errors import NoSuchJob, StepLogError, Unavailable
from leadmagnet.web.answers import page
from leadmagnet.web.assets import load_assets
from leadmagnet.web.attempt import Attempts
from leadmagnet.web.edge import PageEdge
from leadmagnet.web.ended import EndedSessions
from leadmagnet.web.guard import FRAGMENTS, session_of
from leadmagnet.web.pages import build_pages
from leadmagnet.web.parts import WebParts
from leadmagnet.web.refusal import JOBS, Way, message_of, way_on
from leadmagnet.web.routes import routes
from leadmagnet.web.session import Sessions
from leadmagnet.web.visit import Site, Visit

#: Answers smaller than this are not worth compressing.
_LEAST_COMPRESSED_BYTES = 1_000


def create_web(parts: WebParts) -> ASGIApp:
    """The pages, made of `parts`."""
    assets = load_assets()
    pages = build_pages(assets)
    app = Starlette(
        routes=routes(assets),
        middleware=[Middleware(GZipMiddleware, minimum_size=_LEAST_COMPRESSED_BYTES, compresslevel=5)],
        exception_handlers={LeadmagnetError: _refusal, StepLogError: _refusal, HTTPException: _http_refusal},
    )
    sessions = Sessions(key=parts.session_key)
    app.state.site = Site(
        parts=parts, sessions=sessions, attempts=Attempts(signer=sessions.signer), ended=EndedSessions(), pages=pages
    )
    fault = partial(pages.render, "error.html", code=500, message="Something failed on our side.")
    return PageEdge(app, new_id=parts.operator.new_id, fault_page=lambda request_id: fault(request_id=request_id))


def _status_of(error: Exception) -> int:
    match error:
        case NotFound() | NoSuchJob():
            return HTTPStatus.NOT_FOUND
        case Unauthorized():
            return HTTPStatus.UNAUTHORIZED
        case Forbidden():
            return HTTPStatus.FORBIDDEN
        case Invalid():
            return HTTPStatus.UNPROCESSABLE_ENTITY
        case Unavailable() | IdentityUnavailable():
            return HTTPStatus.SERVICE_UNAVAILABLE
        case StepLogError():
            return HTTPStatus.INTERNAL_SERVER_ERROR
        case _:
            return HTTPStatus.CONFLICT


def _refusal(request: Request, error: Exception) -> Response:
    return _answer(request, _status_of(error), message_of(error), way_on(request, error))


def _http_refusal(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.BAD_REQUEST
    known = {HTTPStatus.NOT_FOUND: "There is no such page.", HTTPStatus.METHOD_NOT_ALLOWED: "Open this page by a link."}
    return _answer(request, status, known.get(HTTPStatus(status)) or str(getattr(error, "detail", error)), JOBS)


def _answer(request: Request, status: int, message: str, way: Way) -> Response:
    if request.url.path.startswith(FRAGMENTS):
        return PlainTextResponse(message, status_code=status)
    site: Site = request.app.state.site
    session = session_of(request)
    if session is not None:
        visit = Visit(request=request, site=site, session=session)
        return page(visit, "refused.html", status=status, code=int(status), message=message, way=way)
    body = site.pages.render("error.html", code=int(status), message=message, request_id="")
    return HTMLResponse(body, status_code=status)
