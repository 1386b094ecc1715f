"""A model vendor on 127.0.0.1 that speaks OpenAI's, Anthropic's and Bedrock's wire formats to real SDKs.

    with CompatibleServer() as server:
        server.answer_text(Failure(429, "Slow down."), Text("Hello."))
        ...  # point OPENAI_BASE_URL at server.base_url
        assert server.requests[0].body["model"] == "gpt-5-mini"

Answers are given in turn and the last one repeats. Whatever is not chosen is answered well.
"""

from __future__ import annotations

import base64
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from types import TracebackType
from typing import Any, Generic, Self, TypeVar
from urllib.parse import urlsplit

from PIL import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request as it arrived; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Text:
    """A good answer to a text request. `model` None: the model that was asked for."""

    text: str
    model: str | None = None
    input_tokens: int = 12
    output_tokens: int = 34
    finish_reason: str = "stop"
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A good answer to an image request. `content` None: a PNG of the size that was asked for."""

    content: bytes | None = None
    input_tokens: int = 20
    output_tokens: int = 400


@dataclass(frozen=True, slots=True)
class Failure:
    """A refusal with a status and the vendor's reason."""

    status: int
    message: str


@dataclass(frozen=True, slots=True)
class Raw:
    """Any bytes, whole, with status 200: broken JSON, JSON of another shape, nothing."""

    content: bytes
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer for as long as the server lives."""


R = TypeVar("R")
TextReply = Text | Failure | Raw | Silence
ImageReply = Picture | Failure | Raw | Silence


@dataclass(slots=True)
class _Replies(Generic[R]):
    """Answers that are given in turn; the last one repeats."""

    items: list[R]
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> R:
        with self.lock:
            return self.items.pop(0) if len(self.items) > 1 else self.items[0]


class CompatibleServer:
    """Listens while its `with` block runs; `requests` holds what arrived, in order."""

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self._texts: _Replies[TextReply] = _Replies([Text("A sentence from the compatible server.")])
        self._images: _Replies[ImageReply] = _Replies([Picture()])
        self._ending = threading.Event()
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

    def reply_to(self, request: Received) -> tuple[int, str, bytes] | None:
        """Status, content type and body for `request`; None when it gets no answer."""
        self.requests.append(request)
        reply = self._images.next() if request.path.endswith("/images/generations") else self._texts.next()
        match reply:
            case Silence():
                self._ending.wait()
                return None
            case Raw():
                return 200, reply.content_type, reply.content
            case Failure():
                return reply.status, "application/json", json.dumps(_failure(reply, request)).encode()
            case Text():
                return 200, "application/json", json.dumps(_text(reply, request)).encode()
            case Picture():
                return 200, "application/json", json.dumps(_picture(reply, request)).encode()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def _handler_for(server: CompatibleServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = server.reply_to(Received(path=urlsplit(self.path).path, headers=headers, body=json.loads(sent)))
            if reply is None:
                return
            status, content_type, content = reply
            self.send_response(status)
            self.send_header("content-type", content_type)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name for it
            """Nothing: a test's output is its own."""

    return Handler


def _text(reply: Text, request: Received) -> dict[str, Any]:
    if request.path.endswith("/messages"):
        return _anthropic_text(reply, request)
    if request.path.endswith("/converse"):
        return _bedrock_text(reply)
    message = {"role": "assistant", "content": reply.text, "refusal": reply.refusal}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_767_225_600,
        "model": reply.model or request.body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish_reason}],
        "usage": {
            "prompt_tokens": reply.input_tokens,
            "completion_tokens": reply.output_tokens,
            "total_tokens": reply.input_tokens + reply.output_tokens,
        },
    }


def _anthropic_text(reply: Text, request: Received) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": reply.model or request.body["model"],
        "content": [{"type": "text", "text": reply.text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": reply.input_tokens, "output_tokens": reply.output_tokens},
    }


def _bedrock_text(reply: Text) -> dict[str, Any]:
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": reply.text}]}},
        "stopReason": "end_turn",
        "usage": {
            "inputTokens": reply.input_tokens,
            "outputTokens": reply.output_tokens,
            "totalTokens": reply.input_tokens + reply.output_tokens,
        },
        "metrics": {"latencyMs": 1},
    }


def _picture(reply: Picture, request: Received) -> dict[str, Any]:
    content = reply.content if reply.content is not None else _png(request.body.get("size", "1024x1024"))
    return {
        "created": 1_767_225_600,
        "data": [{"b64_json": base64.b64encode(content).decode("ascii")}],
        "usage": {
            "input_tokens": reply.input_tokens,
            "output_tokens": reply.output_tokens,
            "total_tokens": reply.input_tokens + reply.output_tokens,
            "input_tokens_details": {"text_tokens": reply.input_tokens, "image_tokens": 0},
        },
    }


def _png(size: str) -> bytes:
    width, height = (int(side) for side in size.split("x"))
    buffer = BytesIO()
    Image.new("RGB", (width, height), "#336699").save(buffer, "PNG")
    return buffer.getvalue()


def _failure(reply: Failure, request: Received) -> dict[str, Any]:
    if request.path.endswith("/converse"):
        return {"message": reply.message}
    return {"type": "error", "error": {"type": "api_error", "message": reply.message}}
