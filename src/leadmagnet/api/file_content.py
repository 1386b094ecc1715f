"""How the description tells of answers that are files."""

from __future__ import annotations

from typing import Any

#: Bytes for clients that are generated from the description; the second says that the type is the file's own.
FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}, "*/*": {}}}
}
