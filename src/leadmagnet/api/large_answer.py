"""What a client gets that asks for more than an answer may hold where the service runs."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Response
from fastapi.responses import RedirectResponse

#: How long an address in S3 is good: for the request that follows.
LINK_S = 300


def elsewhere(url: str) -> Response:
    """The way to `url`, which is good for a while and for whoever has it: nobody may keep this answer."""
    return RedirectResponse(url, HTTPStatus.TEMPORARY_REDIRECT, headers={"Cache-Control": "no-store"})
