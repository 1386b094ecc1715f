"""Requests as the engine makes them."""

from __future__ import annotations

from collections.abc import Mapping

from leadmagnet.domain.json_value import JsonValue
from leadmagnet.engine.ports import ImageRequest, TextRequest

FACTS: Mapping[str, JsonValue] = {
    "company": "Alpenblick Tours",
    "industry": "Adventure travel",
    "audience": "Small groups of active retirees",
    "goals": "Double direct bookings by next summer",
    "email": "anna@alpenblick.example",
}


def text_request(
    *,
    instructions: str = "Describe the market.",
    title: str = "Market overview",
    facts: Mapping[str, JsonValue] = FACTS,
    timeout_s: float | None = None,
    **options: JsonValue,
) -> TextRequest:
    return TextRequest(instructions=instructions, options=options, title=title, facts=facts, timeout_s=timeout_s)


def image_request(
    *,
    prompt: str = "A cover",
    title: str = "Where the trail leads",
    width: int = 400,
    height: int = 300,
    facts: Mapping[str, JsonValue] = FACTS,
    timeout_s: float | None = None,
    **options: JsonValue,
) -> ImageRequest:
    return ImageRequest(
        prompt=prompt, width=width, height=height, options=options, title=title, facts=facts, timeout_s=timeout_s
    )
