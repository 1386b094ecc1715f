"""JSON answers, compressed on the way where the client takes that, a block at a time."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

JSON = "application/json"
#: Below this the wrapping costs more than it saves.
_LEAST_GZIP_BYTES = 1_000
#: Level 1 makes steps about a third of their size at 100 MB/s; level 6 saves a little more and takes thrice as long.
_LEVEL = 1
#: zlib's own way to ask for gzip's wrapping.
_GZIP = 31


def accepts_gzip(request: Request) -> bool:
    """Whether the client says that it takes gzip (RFC 9110, section 12.5.3)."""
    weights: dict[str, str] = {}
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, parameter = part.partition(";")
        weights[coding.strip()] = parameter.replace(" ", "").removeprefix("q=")
    weight = weights.get("gzip", weights.get("*", "0"))
    return weight.strip("0.") != "" or weight == ""


def json_answer(request: Request, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
    """`body` as an answer."""
    headers = {"Vary": "Accept-Encoding", **(headers or {})}
    if len(body) < _LEAST_GZIP_BYTES or not accepts_gzip(request):
        return Response(body, media_type=JSON, headers=headers)
    packed = b"".join(_packed([body]))
    return Response(packed, media_type=JSON, headers={**headers, "Content-Encoding": "gzip"})


def streamed_json(request: Request, blocks: Iterable[bytes], headers: Mapping[str, str]) -> Response:
    """The blocks as one answer; memory holds one of them at a time."""
    if not accepts_gzip(request):
        return StreamingResponse(blocks, media_type=JSON, headers=dict(headers))
    return StreamingResponse(_packed(blocks), media_type=JSON, headers={**headers, "Content-Encoding": "gzip"})


def _packed(blocks: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(level=_LEVEL, wbits=_GZIP)
    for block in blocks:
        if ready := packer.compress(block):
            yield ready
    yield packer.flush()
