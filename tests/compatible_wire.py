"""Answers in the wire formats of OpenAI (chat, responses, images), Anthropic and Bedrock."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal

from PIL import Image

#: Why the model stopped, in each vendor's word.
_REASONS = {
    "anthropic": {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal", "pause": "pause_turn"},
    "bedrock": {"stop": "end_turn", "length": "max_tokens", "content_filter": "guardrail_intervened"},
}


@dataclass(frozen=True, slots=True)
class Text:
    """A good answer to a text request. `model` None: the model that was asked for."""

    text: str
    model: str | None = None
    input_tokens: int = 12
    output_tokens: int = 34
    finish_reason: Literal["stop", "length", "content_filter", "pause"] = "stop"
    refusal: str | None = None
    #: Whether the vendor says what was used.
    usage: bool = True
    #: Pages that the answer cites after a search: address and title.
    sources: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A good answer to an image request. `content` None: a PNG of the size that was asked for."""

    content: bytes | None = None
    input_tokens: int = 20
    output_tokens: int = 400
    #: How the vendor writes the bytes down; None: as base64.
    written: str | None = None


def text_body(reply: Text, path: str, asked: dict[str, Any]) -> dict[str, Any]:
    """The answer in the format that the path calls for."""
    model = reply.model or asked.get("model", "")
    if path.endswith("/messages"):
        return _without_usage(reply, _anthropic(reply, model))
    if path.endswith("/converse"):
        return _without_usage(reply, _bedrock(reply))
    if path.endswith("/responses"):
        return _without_usage(reply, _responses(reply, model))
    return _without_usage(reply, _chat(reply, model))


def bedrock_stream(reply: Text) -> bytes:
    """The answer as the events of ConverseStream, in AWS's binary framing."""
    delta = {"contentBlockIndex": 0, "delta": {"text": reply.text}}
    events: list[tuple[str, dict[str, Any]]] = [("messageStart", {"role": "assistant"})]
    events += [("contentBlockDelta", delta), ("contentBlockStop", {"contentBlockIndex": 0})] if reply.text else []
    events += [("messageStop", {"stopReason": _REASONS["bedrock"][reply.finish_reason]})]
    events += [("metadata", {"usage": _bedrock(reply)["usage"], "metrics": {"latencyMs": 1}})] if reply.usage else []
    return b"".join(_event(name, body) for name, body in events)


def picture_body(reply: Picture, asked: dict[str, Any]) -> dict[str, Any]:
    """The answer of OpenAI's image API."""
    content = reply.content if reply.content is not None else _png(asked.get("size", "1024x1024"))
    written = base64.b64encode(content).decode("ascii") if reply.written is None else reply.written
    return {
        "created": 1_767_225_600,
        "data": [{"b64_json": written}],
        "usage": {
            "input_tokens": reply.input_tokens,
            "output_tokens": reply.output_tokens,
            "total_tokens": reply.input_tokens + reply.output_tokens,
            "input_tokens_details": {"text_tokens": reply.input_tokens, "image_tokens": 0},
        },
    }


def failure_body(message: str, code: str | None, path: str) -> dict[str, Any]:
    """A vendor's error object."""
    if path.endswith(("/converse", "/converse-stream")):
        return {"message": message}
    return {"type": "error", "error": {"type": code or "api_error", "code": code, "message": message}}


def _without_usage(reply: Text, body: dict[str, Any]) -> dict[str, Any]:
    return body if reply.usage else {key: value for key, value in body.items() if key != "usage"}


def _chat(reply: Text, model: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": reply.text, "refusal": reply.refusal}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_767_225_600,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish_reason}],
        "usage": {
            "prompt_tokens": reply.input_tokens,
            "completion_tokens": reply.output_tokens,
            "total_tokens": reply.input_tokens + reply.output_tokens,
        },
    }


def _responses(reply: Text, model: str) -> dict[str, Any]:
    cited = [
        {"type": "url_citation", "url": url, "title": title, "start_index": 0, "end_index": len(reply.text)}
        for url, title in reply.sources
    ]
    words = {"type": "output_text", "text": reply.text, "annotations": cited, "logprobs": []}
    search = {
        "id": "ws_1",
        "type": "web_search_call",
        "status": "completed",
        "action": {"type": "search", "query": "q"},
    }
    message = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [words]}
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_767_225_600,
        "model": model,
        "status": "completed",
        "output": [search, message] if reply.sources else [message],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": reply.input_tokens,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": reply.output_tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": reply.input_tokens + reply.output_tokens,
        },
    }


def _anthropic(reply: Text, model: str) -> dict[str, Any]:
    found = [
        {"type": "web_search_result", "url": url, "title": title, "encrypted_content": "x", "page_age": None}
        for url, title in reply.sources
    ]
    cited = [
        {
            "type": "web_search_result_location",
            "url": url,
            "title": title,
            "encrypted_index": "x",
            "cited_text": "as it says there",
        }
        for url, title in reply.sources
    ]
    words: dict[str, Any] = {"type": "text", "text": reply.text} | ({"citations": cited} if cited else {})
    search = [
        {"type": "text", "text": "I will look that up."},
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": found},
    ]
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [*search, words] if reply.sources else [words],
        "stop_reason": _REASONS["anthropic"][reply.finish_reason],
        "stop_sequence": None,
        "usage": {
            "input_tokens": reply.input_tokens,
            "output_tokens": reply.output_tokens,
            "server_tool_use": {"web_search_requests": 1} if reply.sources else None,
        },
    }


def _bedrock(reply: Text) -> dict[str, Any]:
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": reply.text}] if reply.text else []}},
        "stopReason": _REASONS["bedrock"][reply.finish_reason],
        "usage": {
            "inputTokens": reply.input_tokens,
            "outputTokens": reply.output_tokens,
            "totalTokens": reply.input_tokens + reply.output_tokens,
        },
        "metrics": {"latencyMs": 1},
    }


def _event(name: str, body: dict[str, Any]) -> bytes:
    fields = ((":message-type", "event"), (":event-type", name), (":content-type", "application/json"))
    headers = b"".join(
        struct.pack(">B", len(field)) + field.encode() + struct.pack(">BH", 7, len(value)) + value.encode()
        for field, value in fields
    )
    payload = json.dumps(body).encode()
    lengths = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    message = lengths + struct.pack(">I", zlib.crc32(lengths)) + headers + payload
    return message + struct.pack(">I", zlib.crc32(message))


def _png(size: str) -> bytes:
    width, height = (int(side) for side in size.split("x"))
    buffer = BytesIO()
    Image.new("RGB", (width, height), "#336699").save(buffer, "PNG")
    return buffer.getvalue()
