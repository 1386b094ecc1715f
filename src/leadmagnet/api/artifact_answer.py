"""How an artifact is handed to a browser without trusting what is in it."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import Response

from leadmagnet.domain.artifact import Artifact, ArtifactFacts

#: Nothing runs, nothing is fetched, nothing is shared with the page's origin: models wrote the content.
CONTENT_SECURITY_POLICY = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'"

#: Pictures that cannot carry scripts; SVG can.
_INERT = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})


def artifact_answer(artifact: Artifact | ArtifactFacts, *, download: bool = False) -> Response:
    """The artifact's content under its own type, sandboxed unless it is a plain picture; of facts, the head of that."""
    way = "attachment" if download else "inline"
    headers = {
        "Content-Disposition": f"{way}; filename*=UTF-8''{quote(artifact.id, safe='')}",
        "Cache-Control": "private, no-cache",
    }
    if artifact.content_type not in _INERT:
        headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    if isinstance(artifact, ArtifactFacts):
        headers["Content-Length"] = str(artifact.size_bytes)
        return Response(media_type=artifact.content_type, headers=headers)
    return Response(artifact.content, media_type=artifact.content_type, headers=headers)
