"""A job's files and values, handed to a browser without trusting what is in them."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from leadmagnet.domain.artifact import Artifact
from leadmagnet.engine.artifact_url import artifact_url
from leadmagnet.web.answers import page
from leadmagnet.web.defused import defused
from leadmagnet.web.formats import bytes_text
from leadmagnet.web.visit import Visit

#: Nothing runs, nothing is fetched, nothing is shared with our origin, and only our own pages may frame it.
SANDBOX = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
#: Pictures that cannot carry scripts; SVG can.
_INERT = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
#: A link to S3 is for the click that made it.
_LINK_S = 60
#: Types that could pass themselves off as a page of ours.
_PAGES = frozenset({"text/html", "image/svg+xml"})
#: Types that a browser shows by itself, if it must not run them.
_SHOWN = ("text/html", "text/plain", "text/markdown", "application/json", "image/svg+xml")


def file_path(job_id: str, artifact_id: str) -> str:
    """Where the pages serve the file."""
    return f"/jobs/{quote(job_id, safe='')}/files/{quote(artifact_id, safe='')}"


def own_file(job_id: str, url: str) -> str | None:
    """Where the pages serve what a record names as `url`; None for anything but this job's own files."""
    start = artifact_url(job_id, "")
    name = url.removeprefix(start)
    return file_path(job_id, name) if url.startswith(start) and name and "/" not in name else None


def show(visit: Visit) -> Response:
    """A file of a job, under its own type; `?download` saves it instead."""
    job = visit.parts.operator.jobs.get(tenant=visit.caller.tenant, job_id=visit.path("job_id"))
    artifact = visit.parts.operator.artifacts.get(job.id, visit.path("artifact_id"))
    download = "download" in visit.request.query_params
    limit = visit.parts.answer_limit_bytes
    if limit is not None and len(artifact.content) > limit:
        return _elsewhere(visit, job.id, artifact, download=download)
    return hand_out(visit, artifact.content, artifact.content_type, artifact.id, download=download)


def _elsewhere(visit: Visit, job_id: str, artifact: Artifact, *, download: bool) -> Response:
    """The file itself from S3 to be saved, or a page that says why it is not shown here."""
    if download:
        link = visit.parts.links.artifact_link(job_id, artifact.id, expires_s=_LINK_S)
        return RedirectResponse(link, HTTPStatus.TEMPORARY_REDIRECT, headers={"Cache-Control": "no-store"})
    if visit.request.headers.get("sec-fetch-dest") == "document":
        return page(visit, "file_elsewhere.html", name=artifact.id, size_bytes=len(artifact.content))
    told = f"This file has {bytes_text(len(artifact.content))}, more than can be shown here. Download it instead."
    return hand_out(visit, told.encode(), "text/plain; charset=utf-8", artifact.id, download=False)


def hand_out(visit: Visit, content: bytes, content_type: str, name: str, *, download: bool) -> Response:
    """`content` as an answer: sandboxed unless it is a plain picture, 304 for a browser that has it."""
    bare = content_type.partition(";")[0].strip().lower()
    if bare in _PAGES and not download:
        if visit.request.headers.get("sec-fetch-dest") == "document":
            return _labelled(visit, name)
        content = defused(content)
    shown = not download and (bare in _INERT or bare in _SHOWN)
    headers = {
        "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}",
        "Cache-Control": "private, no-cache",
        "Vary": "Cookie, Sec-Fetch-Dest",
        "ETag": f'"{hashlib.sha256(content).hexdigest()[:20]}"',
        "Content-Security-Policy": SANDBOX,
        "Referrer-Policy": "no-referrer",
    }
    if bare in _INERT:
        # Squeezed already; the compressing middleware leaves alone what names an encoding.
        headers["Content-Encoding"] = "identity"
    if visit.request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(content, media_type=content_type, headers=headers)


def _labelled(visit: Visit, name: str) -> Response:
    """A page opened by itself stays in a frame, below a line that says what it is: it may imitate our sign-in."""
    url = visit.request.url
    answer = page(visit, "file.html", name=name, source=url.path + (f"?{url.query}" if url.query else ""))
    answer.headers["Vary"] = "Cookie, Sec-Fetch-Dest"
    return answer
