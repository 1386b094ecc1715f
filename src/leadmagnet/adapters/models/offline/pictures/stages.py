"""Stages on a line, each with a question and room for the answer: a journey, a year, a chain."""

from __future__ import annotations

from leadmagnet.adapters.models.offline.pictures.canvas import Box, Canvas, Point
from leadmagnet.adapters.models.offline.pictures.colours import Colour, mix, readable_on
from leadmagnet.adapters.models.offline.pictures.subject import Subject

#: Name of a stage, and the question that it leaves to answer.
Stages = tuple[tuple[str, str], ...]

JOURNEY: Stages = (
    ("Notice", "What has just happened?"),
    ("Compare", "Who else is asked?"),
    ("Decide", "What settles it?"),
    ("Begin", "What is the first week like?"),
    ("Recommend", "Whom do they tell?"),
)
YEAR: Stages = (
    ("Months 1 to 3", "Whom do we listen to first?"),
    ("Months 4 to 6", "Which one thing do we try?"),
    ("Months 7 to 9", "What has worked, and stays?"),
    ("Months 10 to 12", "What becomes a habit?"),
)
CHAIN: Stages = (
    ("Suppliers", "Whose terms could change?"),
    ("Makers", "Who else can do this?"),
    ("Sellers", "Who speaks to the buyer?"),
    ("Buyers", "Who decides, who uses?"),
)


def draw_stages(canvas: Canvas, subject: Subject, top: float, stages: Stages) -> None:
    """From `top` down: side by side or, on a narrow sheet, one below the other."""
    (_across if canvas.width >= canvas.height * 0.95 else _down)(canvas, subject, top, stages)


def _across(canvas: Canvas, subject: Subject, top: float, stages: Stages) -> None:
    palette, u, gap = subject.palette, canvas.unit, 2.2 * canvas.unit
    step = (canvas.width - 12 * u + gap) / len(stages)
    radius = min(step * 0.26, 7.5 * u)
    rise = max(0.0, min(3.2 * u, (canvas.height - top - 60 * u) / 4))
    spots = [
        (6 * u + step * place + (step - gap) / 2, top + radius * 1.25 + rise * (len(stages) - 1 - place))
        for place in range(len(stages))
    ]
    canvas.line(spots, mix(palette.secondary, palette.paper, 0.2), line=1.2 * u)
    for place, ((stage, question), (x, y)) in enumerate(zip(stages, spots, strict=True)):
        card = (x - (step - gap) / 2, y + radius * 1.7, x + (step - gap) / 2, canvas.height - 8 * u)
        _card(canvas, subject, card, stage, question, _colour(subject, place / (len(stages) - 1)))
        _number(canvas, place + 1, (x, y), radius, _colour(subject, place / (len(stages) - 1)), subject)


def _card(canvas: Canvas, subject: Subject, box: Box, stage: str, question: str, colour: Colour) -> None:
    palette, u = subject.palette, canvas.unit
    left, top, right, bottom = box
    if bottom - top < 8 * u:
        return  # a sheet so flat shows the line of stages alone
    canvas.box(box, mix(palette.paper, (255, 255, 255), 0.6), radius=1.6 * u)
    canvas.box((left, top, right, top + 1.2 * u), colour, radius=0.6 * u)
    inner = (left + 1.6 * u, top + 3 * u, right - 1.6 * u, top + 9 * u)
    end = canvas.text(stage, inner, mix(colour, palette.ink, 0.45), size=3.6 * u, weight=2)
    end = canvas.text(question, (inner[0], end + u, inner[2], end + 14 * u), palette.ink, size=2.6 * u)
    rule = max(end + 6 * u, top + 22 * u)
    while rule < bottom - 2 * u:
        canvas.line([(inner[0], rule), (inner[2], rule)], mix(palette.secondary, palette.paper, 0.4), line=0.2 * u)
        rule += 5 * u


def _down(canvas: Canvas, subject: Subject, top: float, stages: Stages) -> None:
    palette, u = subject.palette, canvas.unit
    step = (canvas.height - top - 10 * u) / len(stages)
    radius = min(step * 0.32, 8 * u)
    x = 8 * u + radius
    spots = [(x, top + step * (place + 0.5)) for place in range(len(stages))]
    canvas.line(spots, mix(palette.secondary, palette.paper, 0.2), line=1.2 * u)
    for place, ((stage, question), (_, y)) in enumerate(zip(stages, spots, strict=True)):
        _number(canvas, place + 1, (x, y), radius, _colour(subject, place / (len(stages) - 1)), subject)
        left, right = x + radius + 4 * u, canvas.width - 6 * u
        canvas.text(stage, (left, y - 7 * u, right, y), palette.ink, size=4.4 * u, weight=2, anchor="bottom")
        canvas.text(question, (left, y + 0.6 * u, right, y + 8 * u), palette.ink, size=3.2 * u)


def _colour(subject: Subject, share: float) -> Colour:
    """From the primary colour to the accent."""
    return mix(subject.palette.primary, subject.palette.accent, share)


def _number(canvas: Canvas, number: int, centre: Point, radius: float, colour: Colour, subject: Subject) -> None:
    x, y = centre
    canvas.disc(centre, radius * 1.22, subject.palette.paper)
    canvas.disc(centre, radius, colour)
    box = (x - radius, y - radius, x + radius, y + radius)
    text = readable_on(colour, subject.palette)
    canvas.text(str(number), box, text, size=radius * 0.95, weight=2.5, align="center", anchor="middle")
