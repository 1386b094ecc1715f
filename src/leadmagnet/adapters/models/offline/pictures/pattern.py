"""Brand patterns that can be repeated in both directions."""

from __future__ import annotations

from leadmagnet.adapters.models.offline.pictures.canvas import Canvas
from leadmagnet.adapters.models.offline.pictures.subject import Subject
from leadmagnet.adapters.models.offline.pictures.tiles import draw_tiles


def draw_pattern(canvas: Canvas, subject: Subject) -> None:
    """Whole tiles from edge to edge, so that the picture's sides fit each other."""
    columns, rows = _grid(canvas.width, canvas.height)
    cell = round(max(canvas.width / columns, canvas.height / rows))
    tiles = Canvas(columns * cell, rows * cell, subject.palette.paper)
    draw_tiles(tiles, subject, left=0, top=0, cell=cell, grid=(columns, rows))
    canvas.fill_with(tiles)
    canvas.mark_as_draft(subject.palette)


def _grid(width: int, height: int) -> tuple[int, int]:
    """Columns and rows of nearly square tiles, about six along the longer side."""
    cell = max(width, height) / 6
    return max(2, round(width / cell)), max(2, round(height / cell))
