"""Covers: a title in type over geometric art."""

from __future__ import annotations

import math
from collections.abc import Callable

from leadmagnet.adapters.models.offline.pictures.canvas import Canvas, Point
from leadmagnet.adapters.models.offline.pictures.colours import Colour, mix, readable_on
from leadmagnet.adapters.models.offline.pictures.lettering import can_set
from leadmagnet.adapters.models.offline.pictures.subject import Subject
from leadmagnet.adapters.models.offline.pictures.tiles import draw_tiles

#: Paints the background and returns the colour that the title will stand on.
Art = Callable[[Canvas, Subject], Colour]


def draw_cover(canvas: Canvas, subject: Subject) -> None:
    """One of four kinds of art, with company, title and a line about the reader."""
    art = subject.chance.choice((_tiles, _hills, _discs, _bands))
    ground = art(canvas, subject)
    _title(canvas, subject, readable_on(ground, subject.palette))
    canvas.mark_as_draft(subject.palette)


def _title(canvas: Canvas, subject: Subject, colour: Colour) -> None:
    u = canvas.unit
    left, right = 8 * u, canvas.width * (0.56 if _is_wide(canvas) else 0.9)
    top = 9 * u
    if can_set(subject.company):
        top = canvas.text(subject.company, (left, top, right, top + 9 * u), colour, size=4.2 * u, weight=2.5)
        top += 2.2 * u
    canvas.box((left, top, left + 12 * u, top + 1.1 * u), subject.palette.accent)
    top += 5 * u
    title = next((text for text in (subject.title, subject.prompt, subject.company) if can_set(text)), "")
    bottom = max(canvas.height * (0.58 if _is_wide(canvas) else 0.46), top + 12 * u)
    end = canvas.text(title, (left, top, right, bottom), colour, size=11 * u, weight=2)
    reader = subject.facts.slots["audience"]
    if "audience" in subject.facts.known and can_set(reader):
        canvas.text(f"For {reader}", (left, end + 2 * u, right, end + 9 * u), colour, size=3.4 * u)


def _is_wide(canvas: Canvas) -> bool:
    """Whether the title has the left side to itself; else it stands above the art."""
    return canvas.width > canvas.height * 1.15


def _tiles(canvas: Canvas, subject: Subject) -> Colour:
    """Quarter circles in a grid, along the right or the lower side."""
    canvas.gradient(subject.palette.paper, mix(subject.palette.paper, subject.palette.secondary, 0.25))
    if _is_wide(canvas):
        rows = 4
        cell = canvas.height / rows
        columns = max(2, round(canvas.width * 0.36 / cell))
        draw_tiles(canvas, subject, left=canvas.width - columns * cell, top=0, cell=cell, grid=(columns, rows))
    else:
        columns = 4
        cell = canvas.width / columns
        rows = max(1, int(canvas.height * 0.46 / cell))
        draw_tiles(canvas, subject, left=0, top=canvas.height - rows * cell, cell=cell, grid=(columns, rows))
    return subject.palette.paper


def _hills(canvas: Canvas, subject: Subject) -> Colour:
    """Layers of hills under a sun."""
    palette, chance = subject.palette, subject.chance
    sky = mix(palette.paper, palette.secondary, 0.2)
    canvas.gradient(sky, mix(palette.accent, palette.paper, 0.55))
    height = chance.uniform(0.34, 0.46) if _is_wide(canvas) else 0.68
    sun = (canvas.width * chance.uniform(0.72, 0.84), canvas.height * height)
    for radius, alpha in ((22, 60), (17, 90), (12, 255)):
        canvas.disc(sun, radius * canvas.unit, palette.accent, alpha=alpha)
    layers = 5
    for layer in range(layers):
        share = layer / (layers - 1)
        colour = mix(mix(palette.secondary, palette.primary, share), palette.ink, max(0.0, share - 0.5))
        _hill(canvas, colour, base=0.74 + 0.065 * layer, phase=chance.uniform(0, 6), waves=chance.uniform(0.7, 1.6))
    return sky


def _hill(canvas: Canvas, colour: Colour, *, base: float, phase: float, waves: float) -> None:
    def y(share: float) -> float:
        swing = math.sin(phase + share * waves * 2 * math.pi) + 0.4 * math.sin(2 * phase + share * waves * 5 * math.pi)
        return canvas.height * (base + 0.045 * swing)

    ridge = [(canvas.width * step / 120, y(step / 120)) for step in range(121)]
    canvas.polygon([*ridge, (canvas.width, canvas.height), (0, canvas.height)], colour)


def _discs(canvas: Canvas, subject: Subject) -> Colour:
    """Large translucent discs and rings over a dark gradient."""
    palette, chance, u = subject.palette, subject.chance, canvas.unit
    ground = mix(palette.primary, palette.ink, 0.55)
    canvas.gradient(ground, mix(palette.ink, palette.primary, 0.15), angle=20)
    x, y = canvas.width * 0.82, canvas.height * (0.64 if _is_wide(canvas) else 0.8)
    shades = (palette.primary, palette.secondary, palette.accent, palette.secondary)
    for place, colour in enumerate(shades):
        turn = place * math.pi / 2 + chance.uniform(-0.4, 0.4)
        centre = (x + math.cos(turn) * 15 * u, y + math.sin(turn) * 14 * u)
        canvas.disc(centre, chance.uniform(13, 22) * u, colour, alpha=150)
    for ring in range(5):
        canvas.ring((x, y), (30 + 7 * ring) * u, palette.paper, line=0.25 * u, alpha=90 - 12 * ring)
    return ground


def _bands(canvas: Canvas, subject: Subject) -> Colour:
    """Slanting bands from the lower right."""
    palette, u = subject.palette, canvas.unit
    ground = mix(palette.primary, palette.ink, 0.25)
    canvas.gradient(ground, mix(palette.primary, palette.ink, 0.6))
    colours = (palette.secondary, palette.accent, palette.paper, mix(palette.primary, palette.paper, 0.3))
    slant, start = canvas.height * 0.55, canvas.width * (0.62 if _is_wide(canvas) else 0.42)
    x = start + subject.chance.uniform(0, 8) * u
    for place in range(9):
        wide = subject.chance.choice((2.5, 5, 9, 14)) * u
        head, foot = x + slant, x - slant
        corners: list[Point] = [(head, 0), (head + wide, 0), (foot + wide, canvas.height), (foot, canvas.height)]
        if not _is_wide(canvas):
            corners = [(px, max(py, canvas.height * 0.56)) for px, py in corners]
        canvas.polygon(corners, colours[place % len(colours)], alpha=235)
        x += wide + subject.chance.choice((1.5, 3, 6)) * u
    return ground
