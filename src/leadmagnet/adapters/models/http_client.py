"""HTTP as the vendors' SDKs are to use it."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from functools import cache
from typing import cast
from urllib.parse import urlsplit

import httpx2

_CONNECT_TIMEOUT_S = 10.0
#: The largest pictures come as 30 MB of base64; more than this is no answer, and would only fill the memory.
MAX_ANSWER_BYTES = 64 * 1024 * 1024


class AnswerTooLarge(Exception):
    """A vendor sends more than any answer can hold."""


def http_client(base_url: str, *, timeout_s: float) -> httpx2.AsyncClient:
    """A client for one call to `base_url`: it sends each request once and reads a bounded answer.

    A proxy that the environment names (HTTP_PROXY) is not asked for a model on this machine.
    """
    return httpx2.AsyncClient(
        verify=_trusted(),
        timeout=httpx2.Timeout(timeout_s, connect=min(timeout_s, _CONNECT_TIMEOUT_S)),
        trust_env=urlsplit(base_url).hostname not in ("127.0.0.1", "localhost", "::1"),
        follow_redirects=True,
        event_hooks={"response": [_bound]},
    )


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that are trusted; reading them takes 80 ms, so once in a process, and not once in a call."""
    return httpx2.create_ssl_context()


async def _bound(response: httpx2.Response) -> None:
    response.stream = _Bounded(cast(httpx2.AsyncByteStream, response.stream))


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        count = 0
        async for chunk in self._stream:
            count += len(chunk)
            if count > MAX_ANSWER_BYTES:
                raise AnswerTooLarge(f"more than {MAX_ANSWER_BYTES // 1024**2} MB")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
