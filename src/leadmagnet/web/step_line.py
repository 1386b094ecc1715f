"""One execution step as lists and the timeline show it: everything but its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from leadmagnet.steplog.jsontext import dumps

_KINDS = {
    "form_submission": "Submission",
    "ai_generation": "Text",
    "image_generation": "Picture",
    "html_generation": "Page",
    "webhook": "Webhook",
    "final_output": "Deliverable",
}

#: The status of what no record has yet.
UNDER_WAY = "processing"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """What a list says of the step at `index`. Records of older systems may lack anything."""

    index: int
    step_id: str
    name: str
    type: str
    status: str
    model: str
    attempt: int
    began_at: datetime | None
    duration_ms: float | None
    tokens: int
    cost_usd: float | None
    size_bytes: int
    error_code: str
    error_message: str
    #: The job that ran the step, where a rerun took it over.
    kept_from: str
    pictures: int

    @property
    def kind(self) -> str:
        """The type in one word."""
        return kind_of(self.type)

    @property
    def failed(self) -> bool:
        """Whether it ended badly."""
        return self.status == "failed"

    @property
    def under_way(self) -> bool:
        """Whether it has begun and not ended."""
        return self.status == UNDER_WAY and self.index < 0

    @property
    def ended_at(self) -> datetime | None:
        """When it ended, as far as the record says."""
        return None if self.began_at is None else self.began_at + timedelta(milliseconds=self.duration_ms or 0)


def under_way_line(*, step_id: str, name: str, step_type: str, attempt: int, began_at: datetime | None) -> StepLine:
    """What is known of an attempt that is not recorded yet."""
    known = {"step_id": step_id, "step_name": name, "step_type": step_type, "status": UNDER_WAY, "attempt": attempt}
    return replace(step_line(-1, known), began_at=began_at)


def kind_of(step_type: str) -> str:
    """A type of step in one word."""
    return _KINDS.get(step_type, step_type or "Step")


def step_line(index: int, record: Mapping[str, Any]) -> StepLine:
    """What `record` says; missing and odd values read as none."""
    usage, error = _mapping(record.get("usage_info")), record.get("error")
    urls = record.get("image_urls")
    return StepLine(
        index=index,
        step_id=_text(record.get("step_id")),
        name=_text(record.get("step_name")) or _text(record.get("step_id")) or f"Step {index}",
        type=_text(record.get("step_type")),
        status=_text(record.get("status")) or ("failed" if error else ""),
        model=_text(record.get("model")),
        attempt=_whole(record.get("attempt")) or 1,
        began_at=_moment(record.get("timestamp")),
        duration_ms=_number(record.get("duration_ms")),
        tokens=_whole(usage.get("total_tokens")),
        cost_usd=_number(usage.get("cost_usd")),
        size_bytes=len(dumps(record)),
        error_code=_text(_mapping(error).get("code")),
        error_message=_text(_mapping(error).get("message")) or (_text(error) if error else ""),
        kept_from=_text(record.get("kept_from")),
        pictures=len(urls) if isinstance(urls, list) else 0,
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    """A line of it: names and messages of a list are not the place for megabytes."""
    return "" if value is None or isinstance(value, Mapping | list) else str(value)[:500]


def _number(value: object) -> float | None:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if plain and -1e15 < value < 1e15 else None  # type: ignore[operator,arg-type]


def _whole(value: object) -> int:
    return int(_number(value) or 0)


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)
