"""A small OpenID provider over real HTTP: people sign in at it, and it does what it is told to do wrong."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import jwt
from tests.api.identity_provider import rsa_jwk, rsa_key

CLIENT, SECRET = "the pages: client", "s/ecret %"
Claims = dict[str, Any]


@dataclass
class LoginProvider:
    """What it knows and does; tests change it."""

    issuer: str
    #: The one address that it sends people back to.
    redirect_uri: str = ""
    #: What it says of itself beside the usual.
    more: dict[str, Any] = field(default_factory=dict)
    #: Turns good claims into others, and claims into a token.
    change: Callable[[Claims], Claims] = lambda claims: claims
    sign: Callable[[Claims], str] = lambda claims: jwt.encode(claims, rsa_key(1), "RS256", headers={"kid": "one"})
    #: A whole answer of the token endpoint: status and body.
    token_answer: tuple[int, bytes] | None = None
    down: bool = False
    asked: list[str] = field(default_factory=list)
    checks_pkce: bool = True
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    signed_out: list[dict[str, str]] = field(default_factory=list)

    def configuration(self) -> dict[str, Any]:
        """The OpenID configuration."""
        ends = ("authorize", "token", "logout")
        names = ("authorization_endpoint", "token_endpoint", "end_session_endpoint")
        addresses = {name: f"{self.issuer}/{end}" for name, end in zip(names, ends, strict=True)}
        return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys", **addresses, **self.more}

    def approved(self, url: str) -> str:
        """Where somebody who says yes at `url` is sent; ValueError if the request is not as it must be."""
        asked = dict(parse_qsl(urlsplit(url).query))
        good = {"response_type": "code", "client_id": CLIENT, "redirect_uri": self.redirect_uri, "scope": "openid"}
        wrong = {name: asked.get(name) for name, value in good.items() if asked.get(name) != value}
        if wrong or asked.get("code_challenge_method") != "S256" or not asked.get("state"):
            raise ValueError(f"the request is not good: {wrong}")
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return f"{self.redirect_uri}?{urlencode({'code': code, 'state': asked['state']})}"

    def exchanged(self, form: dict[str, str], authorization: str) -> tuple[int, bytes]:
        """The answer of the token endpoint. A code is good once, for its client, address and verifier."""
        if self.token_answer is not None:
            return self.token_answer
        pair = f"{quote(CLIENT, safe='')}:{quote(SECRET, safe='')}"
        in_header = authorization == f"Basic {base64.b64encode(pair.encode()).decode()}"
        if not in_header and form.get("client_secret") != SECRET:
            return 401, b'{"error": "invalid_client"}'
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or form.get("redirect_uri") != self.redirect_uri:
            return 400, b'{"error": "invalid_grant"}'
        if self.checks_pkce and asked["code_challenge"] != challenge:
            return 400, b'{"error": "invalid_grant"}'
        now = datetime.now(UTC)
        claims: Claims = {"iss": self.issuer, "aud": CLIENT, "sub": "ann", "nonce": asked["nonce"], "iat": now}
        claims |= {"exp": now + timedelta(minutes=5), "tenant": "acme", "role": "operator"}
        return 200, json.dumps({"id_token": self.sign(self.change(claims)), "token_type": "Bearer"}).encode()


class _Handler(BaseHTTPRequestHandler):
    provider: LoginProvider

    def do_GET(self) -> None:
        provider, url = self.provider, urlsplit(self.path)
        provider.asked.append(url.path)
        if provider.down:
            self._send(503, b"")
        elif url.path == "/.well-known/openid-configuration":
            self._send(200, json.dumps(provider.configuration()).encode())
        elif url.path == "/keys":
            self._send(200, json.dumps({"keys": [rsa_jwk(rsa_key(1), kid="one")]}).encode())
        elif url.path == "/authorize":
            target = escape(provider.approved(self.path))
            self._send(200, f"<!doctype html><title>Provider</title><a href='{target}'>I am Ann</a>".encode())
        elif url.path == "/logout":
            provider.signed_out.append(asked := dict(parse_qsl(url.query)))
            back = escape(asked["post_logout_redirect_uri"])
            self._send(200, f"<!doctype html><title>Out</title><a href='{back}'>Back</a>".encode())
        else:
            self._send(404, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = dict(parse_qsl(body))
        self._send(*self.provider.exchanged(form, self.headers.get("Authorization", "")))

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if body.startswith(b"<") else "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status == 302:
            self.send_header("Location", f"{self.provider.issuer}/elsewhere")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        """Keep quiet."""


@contextmanager
def running_login_provider() -> Iterator[LoginProvider]:
    """A provider on loopback for as long as the block lasts."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    handler.provider = LoginProvider(issuer=f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield handler.provider  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
