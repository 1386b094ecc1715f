"""Pictures without a model: drawn from the submission's words and colours."""

from __future__ import annotations

import hashlib
import json
import math
from random import Random

from leadmagnet.adapters.models import options as read
from leadmagnet.adapters.models.offline.facts import Facts, clean, read_facts
from leadmagnet.adapters.models.offline.pictures.board import draw_board
from leadmagnet.adapters.models.offline.pictures.canvas import Canvas
from leadmagnet.adapters.models.offline.pictures.colours import palette_for
from leadmagnet.adapters.models.offline.pictures.cover import draw_cover
from leadmagnet.adapters.models.offline.pictures.diagram import draw_diagram
from leadmagnet.adapters.models.offline.pictures.pattern import draw_pattern
from leadmagnet.adapters.models.offline.pictures.subject import Subject
from leadmagnet.domain.errors import Invalid
from leadmagnet.domain.execution_step import Usage
from leadmagnet.engine.model_names import OFFLINE
from leadmagnet.engine.ports import ImageAnswer, ImageRequest

SMALLEST_PX = 64
LARGEST_PX = 2_048

_KINDS = {"cover": draw_cover, "palette": draw_board, "pattern": draw_pattern, "diagram": draw_diagram}


class OfflineImage:
    """Draws PNGs without a network, in exactly the size asked for: the same request, the same picture.

    The option `kind` is `cover` (the default), `palette`, `pattern` or `diagram`. All pictures of one
    submission share their colours: the ones that it names, or a set chosen by its words.
    """

    def draw(self, request: ImageRequest) -> ImageAnswer:
        """The picture; Invalid if the size (64 to 2,048 pixels) or the kind cannot be drawn."""
        _check_size(request.width, request.height)
        kind = read.choice(request.options, "kind", among=tuple(_KINDS), default="cover")
        facts = read_facts(request.facts)
        subject = Subject(
            title=clean(request.title, 120),
            prompt=clean(request.prompt, 400),
            facts=facts,
            palette=palette_for(facts, _chance("palette", facts)),
            chance=_chance(kind, facts, request.prompt, request.title),
        )
        canvas = Canvas(request.width, request.height, subject.palette.paper)
        _KINDS[kind](canvas, subject)
        return ImageAnswer(
            content=canvas.png(),
            content_type="image/png",
            width=request.width,
            height=request.height,
            model=OFFLINE,
            usage=Usage(input_tokens=math.ceil(len(request.prompt) / 4), cost_usd=0.0),
        )


def _chance(kind: str, facts: Facts, *words: str) -> Random:
    digest = hashlib.sha256(json.dumps([kind, facts.fields, words]).encode("ascii")).digest()
    return Random(digest)  # noqa: S311, chooses among shapes, not keys


def _check_size(width: int, height: int) -> None:
    if not (SMALLEST_PX <= width <= LARGEST_PX and SMALLEST_PX <= height <= LARGEST_PX):
        raise Invalid(
            f"A picture's width and height must be {SMALLEST_PX} to {LARGEST_PX:,} pixels; correct the step's options.",
            width=width,
            height=height,
        )
