"""Answers that must stay below a size: as many execution steps as fit, and where the others are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadmagnet.api.large_answer import LINK_S
from leadmagnet.api.parts import ApiParts, Record
from leadmagnet.steplog import Summary
from leadmagnet.steplog.jsontext import dumps

#: The values of a step that may be large, largest first as a rule.
_LARGE_VALUES = ("output", "input", "error")
_MOST_STEPS = 50
#: Commas, brackets, and the page's own attributes.
_FRAME_BYTES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FittingPage:
    """The JSON of some steps that fit, and where the next ones start (None at the end)."""

    steps: tuple[bytes, ...]
    start: int
    count: int
    next_start: int | None


def fitting_page(record: Record, *, start: int, limit: int, room_bytes: int | None) -> FittingPage:
    """Up to `limit` steps from `start`, fewer if they would pass `room_bytes`.

    A single step that would is given without its large values, which `truncated_values` then names.
    """
    page = record.page(start, _wanted(record.summary, limit, room_bytes))
    texts: list[bytes] = []
    left = (room_bytes or 0) - _FRAME_BYTES
    for step in page.steps:
        text = dumps(step)
        if room_bytes is not None and len(text) > left:
            if texts:
                break
            text = dumps(_without_large_values(step, left))
        texts.append(text)
        left -= len(text) + 1
    end = start + len(texts)
    return FittingPage(
        steps=tuple(texts), start=page.start, count=page.count, next_start=end if texts and end < page.count else None
    )


def page_json(page: FittingPage) -> bytes:
    """The page as the answer of the steps' route."""
    tail = dumps({"start": page.start, "count": page.count, "next_start": page.next_start})
    return b'{"steps":[' + b",".join(page.steps) + b"]," + tail[1:]


def short_job(parts: ApiParts, job_id: str, attributes: Mapping[str, Any], record: Record, *, whole: bool) -> bytes:
    """A job whose record is too large for one answer: the first steps, and the ways to the others.

    The address of the whole document is given where the job is at rest and the document holds everything (`whole`).
    """
    room = parts.answer_limit_bytes or 0
    head = dumps(dict(attributes))
    summary, page = record.summary, fitting_page(record, start=0, limit=_MOST_STEPS, room_bytes=room - len(head))
    link = None
    if whole and summary.stored == "offloaded" and summary.size_bytes is not None:
        link = parts.files.document_link(job_id, size_bytes=summary.size_bytes, expires_s=LINK_S)
    ways = {
        "execution_steps_truncated": True,
        "execution_steps_next": _next_address(job_id, page.next_start),
        "execution_steps_url": link,
        "execution_steps_url_expires_s": LINK_S if link else None,
    }
    return head[:-1] + b"," + dumps(ways)[1:-1] + b',"execution_steps":[' + b",".join(page.steps) + b"]}"


def _next_address(job_id: str, start: int | None) -> str | None:
    return None if start is None else f"/admin/jobs/{job_id}/execution-steps?start={start}&limit={_MOST_STEPS}"


def _wanted(summary: Summary, limit: int, room_bytes: int | None) -> int:
    """How many steps to fetch: no more than would fit if all were of average size, so that memory stays small."""
    if room_bytes is None:
        return limit
    if not summary.count or not summary.size_bytes:
        return limit
    average = max(1, summary.size_bytes // summary.count)
    return max(1, min(limit, room_bytes // average))


def _without_large_values(step: Mapping[str, Any], room_bytes: int) -> dict[str, Any]:
    kept = dict(step)
    left_out: list[str] = []
    for name in _LARGE_VALUES:
        if len(dumps(kept)) <= room_bytes:
            break
        if kept.get(name) is not None:
            kept[name] = None
            left_out.append(name)
    kept["truncated_values"] = left_out
    return kept if len(dumps(kept)) <= room_bytes else {"truncated_values": _names(step)}


def _names(step: Mapping[str, Any]) -> Sequence[str]:
    return [name for name in _LARGE_VALUES if step.get(name) is not None]
