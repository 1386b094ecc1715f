"""One value of an execution step as a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import Response

from leadmagnet.api.artifact_answer import CONTENT_SECURITY_POLICY
from leadmagnet.steplog.jsontext import dumps

#: What a text is, by the kind of step that wrote it: type and the end of the file's name.
_TEXT_TYPES = {
    ("html_generation", "output"): ("text/html; charset=utf-8", "html"),
    ("ai_generation", "output"): ("text/markdown; charset=utf-8", "md"),
}
_PLAIN = ("text/plain; charset=utf-8", "txt")
_JSON = ("application/json", "json")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 60


def value_answer(step: Mapping[str, Any], name: str, *, index: int) -> Response:
    """The value of that name, to be saved under a name that says what it is. Nothing in it runs."""
    value = step.get(name)
    media_type, ending = _type_of(step, name, value)
    content = value.encode() if isinstance(value, str) else dumps(value)
    headers = {
        "Content-Disposition": f'attachment; filename="{quote(_file_name(step, name, index))}.{ending}"',
        "Cache-Control": "private, no-cache",
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    }
    return Response(content, media_type=media_type, headers=headers)


def _type_of(step: Mapping[str, Any], name: str, value: object) -> tuple[str, str]:
    if not isinstance(value, str):
        return _JSON
    return _TEXT_TYPES.get((str(step.get("step_type")), name), _PLAIN)


def _file_name(step: Mapping[str, Any], name: str, index: int) -> str:
    """As in `03-market-facts-output`: files of one job sort in its order."""
    title = _UNSAFE.sub("-", str(step.get("step_name") or step.get("step_id") or "step")).strip("-")
    return f"{index:02}-{title[:_LONGEST_NAME] or 'step'}-{name}"
