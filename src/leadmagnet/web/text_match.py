"""What two sequences have in common, found in bounded time whatever they hold.

A model's text may be made to be slow to compare: the usual algorithms take time that grows with the square of the
lengths, or worse. Here elements that are in both exactly once are lined up first (Bram Cohen's patience diff, which
sorts), again within each gap, and only small gaps are compared element by element. A large gap without such elements
counts as replaced.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

#: Rounds of lining up: each looks at every element at most once.
_DEEPEST = 12
#: A gap is compared element by element up to this product of its sides; so an element costs 50 comparisons at most.
_GAP_CELLS = 10_000


class Run(NamedTuple):
    """`length` elements that both have: from `before` in the one, from `after` in the other."""

    before: int
    after: int
    length: int


class _Gap(NamedTuple):
    before: int
    before_end: int
    after: int
    after_end: int
    depth: int


def common_runs(before: Sequence[str], after: Sequence[str]) -> list[Run]:
    """What both have, in order; as long as possible where that can be told quickly."""
    found: list[Run] = []
    gaps = [_Gap(0, len(before), 0, len(after), 0)]
    while gaps:
        gap = _without_equal_ends(before, after, gaps.pop(), found)
        if gap.before == gap.before_end or gap.after == gap.after_end:
            continue
        anchors = _anchors(before, after, gap) if gap.depth < _DEEPEST else []
        if anchors:
            found += anchors
            gaps += _between(anchors, gap)
        elif (gap.before_end - gap.before) * (gap.after_end - gap.after) <= _GAP_CELLS:
            found += _one_by_one(before, after, gap)
    return _joined(sorted(found))


def _without_equal_ends(before: Sequence[str], after: Sequence[str], gap: _Gap, found: list[Run]) -> _Gap:
    """The gap without what is equal at its beginning and its end, which is added to `found`."""
    start, end, start_after, end_after, depth = gap
    while start < end and start_after < end_after and before[start] == after[start_after]:
        start, start_after = start + 1, start_after + 1
    if start > gap.before:
        found.append(Run(gap.before, gap.after, start - gap.before))
    while start < end and start_after < end_after and before[end - 1] == after[end_after - 1]:
        end, end_after = end - 1, end_after - 1
    if end < gap.before_end:
        found.append(Run(end, end_after, gap.before_end - end))
    return _Gap(start, end, start_after, end_after, depth)


def _anchors(before: Sequence[str], after: Sequence[str], gap: _Gap) -> list[Run]:
    """The longest row of elements that are in each side of the gap exactly once, in the order of both."""
    once = _places_of_once(before, gap.before, gap.before_end)
    pairs = sorted(
        (once[each], place) for each, place in _places_of_once(after, gap.after, gap.after_end).items() if each in once
    )
    return [Run(place, place_after, 1) for place, place_after in _longest_rising(pairs)]


def _places_of_once(of: Sequence[str], start: int, end: int) -> dict[str, int]:
    counts = Counter(of[start:end])
    return {of[place]: place for place in range(start, end) if counts[of[place]] == 1}


def _longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest of the pairs' subsequences whose second numbers rise (patience sorting)."""
    tops: list[int] = []
    piles: list[int] = []
    under: list[int] = []
    for number, (_, second) in enumerate(pairs):
        pile = bisect_left(tops, second)
        tops[pile : pile + 1] = [second]
        piles[pile : pile + 1] = [number]
        under.append(piles[pile - 1] if pile else -1)
    rising: list[tuple[int, int]] = []
    at = piles[-1] if piles else -1
    while at >= 0:
        rising.append(pairs[at])
        at = under[at]
    return rising[::-1]


def _between(anchors: Sequence[Run], gap: _Gap) -> Iterator[_Gap]:
    start, start_after = gap.before, gap.after
    for anchor in anchors:
        yield _Gap(start, anchor.before, start_after, anchor.after, gap.depth + 1)
        start, start_after = anchor.before + 1, anchor.after + 1
    yield _Gap(start, gap.before_end, start_after, gap.after_end, gap.depth + 1)


def _one_by_one(before: Sequence[str], after: Sequence[str], gap: _Gap) -> Iterator[Run]:
    """The longest common subsequence of a small gap."""
    first, second = before[gap.before : gap.before_end], after[gap.after : gap.after_end]
    lengths = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for i in range(len(first) - 1, -1, -1):
        row, below, each = lengths[i], lengths[i + 1], first[i]
        for j in range(len(second) - 1, -1, -1):
            row[j] = below[j + 1] + 1 if each == second[j] else max(below[j], row[j + 1])
    i = j = 0
    while i < len(first) and j < len(second):
        if first[i] == second[j]:
            yield Run(gap.before + i, gap.after + j, 1)
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1


def _joined(runs: Sequence[Run]) -> list[Run]:
    joined: list[Run] = []
    for run in runs:
        last = joined[-1] if joined else None
        if last and last.before + last.length == run.before and last.after + last.length == run.after:
            joined[-1] = Run(last.before, last.after, last.length + run.length)
        else:
            joined.append(run)
    return joined
