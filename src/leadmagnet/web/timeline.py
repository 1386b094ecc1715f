"""Steps as bars on an axis of time: what ran beside what, how long, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from leadmagnet.web.step_line import StepLine
from leadmagnet.web.time_axis import Tick, ticks_of

#: Bars on the width of a screen.
_BARS = 120
#: A bar narrower than this, in percent of a screen's width, can hardly be seen or hit.
_NARROWEST = 0.4
#: A step that follows at once leaves no room for that; this much of the one before is seen all the same.
_HAIR = 0.1
#: A step begins by one clock and lasts by another, in whole milliseconds: two in a row may seem to overlap by this.
_OVERLAP_MS = 2.0
#: Room for what is under way to grow into, until the axis is drawn anew.
_AHEAD, _AHEAD_MS = 1.25, 2_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One step, or some that follow each other: where the bar begins and how wide it is, in percent, and its lane."""

    #: The step that the bar leads to: of several the first that failed, else the first.
    line: StepLine
    left: float
    width: float
    lane: int
    #: From where it begins to the next bar of its lane: what its name may take.
    room: float
    #: How many steps it stands for, and how many of them failed.
    count: int = 1
    failed: int = 0
    duration_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """All bars, in as few lanes as show what ran at the same time."""

    bars: Sequence[Bar] = ()
    ticks: Sequence[Tick] = ()
    lanes: int = 0
    span_ms: float = 0
    #: Where now is on the axis, if something is under way.
    now_ms: float | None = None

    @property
    def shared(self) -> int:
        """How many steps share a bar."""
        return max((bar.count for bar in self.bars), default=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stretch:
    """Some steps in a lane."""

    lines: Sequence[StepLine]
    start_ms: float
    end_ms: float
    lane: int


def timeline_of(
    lines: Iterable[StepLine],
    *,
    under_way: Sequence[StepLine] = (),
    now: datetime | None = None,
    zoom: int = 1,
    most_bars: int = _BARS,
) -> Timeline:
    """The timeline of the steps that ran in this job, and of those that run `now`.

    The submission and what a rerun kept did not run. Of more than `most_bars` steps for each width of the screen, some
    that follow each other share a bar.
    """
    ran = _by_time(line for line in lines if line.type != "form_submission" and not line.kept_from)
    running = _by_time(under_way) if now else []
    begins = [line.began_at for line in (*ran[:1], *running[:1]) if line.began_at]
    if not begins:
        return Timeline()
    first = min(begins)
    now_ms = max(0.0, _ms(first, now)) if running else None
    ends = [_ms(first, line.ended_at) for line in ran]
    span_ms = max(1.0, *ends, 0.0 if now_ms is None else now_ms * _AHEAD + _AHEAD_MS)
    each = -(-len(ran) // (most_bars * zoom)) or 1
    groups = [ran[at : at + each] for at in range(0, len(ran), each)] + [[line] for line in running]
    stretches = list(_in_lanes(groups, first, now_ms or 0.0))
    bars = _bars(stretches, span_ms, zoom)
    lanes = 1 + max(bar.lane for bar in bars)
    return Timeline(bars=bars, ticks=list(ticks_of(span_ms, zoom=zoom)), lanes=lanes, span_ms=span_ms, now_ms=now_ms)


def _by_time(lines: Iterable[StepLine]) -> list[StepLine]:
    dated = [line for line in lines if line.began_at]
    return sorted(dated, key=lambda line: line.began_at.timestamp() if line.began_at else 0.0)


def _in_lanes(groups: Sequence[Sequence[StepLine]], first: datetime, now_ms: float) -> Iterable[_Stretch]:
    """Each group in the first lane that is free when its first step begins. Only time counts, not how wide a bar is."""
    lanes: list[tuple[float, float]] = []
    for group in sorted(groups, key=lambda group: _ms(first, group[0].began_at)):
        start = _ms(first, group[0].began_at)
        end = max(now_ms if line.under_way else _ms(first, line.ended_at) for line in group)
        free = (place for place, (began, ended) in enumerate(lanes) if ended <= start + _OVERLAP_MS and began < start)
        lane = next(free, len(lanes))
        lanes[lane : lane + 1] = [(start, end)]
        yield _Stretch(lines=group, start_ms=start, end_ms=end, lane=lane)


def _bars(stretches: Sequence[_Stretch], span_ms: float, zoom: int) -> Sequence[Bar]:
    next_starts: dict[int, float] = {}
    bars: list[Bar] = []
    for stretch in reversed(stretches):
        bars.append(_bar(stretch, next_starts.get(stretch.lane), span_ms, zoom))
        next_starts[stretch.lane] = stretch.start_ms
    return bars[::-1]


def _bar(stretch: _Stretch, next_ms: float | None, span_ms: float, zoom: int) -> Bar:
    """The bar of a stretch: wide enough to be hit, as far as the next one of its lane leaves room for that."""
    left = 100 * stretch.start_ms / span_ms
    room = 100 * (span_ms if next_ms is None else next_ms) / span_ms - left
    true = 100 * (stretch.end_ms - stretch.start_ms) / span_ms
    narrowest = _NARROWEST / zoom
    width = max(true, _HAIR / zoom, narrowest if next_ms is None else min(narrowest, room))
    # At the right edge a narrow bar would be cut off.
    left = min(left, 100 - width)
    failed = [line for line in stretch.lines if line.failed]
    return Bar(
        line=(failed or stretch.lines)[0],
        left=round(left, 3),
        width=round(width, 3),
        room=round(max(room, width), 3),
        lane=stretch.lane,
        count=len(stretch.lines),
        failed=len(failed),
        duration_ms=stretch.end_ms - stretch.start_ms if len(stretch.lines) > 1 else stretch.lines[0].duration_ms,
    )


def _ms(start: datetime, end: datetime | None) -> float:
    return 0.0 if end is None else (end - start) / timedelta(milliseconds=1)
