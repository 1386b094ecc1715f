"""Colour boards: a palette with its codes, roles and contrast."""

from __future__ import annotations

from leadmagnet.adapters.models.offline.pictures.canvas import Box, Canvas
from leadmagnet.adapters.models.offline.pictures.colours import Colour, contrast, hex_code, mix, readable_on
from leadmagnet.adapters.models.offline.pictures.lettering import can_set
from leadmagnet.adapters.models.offline.pictures.subject import Subject

_ROLES = ("Primary", "Secondary", "Accent", "Ink", "Paper")


def draw_board(canvas: Canvas, subject: Subject) -> None:
    """Five swatches, the first two larger, with hex codes and the contrast of text on them."""
    u, palette = canvas.unit, subject.palette
    canvas.gradient(palette.paper, mix(palette.paper, palette.secondary, 0.12))
    edge = 6 * u
    heading = next((text for text in (subject.company, subject.title) if can_set(text)), "Colours")
    right = canvas.width - edge
    top = canvas.text(heading, (edge, edge, right, edge + 11 * u), palette.ink, size=7 * u, weight=2)
    line = f"Colour palette{'' if subject.facts.known else ', to begin with'}"
    colour = mix(palette.ink, palette.paper, 0.3)
    top = canvas.text(line, (edge, top + u, right, top + 7 * u), colour, size=3.2 * u) + 4 * u
    boxes = _boxes((edge, top, right, canvas.height - edge - 3 * u), gap=2 * u)
    for role, swatch, box in zip(_ROLES, palette.all, boxes, strict=True):
        _swatch(canvas, subject, role, swatch, box)
    canvas.mark_as_draft(palette)


def _boxes(area: Box, *, gap: float) -> list[Box]:
    """Two large boxes over three small ones."""
    left, top, right, bottom = area
    middle = top + (bottom - top) * 0.58
    upper = _row((left, top, right, middle - gap / 2), (3, 2), gap)
    return upper + _row((left, middle + gap / 2, right, bottom), (1, 1, 1), gap)


def _row(area: Box, shares: tuple[int, ...], gap: float) -> list[Box]:
    left, top, right, bottom = area
    room = right - left - gap * (len(shares) - 1)
    boxes = []
    for share in shares:
        wide = room * share / sum(shares)
        boxes.append((left, top, left + wide, bottom))
        left += wide + gap
    return boxes


def _swatch(canvas: Canvas, subject: Subject, role: str, swatch: Colour, box: Box) -> None:
    u, (left, top, right, bottom) = canvas.unit, box
    text = readable_on(swatch, subject.palette)
    canvas.box(box, mix(swatch, subject.palette.ink, 0.18), radius=2 * u)
    canvas.box((left + 0.2 * u, top + 0.2 * u, right - 0.2 * u, bottom - 0.2 * u), swatch, radius=1.9 * u)
    inner = (left + 2.5 * u, top + 2.5 * u, right - 2.5 * u, bottom - 2 * u)
    canvas.text(role, inner, text, size=3 * u, weight=2)
    ratio = f"Text {contrast(text, swatch):.1f} : 1"
    canvas.text(ratio, inner, text, size=2.4 * u, anchor="bottom")
    code = (inner[0], inner[1], inner[2], inner[3] - 3.4 * u)
    canvas.text(hex_code(swatch), code, text, size=4.4 * u, anchor="bottom", weight=1.5)
