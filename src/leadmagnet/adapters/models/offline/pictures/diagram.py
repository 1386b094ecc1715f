"""Diagrams: a customer's journey, or a map of positions, labelled from the submission."""

from __future__ import annotations

from leadmagnet.adapters.models.offline.pictures.canvas import Canvas
from leadmagnet.adapters.models.offline.pictures.colours import mix
from leadmagnet.adapters.models.offline.pictures.journey import draw_journey
from leadmagnet.adapters.models.offline.pictures.lettering import can_set
from leadmagnet.adapters.models.offline.pictures.position_map import draw_map
from leadmagnet.adapters.models.offline.pictures.subject import Subject

_MAP_WORDS = ("position", "compet", "map", "matrix", "quadrant", "landscape", "alternativ")


def draw_diagram(canvas: Canvas, subject: Subject) -> None:
    """A map if the prompt or the title speaks of positions or competitors, else a journey."""
    palette, u = subject.palette, canvas.unit
    canvas.gradient(palette.paper, mix(palette.paper, palette.secondary, 0.14))
    words = f"{subject.title} {subject.prompt[:500]}".lower()
    as_map = any(word in words for word in _MAP_WORDS)
    head = subject.title if can_set(subject.title) else "Positioning map" if as_map else "Customer journey"
    edge, right = 6 * u, canvas.width - 6 * u
    top = canvas.text(head, (edge, edge, right, edge + 13 * u), palette.ink, size=6.5 * u, weight=2)
    line = _line(subject)
    colour = mix(palette.ink, palette.paper, 0.3)
    top = canvas.text(line, (edge, top + u, right, top + 8 * u), colour, size=3 * u)
    (draw_map if as_map else draw_journey)(canvas, subject, top + 4 * u)
    canvas.mark_as_draft(palette)


def _line(subject: Subject) -> str:
    reader, seller = subject.facts.slots["audience"], subject.company
    reader = reader if "audience" in subject.facts.known and can_set(reader) else "customers"
    words = f"{reader} and {seller if can_set(seller) else 'your company'}"
    return words[:1].upper() + words[1:]
