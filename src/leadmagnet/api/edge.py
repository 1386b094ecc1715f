"""The outermost ring of the app: request ids, bounded bodies, and no fault without a log line."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leadmagnet.api.problems import internal_problem

#: Room for any workflow file or submission; a body beyond it is a mistake or an attack.
BODY_LIMIT_BYTES = 1_000_000
#: Room for execution steps and exported jobs, which are read into memory to be checked.
STEPS_LIMIT_BYTES = 50_000_000
_TAKES_STEPS = re.compile(r"/admin/jobs/(import|[^/]+/execution-steps)")
#: How much of a body that is refused is still read, and dropped.
_DRAIN_LIMIT_BYTES = 16_000_000

logger = logging.getLogger(__name__)


class Edge:
    """ASGI middleware that names each request, bounds its body, and turns a fault into a problem answer."""

    def __init__(self, app: ASGIApp, *, new_id: Callable[[], str]) -> None:
        """Wrap `app`; `new_id` makes the request ids."""
        self._app = app
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send, request_id=self._new_id())
        try:
            await self._app(scope, _BoundedBody(receive, scope), answer)
        except Exception:
            facts = {"event": "request_failed", "request_id": answer.request_id}
            logger.exception("Request failed", extra=facts | {"method": scope["method"], "path": scope["path"]})
            if answer.started:
                # The status is out already: breaking the connection is the only honest end left.
                raise
            await internal_problem(answer.request_id)(scope, receive, answer)


class _Answer:
    """Passes an answer on, with the request's id in its head, and remembers that it began."""

    def __init__(self, send: Send, *, request_id: str) -> None:
        self._send = send
        self.request_id = request_id
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            message["headers"] = [
                *message.get("headers", ()),
                (b"x-request-id", self.request_id.encode()),
                (b"x-content-type-options", b"nosniff"),
            ]
        await self._send(message)


class _BoundedBody:
    """Hands on a body until it passes the limit, announced or (chunked) as it arrives."""

    def __init__(self, receive: Receive, scope: Scope) -> None:
        self._receive = receive
        self._size_bytes = 0
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        self._announced_bytes = int(announced) if announced.isdigit() else 0
        self._limit_bytes = STEPS_LIMIT_BYTES if _TAKES_STEPS.fullmatch(scope["path"]) else BODY_LIMIT_BYTES

    async def __call__(self) -> Message:
        message = await self._counted()
        if max(self._announced_bytes, self._size_bytes) > self._limit_bytes:
            await self._drain(message)
            # An HTTPException is the one error that FastAPI lets pass unchanged while it reads a body.
            raise HTTPException(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"The body is larger than {self._limit_bytes:,} bytes; send less at once.",
            )
        return message

    async def _counted(self) -> Message:
        message = await self._receive()
        self._size_bytes += len(message.get("body", b""))
        return message

    async def _drain(self, message: Message) -> None:
        """Let a client that is a little over finish: a connection closed on it would lose our answer."""
        while message.get("more_body") and self._size_bytes <= self._limit_bytes + _DRAIN_LIMIT_BYTES:
            message = await self._counted()
