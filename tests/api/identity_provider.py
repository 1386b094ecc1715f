"""A real HTTP server that publishes keys, as an identity provider does, and what signs with them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa


@cache
def rsa_key(number: int, *, bits: int = 2048) -> rsa.RSAPrivateKey:
    """A key of that number; making one is slow, so each is made once."""
    del number
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def ec_key(number: int) -> ec.EllipticCurvePrivateKey:
    """A P-256 key of that number."""
    del number
    return ec.generate_private_key(ec.SECP256R1())


def rsa_jwk(key: rsa.RSAPrivateKey, **more: str) -> dict[str, Any]:
    """The public half, as a set of keys lists it."""
    return jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"use": "sig"} | more


def ec_jwk(key: ec.EllipticCurvePrivateKey, **more: str) -> dict[str, Any]:
    """The public half, as a set of keys lists it."""
    return jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"use": "sig"} | more


class Provider:
    """What the server answers, and how often it was asked."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = []
        self.status = 200
        self.body: bytes | None = None
        self.asked: list[str] = []
        self.issuer = ""
        self.configured_issuer: str | None = None

    @property
    def jwks_url(self) -> str:
        return f"{self.issuer}/keys.json"

    def answer(self, path: str) -> bytes:
        """The body at `path`."""
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            return json.dumps({"issuer": self.configured_issuer or self.issuer, "jwks_uri": self.jwks_url}).encode()
        return json.dumps({"keys": self.keys}).encode() if self.body is None else self.body


@contextmanager
def running_provider() -> Iterator[Provider]:
    """A provider that answers on loopback for as long as the block lasts."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = provider.answer(self.path)
            self.send_response(provider.status)
            self.send_header("Location", provider.issuer)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
