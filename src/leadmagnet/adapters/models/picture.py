"""What a picture's bytes are, whatever their sender calls them."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, UnidentifiedImageError

#: What vendors send and browsers show. SVG is not among them: it can carry scripts.
_CONTENT_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}
#: Pictures are put into reports as they are; a larger one would make a report that nobody can open.
MAX_PICTURE_BYTES = 32 * 1024 * 1024
#: A few kilobytes can say that they are billions of pixels, which whoever looks at them would have to hold.
MAX_PICTURE_PIXELS = 20_000_000


class NoPicture(Exception):
    """These bytes are no picture that can be shown; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A picture's type and true size."""

    content_type: str
    width: int
    height: int


def measure(content: bytes) -> Measured:
    """What `content` is, found in the bytes themselves and checked to their end; NoPicture if it cannot be shown."""
    if len(content) > MAX_PICTURE_BYTES:
        raise NoPicture(f"its picture has {len(content):,} bytes; {MAX_PICTURE_BYTES:,} are the most")
    try:
        return _measured(content)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise NoPicture("its picture has more pixels than can be shown") from exc
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as exc:
        raise NoPicture("what it sent is no picture") from exc


def _measured(content: bytes) -> Measured:
    # Only these formats are tried: Pillow reads fifty, some of them through programs of the machine.
    with Image.open(BytesIO(content), formats=tuple(_CONTENT_TYPES)) as picture:
        kind, (width, height) = picture.format or "", picture.size
        if width * height > MAX_PICTURE_PIXELS:
            raise NoPicture(f"its picture has {width:,} x {height:,} pixels; {MAX_PICTURE_PIXELS:,} are the most")
        # Decoded to the end: `verify` alone does not notice a JPEG that was cut off.
        picture.load()
    return Measured(content_type=_CONTENT_TYPES[kind], width=width, height=height)
