"""A server that must never hear of anything: it counts every connection and every request."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: Where the canary itself serves the documents, with no policy at all: there they must do harm, or they prove nothing.
BARE = "/bare/"


@dataclass
class Canary:
    """What reached the server. `waits` lets a test wait for it."""

    url: str
    #: Documents by name, as (content type, text).
    documents: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    connections: int = 0
    waits: threading.Condition = field(default_factory=threading.Condition)

    def heard(self) -> tuple[int, list[str]]:
        """All connections and requests so far, but for the bare documents."""
        with self.waits:
            return self.connections, [path for path in self.requests if not path.startswith(BARE)]

    def wait_for(self, part: str, *, seconds: float) -> bool:
        """Whether a request whose path holds `part` came in time."""
        with self.waits:
            return self.waits.wait_for(lambda: any(part in path for path in self.requests), timeout=seconds)

    def wait_for_connections(self, most: int, *, seconds: float) -> bool:
        """Whether there were more connections than that in time."""
        with self.waits:
            return self.waits.wait_for(lambda: self.connections > most, timeout=seconds)


class _Server(ThreadingHTTPServer):
    canary: Canary

    def get_request(self) -> Any:  # noqa: ANN401 (a socket and its address)
        request = super().get_request()
        with self.canary.waits:
            self.canary.connections += 1
            self.canary.waits.notify_all()
        return request


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        canary = self.server.canary
        with canary.waits:
            canary.requests.append(self.path)
            canary.waits.notify_all()
        kind, text = canary.documents.get(
            self.path.removeprefix(BARE), ("text/html", "<!doctype html><title>x</title>")
        )
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 (the base class's own)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 (the base class's own)
        """Say nothing."""


@contextmanager
def running_canary() -> Iterator[Canary]:
    """A canary on a free port of loopback."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.canary = Canary(url=f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="canary")
    thread.start()
    try:
        yield server.canary
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
