"""Square tiles of simple shapes that join up with their neighbours."""

from __future__ import annotations

from leadmagnet.adapters.models.offline.pictures.canvas import Canvas
from leadmagnet.adapters.models.offline.pictures.colours import Colour
from leadmagnet.adapters.models.offline.pictures.subject import Subject


def draw_tiles(
    canvas: Canvas, subject: Subject, *, left: float, top: float, cell: float, grid: tuple[int, int]
) -> None:
    """A grid of `columns, rows` tiles with sides of `cell`, from the corner at `left`, `top`."""
    columns, rows = grid
    for row in range(rows):
        for column in range(columns):
            _tile(canvas, subject, left + column * cell, top + row * cell, cell)


def _tile(canvas: Canvas, subject: Subject, x: float, y: float, cell: float) -> None:
    palette, chance = subject.palette, subject.chance
    ground, shape = chance.sample(palette.all, 2)
    canvas.box((x, y, x + cell, y + cell), ground)
    kind = chance.choice(("quarter", "quarter", "double", "half", "disc", "petal", "corner", "rings"))
    {
        "quarter": _quarter,
        "double": _double,
        "half": _half,
        "disc": _disc,
        "petal": _petal,
        "corner": _corner,
        "rings": _rings,
    }[kind](canvas, subject, x, y, cell, shape)


def _quarter(canvas: Canvas, subject: Subject, x: float, y: float, cell: float, colour: Colour) -> None:
    _sector(canvas, x, y, cell, subject.chance.randrange(4), colour)


def _double(canvas: Canvas, subject: Subject, x: float, y: float, cell: float, colour: Colour) -> None:
    corner = subject.chance.randrange(4)
    _sector(canvas, x, y, cell, corner, colour)
    _sector(canvas, x, y, cell, corner, subject.chance.choice(subject.palette.all), radius=cell / 2)


def _half(canvas: Canvas, subject: Subject, x: float, y: float, cell: float, colour: Colour) -> None:
    start = subject.chance.choice((0, 180))
    centre = (x + cell / 2, y if start == 0 else y + cell)
    canvas.slice(centre, cell / 2, start, start + 180, colour)


def _disc(canvas: Canvas, subject: Subject, x: float, y: float, cell: float, colour: Colour) -> None:
    canvas.disc((x + cell / 2, y + cell / 2), cell * 0.5, colour)
    canvas.disc((x + cell / 2, y + cell / 2), cell * 0.2, subject.chance.choice(subject.palette.all))


def _petal(canvas: Canvas, subject: Subject, x: float, y: float, cell: float, colour: Colour) -> None:
    # A leaf: the part that two quarter circles from opposite corners share, drawn from its outline.
    flip = subject.chance.random() < 0.5
    outline = [(step / 24, 1 - (1 - (step / 24) ** 2) ** 0.5) for step in range(25)]
    leaf = outline + [(1 - a, 1 - b) for a, b in outline]
    canvas.polygon([(x + (1 - a if flip else a) * cell, y + b * cell) for a, b in leaf], colour)


def _corner(canvas: Canvas, subject: Subject, x: float, y: float, cell: float, colour: Colour) -> None:
    corners = [(x, y), (x + cell, y), (x + cell, y + cell), (x, y + cell)]
    corners.pop(subject.chance.randrange(4))
    canvas.polygon(corners, colour)


def _rings(canvas: Canvas, subject: Subject, x: float, y: float, cell: float, colour: Colour) -> None:
    corner, ground = subject.chance.randrange(4), subject.chance.choice(subject.palette.all)
    for place, share in enumerate((1, 0.8, 0.6, 0.4, 0.2)):
        _sector(canvas, x, y, cell, corner, colour if place % 2 == 0 else ground, radius=cell * share)


def _sector(
    canvas: Canvas, x: float, y: float, cell: float, corner: int, colour: Colour, *, radius: float | None = None
) -> None:
    """A quarter circle around one corner: 0 is the upper left, then clockwise."""
    centre = ((x, y), (x + cell, y), (x + cell, y + cell), (x, y + cell))[corner]
    canvas.slice(centre, radius or cell, corner * 90, corner * 90 + 90, colour)
