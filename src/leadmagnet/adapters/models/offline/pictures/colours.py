"""Colours for a picture: those that the submission names, or a set that goes well together."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from PIL import ImageColor

from leadmagnet.adapters.models.offline.facts import Facts

Colour = tuple[int, int, int]

_HEX = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})(?![0-9a-zA-Z])")
_WORD = re.compile(r"[A-Za-z]+")

#: Paper, ink, primary, secondary, accent.
_SETS = (
    ("#F6F1E9", "#1F2A37", "#1B4D5C", "#E2A458", "#C8553D"),
    ("#F3F5F1", "#14261C", "#2F6B4F", "#A7C4A0", "#E3B23C"),
    ("#F7F3F5", "#2A1B3D", "#5B3A8E", "#C9A7EB", "#F28F3B"),
    ("#F2F6FA", "#0B2239", "#155E95", "#6FB7D9", "#F2C14E"),
    ("#FAF4EF", "#33201C", "#A13D2D", "#E0A899", "#3C6E71"),
    ("#F5F5F0", "#22223B", "#4A4E69", "#B8A9B4", "#F2A65A"),
    ("#EFF6F5", "#0F2F33", "#0E7C7B", "#8ED1C6", "#F26B5B"),
    ("#FBF6EC", "#2B2118", "#8A5A2B", "#D9B382", "#3A7D7C"),
    ("#F4F4FB", "#1A1B41", "#3F3DB8", "#A9B4FF", "#FF7A6B"),
    ("#F4F8F0", "#1D2B12", "#4F7B26", "#BFD88A", "#D1495B"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Five colours by the part they play."""

    paper: Colour
    ink: Colour
    primary: Colour
    secondary: Colour
    accent: Colour

    @property
    def all(self) -> tuple[Colour, ...]:
        """From the leading colour to the background."""
        return (self.primary, self.secondary, self.accent, self.ink, self.paper)


def palette_for(facts: Facts, chance: Random) -> Palette:
    """The submission's own colours if it names any, else a set by chance."""
    own = list(dict.fromkeys(_named(facts)))[:3]
    if own:
        return _around(own)
    paper, ink, primary, secondary, accent = map(_rgb, chance.choice(_SETS))
    return Palette(paper=paper, ink=ink, primary=primary, secondary=secondary, accent=accent)


def hex_code(colour: Colour) -> str:
    """As designers write it: `#1B4D5C`."""
    return "#{:02X}{:02X}{:02X}".format(*colour)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`one` with `share` (0 to 1) of `other` in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable_on(ground: Colour, palette: Palette) -> Colour:
    """Ink or paper, whichever reads better on `ground`."""
    return max((palette.paper, palette.ink), key=lambda colour: contrast(colour, ground))


def _named(facts: Facts) -> Iterator[Colour]:
    """Hex codes in any field, and colour names in fields about colour."""
    for _, value in facts.fields:
        yield from map(_rgb, _HEX.findall(value))
    for label, value in facts.fields:
        if "colo" in label.lower():
            yield from (_rgb(word) for word in _WORD.findall(value.lower()) if word in ImageColor.colormap)


def _around(own: list[Colour]) -> Palette:
    """A palette of one to three given colours; what is missing is made from the first."""
    primary = own[0]
    secondary = own[1] if len(own) > 1 else mix(primary, (255, 255, 255), 0.45)
    accent = own[2] if len(own) > 2 else _turned(primary)
    return Palette(
        paper=mix(primary, (255, 255, 255), 0.95),
        ink=mix(primary, (12, 14, 20), 0.82),
        primary=primary,
        secondary=secondary,
        accent=accent,
    )


def _turned(colour: Colour) -> Colour:
    """A warm or cool counterpart across the colour wheel, lively enough for small areas."""
    hue, _, saturation = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    red, green, blue = colorsys.hls_to_rgb((hue + 0.45) % 1, 0.58, max(saturation, 0.55))
    return round(red * 255), round(green * 255), round(blue * 255)


def _rgb(name: str) -> Colour:
    red, green, blue, *_ = ImageColor.getrgb(name)
    return red, green, blue


def _luminance(colour: Colour) -> float:
    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = map(linear, colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
