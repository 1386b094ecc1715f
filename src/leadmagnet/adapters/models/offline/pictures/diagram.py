"""Diagrams: a map of positions, a chain, a year, or a customer's journey, labelled from the submission."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from leadmagnet.adapters.models.offline.pictures.canvas import Canvas
from leadmagnet.adapters.models.offline.pictures.colours import mix
from leadmagnet.adapters.models.offline.pictures.lettering import can_set
from leadmagnet.adapters.models.offline.pictures.position_map import draw_map
from leadmagnet.adapters.models.offline.pictures.stages import CHAIN, JOURNEY, YEAR, draw_stages
from leadmagnet.adapters.models.offline.pictures.subject import Subject

#: Words that call for each diagram, and the title that it has if the step gives none; the first match counts.
_KINDS: tuple[tuple[tuple[str, ...], str, Callable[[Canvas, Subject, float], None]], ...] = (
    (("position", "compet", "matrix", "quadrant", "alternativ"), "Positioning map", draw_map),
    (("chain", "supplier", "players"), "Value chain", partial(draw_stages, stages=CHAIN)),
    (("month", "timeline", "roadmap", "schedule", "year"), "Twelve months", partial(draw_stages, stages=YEAR)),
    (("landscape", "map of"), "Market map", draw_map),
    (("",), "Customer journey", partial(draw_stages, stages=JOURNEY)),
)


def draw_diagram(canvas: Canvas, subject: Subject) -> None:
    """The diagram that title and prompt call for: a map of positions, a chain, a year, or a journey."""
    palette, u = subject.palette, canvas.unit
    canvas.gradient(palette.paper, mix(palette.paper, palette.secondary, 0.14))
    words = f"{subject.title} {subject.prompt}".lower()
    default, draw = next((name, draw) for keys, name, draw in _KINDS if any(key in words for key in keys))
    head = subject.title if can_set(subject.title) else default
    edge, right = 6 * u, canvas.width - 6 * u
    top = canvas.text(head, (edge, edge, right, edge + 13 * u), palette.ink, size=6.5 * u, weight=2)
    line = _line(subject)
    colour = mix(palette.ink, palette.paper, 0.3)
    top = canvas.text(line, (edge, top + u, right, top + 8 * u), colour, size=3 * u)
    draw(canvas, subject, top + 4 * u)
    canvas.mark_as_draft(palette)


def _line(subject: Subject) -> str:
    reader, seller = subject.facts.slots["audience"], subject.company
    reader = reader if "audience" in subject.facts.known and can_set(reader) else "customers"
    words = f"{reader} and {seller if can_set(seller) else 'your company'}"
    return words[:1].upper() + words[1:]
