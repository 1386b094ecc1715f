"""A model vendor on 127.0.0.1 that speaks OpenAI's, Anthropic's and Bedrock's wire formats to real SDKs.

    with CompatibleServer() as server:
        server.answer_text(Failure(429, "Slow down."), Text("Hello."))
        ...  # point OPENAI_BASE_URL at server.base_url
        assert server.requests[0].body["model"] == "gpt-5-mini"

Answers are given in turn and the last one repeats. Whatever is not chosen is answered well.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Generic, Self, TypeVar
from urllib.parse import urlsplit

from tests.compatible_wire import Picture, Text, bedrock_stream, failure_body, picture_body, text_body

__all__ = [
    "CompatibleServer",
    "Drip",
    "Failure",
    "ImageReply",
    "Picture",
    "Raw",
    "Reset",
    "Silence",
    "Text",
    "TextReply",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request as it arrived; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Failure:
    """A refusal with a status, the vendor's reason, its code for it, and headers."""

    status: int
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Raw:
    """Any bytes, whole, with status 200: broken JSON, JSON of another shape, nothing."""

    content: bytes
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer for as long as the server lives."""


@dataclass(frozen=True, slots=True)
class Drip:
    """A good beginning, then a blank every `pause_s` for as long as the server lives."""

    pause_s: float = 0.02


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is torn down (RST) instead of an answer."""


R = TypeVar("R")
_Fault = Failure | Raw | Silence | Drip | Reset
TextReply = Text | _Fault
ImageReply = Picture | _Fault


@dataclass(slots=True)
class _Replies(Generic[R]):
    """Answers that are given in turn; the last one repeats."""

    items: list[R]
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> R:
        with self.lock:
            return self.items.pop(0) if len(self.items) > 1 else self.items[0]


@dataclass(frozen=True, slots=True)
class _Whole:
    """An answer that is sent in one piece."""

    status: int
    content: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


class CompatibleServer:
    """Listens while its `with` block runs; `requests` holds what arrived, in order."""

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.ending = threading.Event()
        self._texts: _Replies[TextReply] = _Replies([Text("A sentence from the compatible server.")])
        self._images: _Replies[ImageReply] = _Replies([Picture()])
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def origin(self) -> str:
        """What Anthropic's and Bedrock's clients call their base or endpoint URL."""
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def base_url(self) -> str:
        """What belongs into `OPENAI_BASE_URL`."""
        return f"{self.origin}/v1"

    def answer_text(self, *replies: TextReply) -> None:
        """From now on text requests get these answers."""
        self._texts = _Replies(list(replies))

    def answer_images(self, *replies: ImageReply) -> None:
        """From now on image requests get these answers."""
        self._images = _Replies(list(replies))

    def reply_to(self, request: Received) -> _Whole | Silence | Drip | Reset:
        """What `request` gets."""
        self.requests.append(request)
        reply = self._images.next() if request.path.endswith("/images/generations") else self._texts.next()
        match reply:
            case Raw():
                return _Whole(200, reply.content, reply.content_type)
            case Failure():
                body = failure_body(reply.message, reply.code, request.path)
                return _Whole(reply.status, json.dumps(body).encode(), headers=reply.headers)
            case Text() if request.path.endswith("/converse-stream"):
                return _Whole(200, bedrock_stream(reply), "application/vnd.amazon.eventstream")
            case Text():
                return _Whole(200, json.dumps(text_body(reply, request.path, request.body)).encode())
            case Picture():
                return _Whole(200, json.dumps(picture_body(reply, request.body)).encode())
            case _:
                return reply

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ending.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def _handler_for(server: CompatibleServer) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        vendor = server

    return Handler


class _Handler(BaseHTTPRequestHandler):
    vendor: CompatibleServer

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("content-length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.vendor.reply_to(Received(path=urlsplit(self.path).path, headers=headers, body=json.loads(sent)))
        match reply:
            case _Whole():
                self._send(reply)
            case Silence():
                self.vendor.ending.wait()
            case Drip():
                self._drip(reply)
            case Reset():
                # Lingering for no time at all makes the kernel send a reset.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _send(self, reply: _Whole) -> None:
        self.send_response(reply.status)
        self.send_header("content-type", reply.content_type)
        self.send_header("content-length", str(len(reply.content)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        # The client may have hung up, having read as much as it wants.
        with suppress(OSError):
            self.wfile.write(reply.content)

    def _drip(self, reply: Drip) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(10**9))
        self.end_headers()
        # Until the client hangs up, as it should.
        with suppress(OSError):
            while not self.vendor.ending.wait(reply.pause_s):
                self.wfile.write(b" ")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name for it
        """Nothing: a test's output is its own."""
