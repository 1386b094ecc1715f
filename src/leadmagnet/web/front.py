"""Pages and API behind one address."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """An ASGI app that hands each request to the API or, if the API has no such part, to the pages."""

    api: ASGIApp
    pages: ASGIApp
    #: First segments of the API's paths, as in `/admin/jobs`.
    api_segments: Collection[str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        segment = str(scope.get("path", "")).split("/")[1:2]
        is_api = scope["type"] != "http" or (segment and segment[0] in self.api_segments)
        await (self.api if is_api else self.pages)(scope, receive, send)
