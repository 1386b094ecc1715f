"""Whether a request that changes something comes from our own pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request

#: Names of this machine, where plain HTTP is as good as it gets.
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def is_own_origin(request: Request) -> bool:
    """By `Origin`, which browsers send with every POST, else by `Sec-Fetch-Site`; neither means no.

    Only the host is compared: behind a balancer that ends TLS the scheme is not the one that the browser sees.
    """
    origin = request.headers.get("origin")
    if origin is not None:
        return _host_of(origin) == request.headers.get("host", "").lower()
    return request.headers.get("sec-fetch-site") == "same-origin"


def is_secure(request: Request) -> bool:
    """Whether cookies must be kept from plain HTTP: everywhere but on this machine."""
    return not (request.url.scheme == "http" and request.url.hostname in _LOOPBACK)


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None
