"""What changed between two texts: line by line, the changed words marked; bounded, and saying where it ends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple

from leadmagnet.web.text_match import Run, common_runs
from leadmagnet.web.value_view import CUT_CHARS, WHOLE_CHARS

#: Equal lines that stay beside a change; longer stretches are folded.
_CONTEXT = 3
#: Rows that a page can show, without and with "show all".
_ROWS, _ROWS_WHOLE = 2_000, 8_000
#: Words that are compared in one diff; lines after that are marked as a whole.
_WORDS = 60_000
#: Lines of a long change that stand above those that take their place.
_TURN = 20
_WORD = re.compile(r"\w+|\s+|[^\w\s]")

Kind = Literal["same", "gone", "new", "fold"]


class Piece(NamedTuple):
    """A part of a line, and whether it is what changed in it."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of either text or of both, or a stretch of equal lines that is folded."""

    kind: Kind
    before: int | None = None
    after: int | None = None
    pieces: Sequence[Piece] = ()
    #: Lines that are folded.
    folded: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDiff:
    """What changed; `rows` is empty if nothing did."""

    rows: Sequence[Row] = ()
    #: Whether there are more rows than a page can show.
    more: bool = False
    before_chars: int = 0
    after_chars: int = 0
    #: From which character on the texts are compared, and how much of each.
    start: int = 0
    window: int = 0

    @property
    def cut(self) -> bool:
        """Whether more of the texts follows than was compared."""
        return self.start + self.window < max(self.before_chars, self.after_chars)


def text_diff(before: str, after: str, *, whole: bool) -> TextDiff:
    """The diff of the first 64 KB of each text from where they begin to differ; of 1 MB with `whole`."""
    if before == after:
        return TextDiff(before_chars=len(before), after_chars=len(after))
    window, most_rows = (WHOLE_CHARS, _ROWS_WHOLE) if whole else (CUT_CHARS, _ROWS)
    start = _start(before, after, window)
    every = _rows(_lines(before, start, window), _lines(after, start, window), before.count("\n", 0, start))
    rows = list(islice(every, most_rows + 1))
    return TextDiff(
        rows=rows[:most_rows],
        more=len(rows) > most_rows,
        before_chars=len(before),
        after_chars=len(after),
        start=start,
        window=window,
    )


def _start(before: str, after: str, window: int) -> int:
    """0 if the first difference is soon enough, else the beginning of a line a little before it."""
    same = _equal_chars(before, after)
    if same < window // 2:
        return 0
    return before.rfind("\n", 0, max(0, same - 500)) + 1 if "\n" in before[:same] else max(0, same - 500)


def _equal_chars(before: str, after: str) -> int:
    """How far both begin alike, by halving: comparing slices runs at memory speed."""
    low, high = 0, min(len(before), len(after))
    while low < high:
        middle = (low + high + 1) // 2
        if before[low:middle] == after[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _lines(text: str, start: int, window: int) -> list[str]:
    piece = text[start : start + window]
    return piece.split("\n") if piece else []


def _rows(before: Sequence[str], after: Sequence[str], first: int) -> Iterator[Row]:
    """All rows; `first` is the number of lines that come before."""
    marker = _Marker()
    at, at_after = 0, 0
    runs = [*common_runs(before, after), Run(len(before), len(after), 0)]
    for run in runs:
        gone, new = before[at : run.before], after[at_after : run.after]
        yield from marker.changed(gone, new, first + at, first + at_after)
        at, at_after = run.before + run.length, run.after + run.length
        at_edges = (run.before == 0 and run.after == 0, at == len(before) and at_after == len(after))
        yield from _same(before[run.before : at], first + run.before, first + run.after, at_edges)


def _same(lines: Sequence[str], before: int, after: int, at_edges: tuple[bool, bool]) -> Iterator[Row]:
    """Equal lines: those beside a change, and how many lie between."""
    head, tail = (0 if at_edges[0] else _CONTEXT), (0 if at_edges[1] else _CONTEXT)
    folded = len(lines) - head - tail
    for place, line in enumerate(lines):
        if folded > 1 and place == head:
            yield Row(kind="fold", folded=folded)
        if folded <= 1 or place < head or place >= len(lines) - tail:
            numbers = before + place + 1, after + place + 1
            yield Row(kind="same", before=numbers[0], after=numbers[1], pieces=[Piece(line, False)])


class _Marker:
    """Marks the words that changed in lines that took each other's place, as long as its budget lasts."""

    def __init__(self) -> None:
        self._left = _WORDS

    def changed(self, gone: Sequence[str], new: Sequence[str], before: int, after: int) -> Iterator[Row]:
        """The rows of one change: what is gone above what is new, of a long one a few lines of each in turns."""
        for at in range(0, max(len(gone), len(new)), _TURN):
            yield from self._turn(gone[at : at + _TURN], new[at : at + _TURN], before + at, after + at)

    def _turn(self, gone: Sequence[str], new: Sequence[str], before: int, after: int) -> Iterator[Row]:
        pairs = [self._pieces(old, line) for old, line in zip(gone, new, strict=False)]
        for place, line in enumerate(gone):
            pieces = pairs[place][0] if place < len(pairs) else [Piece(line, False)]
            yield Row(kind="gone", before=before + place + 1, pieces=pieces)
        for place, line in enumerate(new):
            pieces = pairs[place][1] if place < len(pairs) else [Piece(line, False)]
            yield Row(kind="new", after=after + place + 1, pieces=pieces)

    def _pieces(self, old: str, new: str) -> tuple[list[Piece], list[Piece]]:
        if self._left <= 0:
            return [Piece(old, False)], [Piece(new, False)]
        first, second = _WORD.findall(old), _WORD.findall(new)
        self._left -= len(first) + len(second)
        runs = common_runs(first, second)
        kept = sum(len("".join(first[run.before : run.before + run.length]).strip()) for run in runs)
        if 3 * kept < min(len(old), len(new)):
            # Marks on nearly every word say less than none.
            return [Piece(old, False)], [Piece(new, False)]
        return _marked(first, [(r.before, r.length) for r in runs]), _marked(
            second, [(r.after, r.length) for r in runs]
        )


def _marked(words: Sequence[str], same: Sequence[tuple[int, int]]) -> list[Piece]:
    pieces: list[Piece] = []
    at = 0
    for start, length in [*same, (len(words), 0)]:
        pieces += [Piece("".join(words[at:start]), True)] if start > at else []
        at = start + length
        pieces += [Piece("".join(words[start:at]), False)] if length else []
    return pieces
