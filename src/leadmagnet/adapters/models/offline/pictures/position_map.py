"""A map with two axes: where the company could stand, and what it is compared with."""

from __future__ import annotations

from leadmagnet.adapters.models.offline.pictures.canvas import Canvas
from leadmagnet.adapters.models.offline.pictures.colours import mix
from leadmagnet.adapters.models.offline.pictures.lettering import can_set
from leadmagnet.adapters.models.offline.pictures.subject import Subject

#: Name and place of what the company is compared with, as shares of the map's sides.
_OTHERS = (("Alternative A", 0.24, 0.3), ("Alternative B", 0.7, 0.74), ("Doing nothing", 0.22, 0.78))


def draw_map(canvas: Canvas, subject: Subject, top: float) -> None:
    """Two axes from `top` down, the company in the good corner, others as empty rings."""
    palette, u = subject.palette, canvas.unit
    left, right, bottom = 8 * u, canvas.width - 8 * u, canvas.height - 12 * u
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    canvas.box((left, top, right, bottom), palette.paper, alpha=200, radius=2 * u)
    canvas.box((middle_x, top, right, middle_y), palette.secondary, alpha=70, radius=2 * u)
    grey = mix(palette.ink, palette.paper, 0.5)
    canvas.line([(left, middle_y), (right, middle_y)], grey, line=0.3 * u)
    canvas.line([(middle_x, top), (middle_x, bottom)], grey, line=0.3 * u)
    for text, box, align in (
        ("Standard", (left + u, middle_y + u, middle_x, middle_y + 5 * u), "left"),
        ("Personal", (middle_x, middle_y + u, right - u, middle_y + 5 * u), "right"),
        ("Easy to begin", (middle_x + 1.5 * u, top + u, right, top + 5 * u), "left"),
        ("Takes effort", (middle_x + 1.5 * u, bottom - 4.5 * u, right, bottom), "left"),
    ):
        canvas.text(text, box, grey, size=2.7 * u, align=align)
    for name, x, y in _OTHERS:
        spot = (left + (right - left) * x, top + (bottom - top) * y)
        canvas.ring(spot, 4.2 * u, grey, line=0.5 * u)
        label = (spot[0] - 20 * u, spot[1] + 5 * u, spot[0] + 20 * u, spot[1] + 9 * u)
        canvas.text(name, label, grey, size=2.8 * u, align="center")
    own = (left + (right - left) * 0.74, top + (bottom - top) * 0.25)
    canvas.disc(own, 9 * u, palette.primary, alpha=60)
    canvas.disc(own, 6 * u, palette.primary)
    wide = (right - left) * 0.22
    label = (own[0] - wide, own[1] + 7 * u, own[0] + wide, own[1] + 16 * u)
    canvas.text(
        subject.company if can_set(subject.company) else "You",
        label,
        palette.ink,
        size=3.8 * u,
        weight=2,
        align="center",
    )
    note = (left, bottom + 2 * u, right - 16 * u, canvas.height - 2 * u)
    canvas.text("Positions are placeholders, to be verified with customers.", note, grey, size=2.6 * u)
