"""HEAD: what GET would answer, without its body."""

from __future__ import annotations

import re

from fastapi import Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Says to an endpoint that only the head of its answer will be sent.
_ASKED = "leadmagnet.head"
#: Nothing tells the head of these but all the work for their bodies, and dead letters are hidden for a while by it.
_DEAR = re.compile(r"/admin/(dead-letters|jobs/[^/]+/export)")


class HeadAsGet:
    """ASGI middleware that has the routes of GET answer HEAD, tokens and roles included."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD" or _DEAR.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return

        async def head(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        # A copy: whatever serves us looks at the method again, to see that no body follows.
        await self._app({**scope, "method": "GET", _ASKED: True}, receive, head)


def is_head(request: Request) -> bool:
    """Whether the body of the answer would be thrown away."""
    return bool(request.scope.get(_ASKED))


def unread(answer: Response) -> Response:
    """An answer whose body was not made: its length is not known, and said is only what is known."""
    del answer.headers["content-length"]
    return answer
