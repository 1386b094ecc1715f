"""A workflow's steps as a drawing: what waits for what, from left to right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from leadmagnet.domain.workflow import Step
from leadmagnet.engine.plan import ancestors

#: Sizes in pixels.
BOX_WIDTH = 190
BOX_HEIGHT = 64
_COLUMN = BOX_WIDTH + 74
_ROW = BOX_HEIGHT + 16
_MARGIN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One step, and where its top left corner is."""

    step: Step
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The drawing: boxes, and the lines between them as SVG path data."""

    boxes: Sequence[Box]
    lines: Sequence[str]
    width: float
    height: float


def graph_of(steps: Sequence[Step]) -> Graph:
    """The drawing of `steps`: each right of all that it waits for."""
    waits = {step.name: direct_waits(steps, step) for step in steps}
    columns = _columns(steps, waits)
    tallest = max((len(column) for column in columns), default=1)
    boxes = {
        step.name: Box(step=step, x=_MARGIN + place * _COLUMN, y=_MARGIN + (row + (tallest - len(column)) / 2) * _ROW)
        for place, column in enumerate(columns)
        for row, step in enumerate(column)
    }
    return Graph(
        boxes=list(boxes.values()),
        lines=list(_lines(boxes, waits)),
        width=len(columns) * _COLUMN - (_COLUMN - BOX_WIDTH) + 2 * _MARGIN,
        height=tallest * _ROW - (_ROW - BOX_HEIGHT) + 2 * _MARGIN,
    )


def direct_waits(steps: Sequence[Step], step: Step) -> tuple[str, ...]:
    """What `step` waits for, without what those steps wait for themselves: lines that would say nothing new."""
    by_name = {each.name: each for each in steps}
    implied: set[str] = set()
    for name in step.depends_on:
        implied |= ancestors(steps, by_name[name])
    return tuple(name for name in step.depends_on if name not in implied)


def _columns(steps: Sequence[Step], waits: Mapping[str, tuple[str, ...]]) -> list[list[Step]]:
    """The steps by how many stand before them; in each column near those that they wait for."""
    depths: dict[str, int] = {}
    # A round for each step is enough: each settles at least one more.
    for _ in steps:
        for step in steps:
            depths[step.name] = 1 + max((depths.get(name, -1) for name in waits[step.name]), default=-1)
    columns: list[list[Step]] = [[] for _ in range(1 + max(depths.values(), default=-1))]
    for step in steps:
        columns[depths[step.name]].append(step)
    rows: dict[str, float] = {}
    for column in columns:
        # Sorting keeps the workflow's own order among equals.
        column.sort(key=lambda step: _mean(rows[name] for name in waits[step.name]))
        for row, step in enumerate(column):
            rows[step.name] = row - len(column) / 2
    return columns


def _lines(boxes: Mapping[str, Box], waits: Mapping[str, tuple[str, ...]]) -> Iterable[str]:
    """A line for each wait; where several steps wait for the same several, the lines meet in one point between."""
    together: dict[tuple[str, ...], list[Box]] = {}
    for name, before in waits.items():
        together.setdefault(before, []).append(boxes[name])
    for before, after in together.items():
        sources = [boxes[name] for name in before]
        if len(sources) > 1 and len(after) > 1:
            x = min(box.x for box in after) - (_COLUMN - BOX_WIDTH) / 2
            y = _mean(_middle(box) for box in [*sources, *after])
            yield from (_curve(box.x + BOX_WIDTH, _middle(box), x, y) for box in sources)
            yield from (_curve(x, y, box.x, _middle(box)) for box in after)
        else:
            yield from (
                _curve(source.x + BOX_WIDTH, _middle(source), box.x, _middle(box))
                for source in sources
                for box in after
            )


def _middle(box: Box) -> float:
    return box.y + BOX_HEIGHT / 2


def _mean(numbers: Iterable[float]) -> float:
    found = list(numbers)
    return sum(found) / len(found) if found else 0.0


def _curve(x1: float, y1: float, x2: float, y2: float) -> str:
    bend = (x2 - x1) / 2
    return f"M{x1:.1f} {y1:.1f}C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
