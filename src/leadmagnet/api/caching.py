"""Answers that a client may keep: the mark of what it has, and 304 while that is what there is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response, status

from leadmagnet.api.head import is_head, unread
from leadmagnet.api.json_answer import JSON
from leadmagnet.steplog.errors import VersionConflict
from leadmagnet.steplog.jsontext import dumps

#: Clients keep the answer and ask each time whether it is still good; nobody else may keep it.
CACHE_HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding, Authorization"}
#: Both kinds of marks, that of a job and that of its step log; a version has fewer digits than would overflow.
_NAMES_VERSION = re.compile(r'"([0-9a-f]{24}\.)?v(?P<version>[0-9]{1,17})"')


def etag_of(attributes: Mapping[str, Any], version: int) -> str:
    """The mark of a job's answer: it changes with any attribute and with every write to the step log.

    It is weak because the same answer may come compressed or not, and it names the version, so that a change to the
    execution steps may be bound to it by If-Match.
    """
    digest = hashlib.sha256(dumps(dict(attributes))).hexdigest()[:24]
    return f'W/"{digest}.v{version}"'


def version_etag(version: int) -> str:
    """The mark of a step log at that version: what If-Match of a change to it names."""
    return f'W/"v{version}"'


def not_modified(request: Request, etag: str) -> Response | None:
    """304 if the client has the answer of that mark already; else None."""
    if etag.removeprefix("W/") not in _marks(request.headers.get("if-none-match", "")):
        return None
    return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers={"ETag": etag, **CACHE_HEADERS})


def known_by_mark(request: Request, etag: str) -> Response | None:
    """What the mark alone is enough for, so that no step is read: 304 as above, and HEAD; else None."""
    if answer := not_modified(request, etag):
        return answer
    return unread(Response(media_type=JSON, headers={"ETag": etag, **CACHE_HEADERS})) if is_head(request) else None


def expected_version(if_match: str | None) -> int | None:
    """The version that If-Match demands; None if it demands none, VersionConflict if it names none that can be."""
    if if_match is None or if_match.strip() == "*":
        return None
    marks = _marks(if_match)
    found = _NAMES_VERSION.fullmatch(marks[0]) if len(marks) == 1 else None
    if found is None:
        raise VersionConflict(
            "If-Match names no version of execution steps; send the one ETag of an answer about the job or its steps."
        )
    return int(found["version"])


def _marks(header: str) -> list[str]:
    return [mark.strip().removeprefix("W/") for mark in header.split(",") if mark.strip()]
