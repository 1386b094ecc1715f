"""A sheet to draw on, twice as fine as the picture that comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from leadmagnet.adapters.models.offline.pictures.colours import Colour, Palette, mix
from leadmagnet.adapters.models.offline.pictures.lettering import Setting, set_text

#: Pillow draws without smoothing; the sheet is drawn this much larger and reduced at the end.
FINENESS = 2

#: On a sheet with a shorter side than this the draft mark would be the picture; its file says it alone.
_SMALLEST_MARKED = 160

Point = tuple[float, float]
Box = tuple[float, float, float, float]


class Canvas:
    """A sheet of `width` x `height`; all coordinates are those of the finished picture."""

    def __init__(self, width: int, height: int, ground: Colour) -> None:
        self.width = width
        self.height = height
        self._sheet = Image.new("RGB", (width * FINENESS, height * FINENESS), ground)
        self._draw = ImageDraw.Draw(self._sheet, "RGBA")

    @property
    def unit(self) -> float:
        """A hundredth of the shorter side: sizes in units look alike on any sheet."""
        return min(self.width, self.height) / 100

    def gradient(self, top: Colour, bottom: Colour, *, angle: float = 0) -> None:
        """Fill the sheet with a change from one colour to another."""
        size = self._sheet.size
        ramp = Image.linear_gradient("L").rotate(angle, expand=False, fillcolor=128)
        edge = 48 if angle else 0  # a turned ramp has empty corners
        mask = ramp.crop((edge, edge, 256 - edge, 256 - edge)).resize(size, Image.Resampling.BICUBIC)
        self._sheet.paste(Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), mask))

    def box(self, box: Box, colour: Colour, *, alpha: int = 255, radius: float = 0) -> None:
        """A filled rectangle, its corners rounded by `radius`."""
        self._draw.rounded_rectangle(_fine(box), radius=radius * FINENESS, fill=(*colour, alpha))

    def disc(self, centre: Point, radius: float, colour: Colour, *, alpha: int = 255) -> None:
        """A filled circle."""
        x, y = centre
        self._draw.ellipse(_fine((x - radius, y - radius, x + radius, y + radius)), fill=(*colour, alpha))

    def ring(self, centre: Point, radius: float, colour: Colour, *, line: float, alpha: int = 255) -> None:
        """A circle's outline, `line` wide."""
        x, y = centre
        box = _fine((x - radius, y - radius, x + radius, y + radius))
        self._draw.ellipse(box, outline=(*colour, alpha), width=max(1, round(line * FINENESS)))

    def slice(self, centre: Point, radius: float, start: float, end: float, colour: Colour) -> None:
        """A sector from `start` to `end` degrees, clockwise from three o'clock."""
        x, y = centre
        self._draw.pieslice(_fine((x - radius, y - radius, x + radius, y + radius)), start, end, fill=colour)

    def polygon(self, points: Sequence[Point], colour: Colour, *, alpha: int = 255) -> None:
        """A filled shape."""
        self._draw.polygon([(x * FINENESS, y * FINENESS) for x, y in points], fill=(*colour, alpha))

    def line(self, points: Sequence[Point], colour: Colour, *, line: float, alpha: int = 255) -> None:
        """A line through `points`."""
        fine = [(x * FINENESS, y * FINENESS) for x, y in points]
        self._draw.line(fine, fill=(*colour, alpha), width=max(1, round(line * FINENESS)), joint="curve")

    def fill_with(self, other: Canvas) -> None:
        """Cover the whole sheet with another one, stretched to its size."""
        self._sheet.paste(other._sheet.resize(self._sheet.size, Image.Resampling.LANCZOS))

    def text(
        self,
        text: str,
        box: Box,
        colour: Colour,
        *,
        size: float,
        weight: float = 0,
        align: str = "left",
        anchor: str = "top",
    ) -> float:
        """Text inside `box`, as large as `size` and as small as it must be; returns the y of its lower end.

        `weight` thickens letters by so many hundredths of their size (the one font that is always there is
        a regular one); `align` is left, center or right, `anchor` top, middle or bottom.
        """
        left, top, right, bottom = _fine(box)
        setting = set_text(
            text,
            width=max(1, round(right - left)),
            height=max(1, round(bottom - top)),
            largest=max(8, round(size * FINENESS)),
            smallest=max(7, round(min(size, 9) * FINENESS)),
        )
        spare = bottom - top - setting.height
        y = top + {"top": 0, "middle": spare / 2, "bottom": spare}[anchor]
        self._lines(setting, colour, left=left, right=right, y=y, weight=weight, align=align)
        return (y + setting.height) / FINENESS

    def _lines(
        self, setting: Setting, colour: Colour, *, left: float, right: float, y: float, weight: float, align: str
    ) -> None:
        x = {"left": left, "center": (left + right) / 2, "right": right}[align]
        stroke = setting.font.size * weight / 100
        for line in setting.lines:
            self._draw.text(
                (x, y),
                line,
                font=setting.font,
                fill=colour,
                anchor={"left": "la", "center": "ma", "right": "ra"}[align],
                stroke_width=stroke,
            )
            y += setting.line_px

    def mark_as_draft(self, palette: Palette, *, ground: Colour | None = None) -> None:
        """Say in a lower corner, small, where the picture comes from."""
        if min(self.width, self.height) < _SMALLEST_MARKED:
            return
        u = self.unit
        size = max(9.0, 1.7 * u)
        wide, high = size * 6.4, size * 1.9
        box = (self.width - wide - 2 * u, self.height - high - 2 * u, self.width - 2 * u, self.height - 2 * u)
        self.box(box, ground or palette.paper, alpha=215, radius=high / 2)
        colour = mix(palette.ink, palette.paper, 0.15)
        self.text("offline draft", box, colour, size=size, align="center", anchor="middle")

    def png(self) -> bytes:
        """The finished picture."""
        picture = self._sheet.resize((self.width, self.height), Image.Resampling.LANCZOS)
        notes = PngInfo()
        notes.add_text("Description", "Offline draft, drawn from the submission; no AI model was called.")
        buffer = BytesIO()
        picture.save(buffer, "PNG", pnginfo=notes)
        return buffer.getvalue()


def _fine(box: Box) -> Box:
    left, top, right, bottom = box
    return left * FINENESS, top * FINENESS, right * FINENESS, bottom * FINENESS
