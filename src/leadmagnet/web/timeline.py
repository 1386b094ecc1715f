"""Steps as bars on an axis of time: what ran beside what, how long, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from leadmagnet.web.formats import duration_text
from leadmagnet.web.step_line import StepLine

#: A bar narrower than this, in percent of the axis, could neither be seen nor hit.
_NARROWEST = 0.4
_MOST_TICKS = 6
#: Distances between marks of the axis, in milliseconds.
_DISTANCES_MS = tuple(
    unit * factor
    for unit in (1, 10, 100, 1_000, 10_000, 60_000, 600_000, 3_600_000, 36_000_000, 864_000_000)
    for factor in (1, 2, 5)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One step: where its bar begins and how wide it is, in percent, and the lane that it lies in."""

    line: StepLine
    left: float
    width: float
    lane: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A mark of the axis."""

    left: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """All bars, in as few lanes as show what ran at the same time."""

    bars: Sequence[Bar] = ()
    ticks: Sequence[Tick] = ()
    lanes: int = 0
    span_ms: float = 0


def timeline_of(lines: Iterable[StepLine]) -> Timeline:
    """The timeline of the steps that ran in this job; the submission and what a rerun kept did not."""
    ran = [line for line in lines if line.began_at and line.type != "form_submission" and not line.kept_from]
    ran.sort(key=lambda line: line.began_at.timestamp() if line.began_at else 0.0)
    if not ran or ran[0].began_at is None:
        return Timeline()
    first = ran[0].began_at
    span_ms = max(1.0, *(_ms(first, line.ended_at) for line in ran))
    bars = list(_bars(ran, first, span_ms))
    return Timeline(bars=bars, ticks=list(_ticks(span_ms)), lanes=1 + max(bar.lane for bar in bars), span_ms=span_ms)


def _bars(ran: Sequence[StepLine], first: datetime, span_ms: float) -> Iterable[Bar]:
    """Each bar in the first lane that is free when its step begins."""
    ends: list[float] = []
    for line in ran:
        left = 100 * _ms(first, line.began_at) / span_ms
        width = max(_NARROWEST, 100 * (line.duration_ms or 0) / span_ms)
        # At the right edge a narrow bar would be cut off.
        left = min(left, 100 - width)
        lane = next((place for place, end in enumerate(ends) if end <= left + 1e-6), len(ends))
        ends[lane : lane + 1] = [left + width]
        yield Bar(line=line, left=round(left, 3), width=round(width, 3), lane=lane)


def _ticks(span_ms: float) -> Iterable[Tick]:
    distance = next((d for d in _DISTANCES_MS if span_ms / d <= _MOST_TICKS), _DISTANCES_MS[-1])
    for number in range(int(span_ms // distance) + 1):
        at_ms = number * distance
        yield Tick(left=round(100 * at_ms / span_ms, 3), label="0" if not number else _label(at_ms))


def _label(ms: int) -> str:
    if ms % 1_000 == 0 and ms < 60_000:
        return f"{ms // 1_000} s"
    return duration_text(ms)


def _ms(start: datetime, end: datetime | None) -> float:
    return 0.0 if end is None else (end - start) / timedelta(milliseconds=1)
