"""The outermost ring of the pages: the headers that keep a browser strict, and no fault without a log line."""

from __future__ import annotations

import logging
from collections.abc import Callable

from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Nothing inline, nothing from elsewhere: whatever a model wrote cannot run, and cannot call out.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; frame-src 'self'"
)
_HEADERS = {
    b"content-security-policy": CONTENT_SECURITY_POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    # Looking up a name tells its server as much as asking it.
    b"x-dns-prefetch-control": b"off",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}

logger = logging.getLogger(__name__)


class PageEdge:
    """ASGI middleware around all pages."""

    def __init__(self, app: ASGIApp, *, new_id: Callable[[], str], fault_page: Callable[[str], str]) -> None:
        """Wrap `app`; `fault_page` makes the HTML for a request's id."""
        self._app = app
        self._new_id = new_id
        self._fault_page = fault_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send, request_id=self._new_id())
        try:
            await self._app(scope, receive, answer)
        except Exception:
            facts = {"event": "request_failed", "request_id": answer.request_id, "method": scope["method"]}
            logger.exception("Request failed", extra=facts | {"path": _shown(scope["path"])})
            if answer.started:
                raise
            await HTMLResponse(self._fault_page(answer.request_id), status_code=500)(scope, receive, answer)


def _shown(path: str) -> str:
    """The path without the ticket of a sign-in link: whoever reads logs must not be able to follow it."""
    return "/sign-in/..." if path.startswith("/sign-in/") else path


class _Answer:
    """Passes an answer on with our headers; what an endpoint set itself (a file's own policy) stays."""

    def __init__(self, send: Send, *, request_id: str) -> None:
        self._send = send
        self.request_id = request_id
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = list(message.get("headers", ()))
            present = {name.lower() for name, _ in headers}
            headers += [(name, value) for name, value in _HEADERS.items() if name not in present]
            message["headers"] = [*headers, (b"x-request-id", self.request_id.encode())]
        await self._send(message)
