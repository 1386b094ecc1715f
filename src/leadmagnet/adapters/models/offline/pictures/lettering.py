"""Sets text in type so that it fits its place, in whatever script the machine has letters for."""

from __future__ import annotations

import bisect
import math
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from PIL import ImageFont

Font = ImageFont.FreeTypeFont

#: Looked for by name where the machine keeps its fonts; Pillow brings only the letters of English.
_SYSTEM_FONTS = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "LiberationSans-Regular.ttf",
    "NotoSansCJK-Regular.ttc",
    "Arial Unicode.ttf",
    "Arial.ttf",
    "arial.ttf",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Text in lines, the font it is set in, and how far apart its lines are."""

    lines: tuple[str, ...]
    font: Font
    line_px: int

    @property
    def height(self) -> int:
        """Of all lines together, in pixels."""
        return self.line_px * len(self.lines)


def set_text(text: str, *, width: int, height: int, largest: int, smallest: int) -> Setting:
    """`text` in the largest size in which it fits `width` x `height`; shortened if none does.

    Signs that no font of this machine has are replaced by their plain letters, or left out.
    """
    for breaking, sizes in ((False, _sizes(largest, largest // 2)), (True, _sizes(largest * 3 // 4, smallest))):
        for size in sizes:
            setting = _wrapped(text, size, width, breaking=breaking)
            fits = all(_width(line, setting.font) <= width for line in setting.lines)
            if fits and setting.height <= height:
                return setting
    return _shortened(_wrapped(text, smallest, width, breaking=True), width=width, height=height)


def can_set(text: str) -> bool:
    """Whether at least half of the text's letters can be shown here; what is left of others says nothing."""
    letters = [sign for sign in text if sign.isalnum()]
    shown, _ = _font_for("".join(letters), 24)
    return bool(letters) and len(shown) * 2 >= len(letters)


def _sizes(largest: int, smallest: int) -> list[int]:
    """From `largest` down in steps of a tenth, not below `smallest`."""
    steps = (round(largest * 0.9**step) for step in range(40))
    return [size for size in dict.fromkeys(steps) if size >= smallest]


def _shortened(setting: Setting, *, width: int, height: int) -> Setting:
    """As many lines as there is room for, the last one ending in dots if others follow."""
    room = max(1, height // setting.line_px)
    if len(setting.lines) <= room:
        return setting
    last = setting.lines[room - 1]
    while last and _width(f"{last}...", setting.font) > width:
        last = last[:-1]
    lines = (*setting.lines[: room - 1], f"{last.rstrip()}...")
    return Setting(lines=lines, font=setting.font, line_px=setting.line_px)


def _wrapped(text: str, size: int, width: int, *, breaking: bool) -> Setting:
    """`text` in lines of at most `width`; a longer word is cut if `breaking`, else it juts out."""
    shown, font = _font_for(text, size)
    lines, line = [], ""
    for word in shown.split():
        longer = f"{line} {word}".strip()
        if _width(longer, font) <= width:
            line = longer
            continue
        lines.append(line)
        line = word
        while breaking and _width(line, font) > width and len(line) > 1:
            head = _longest_head(line, font, width)
            lines.append(line[:head])
            line = line[head:]
    lines.append(line)
    return Setting(lines=tuple(line for line in lines if line), font=font, line_px=round(size * 1.22))


def _longest_head(word: str, font: Font, width: int) -> int:
    fitting = bisect.bisect(range(2, len(word)), width, key=lambda end: math.ceil(_width(word[:end], font)))
    return 1 + fitting


def _width(text: str, font: Font) -> float:
    return font.getlength(text)


def _font_for(text: str, size: int) -> tuple[str, Font]:
    """`text` as it can be shown, and the font for it: Pillow's own if it has all the signs."""
    for name in (None, *_SYSTEM_FONTS):
        if (font := _font(name, size)) is not None and all(_has(name, sign) for sign in text):
            return text, font
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    best = max((None, *_SYSTEM_FONTS), key=lambda name: sum(_has(name, sign) for sign in plain))
    shown = "".join(sign for sign in plain if _has(best, sign))
    return shown, _font(best, size) or _own(size)


def _own(size: int) -> Font:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType; install a wheel of it from the package index.")
    return font


@lru_cache(maxsize=256)
def _font(name: str | None, size: int) -> Font | None:
    if name is None:
        return _own(size)
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None


@lru_cache(maxsize=4096)
def _has(name: str | None, sign: str) -> bool:
    """Whether the font has a picture of its own for `sign`, and not the box that stands for a missing one."""
    if sign.isspace():
        return True
    font = _font(name, 24)
    if font is None or unicodedata.category(sign) in ("Cc", "Cs", "Co", "Cn"):
        return False
    return bytes(font.getmask(sign)) != bytes(font.getmask("\uffff"))
