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
    """One step, or some that follow each other: where the bar begins and how wide it is, in percent, and its lane."""

    #: The step that the bar leads to: of several the first that failed, else the first.
    line: StepLine
    left: float
    width: float
    lane: int
    #: How many steps it stands for, and how many of them failed.
    count: int = 1
    failed: int = 0
    duration_ms: float | None = None


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


def timeline_of(lines: Iterable[StepLine], *, most_bars: int = 120) -> Timeline:
    """The timeline of the steps that ran in this job; the submission and what a rerun kept did not.

    Of more than `most_bars` steps, some that follow each other share a bar.
    """
    ran = [line for line in lines if line.began_at and line.type != "form_submission" and not line.kept_from]
    ran.sort(key=lambda line: line.began_at.timestamp() if line.began_at else 0.0)
    if not ran or ran[0].began_at is None:
        return Timeline()
    first = ran[0].began_at
    span_ms = max(1.0, *(_ms(first, line.ended_at) for line in ran))
    each = -(-len(ran) // most_bars)
    groups = [ran[at : at + each] for at in range(0, len(ran), each)]
    bars = list(_bars(groups, first, span_ms))
    return Timeline(bars=bars, ticks=list(_ticks(span_ms)), lanes=1 + max(bar.lane for bar in bars), span_ms=span_ms)


def _bars(groups: Sequence[Sequence[StepLine]], first: datetime, span_ms: float) -> Iterable[Bar]:
    """Each bar in the first lane that is free when its first step begins."""
    ends: list[float] = []
    for group in groups:
        left = 100 * _ms(first, group[0].began_at) / span_ms
        took_ms = max(_ms(first, line.ended_at) for line in group) - _ms(first, group[0].began_at)
        width = max(_NARROWEST, 100 * took_ms / span_ms)
        # At the right edge a narrow bar would be cut off.
        left = min(left, 100 - width)
        lane = next((place for place, end in enumerate(ends) if end <= left + 1e-6), len(ends))
        ends[lane : lane + 1] = [left + width]
        failed = [line for line in group if line.failed]
        yield Bar(
            line=(failed or group)[0],
            left=round(left, 3),
            width=round(width, 3),
            lane=lane,
            count=len(group),
            failed=len(failed),
            duration_ms=took_ms if len(group) > 1 else group[0].duration_ms,
        )


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
