"""Styles and scripts: read once, sent compressed, kept by browsers until they change."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_FOREVER = "public, max-age=31536000, immutable"
#: An address with another version is an old page's, or a new one's that an old server answers: never keep it.
_NOT_KEPT = "no-cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file, ready to send."""

    content: bytes
    compressed: bytes
    content_type: str
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assets:
    """All files of the package's `static` folder.

    One version stands for all of them, in their addresses: modules import each other by relative paths, so a
    page gets scripts that fit together.
    """

    by_name: Mapping[str, Asset]
    version: str = field(init=False)

    def __post_init__(self) -> None:
        """Derive the version from every file's content."""
        digest = hashlib.sha256("".join(f"{n}{a.etag}" for n, a in sorted(self.by_name.items())).encode())
        object.__setattr__(self, "version", digest.hexdigest()[:12])

    def url(self, name: str) -> str:
        """Where the file is served; KeyError for one that does not exist, so that a page's test finds a typo."""
        if name not in self.by_name:
            raise KeyError(name)
        return f"/static/{self.version}/{name}"

    def answer(self, request: Request, *, version: str, name: str) -> Response:
        """The file, or 304 for a browser that has it."""
        asset = self.by_name.get(name)
        if asset is None:
            return Response("There is no such file.", HTTPStatus.NOT_FOUND, media_type="text/plain")
        headers = {
            "ETag": asset.etag,
            "Cache-Control": _FOREVER if version == self.version else _NOT_KEPT,
            "Vary": "Accept-Encoding",
        }
        if asset.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(asset.content, media_type=asset.content_type, headers=headers)
        return Response(asset.compressed, media_type=asset.content_type, headers=headers | {"Content-Encoding": "gzip"})


def load_assets() -> Assets:
    """The files of this package."""
    folder = files("leadmagnet.web") / "static"
    names = sorted(file.name for file in folder.iterdir() if file.is_file())
    return Assets(by_name={name: _asset(name, (folder / name).read_bytes()) for name in names})


def _asset(name: str, content: bytes) -> Asset:
    return Asset(
        content=content,
        # The same bytes each time: no clock in the header.
        compressed=gzip.compress(content, 9, mtime=0),
        content_type=_TYPES["." + name.rpartition(".")[2]],
        etag=f'"{hashlib.sha256(content).hexdigest()[:16]}"',
    )
