"""Takes pictures in Chromium, and makes them small."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page
from scripts.pictures.shots import BOTH, Shot

from leadmagnet.cli.data_dir import Ready

#: What a picture may weigh in the repository.
MOST_BYTES = 150_000
_COLOURS = 256
#: Of these, so many are kept to the bit: backgrounds that were a little pink would be seen at once.
_EXACT = 96


def take(browser: Browser, ready: Ready, shots: Sequence[Shot], folder: Path, names: Sequence[str]) -> None:
    """Every shot into the folder, or those whose names are given."""
    session = _session(browser, ready)
    for shot in shots:
        for scheme in shot.schemes:
            name = f"{shot.name}-{scheme}"
            if not names or name in names:
                _take_one(browser, ready, shot, scheme, session if shot.signed_in else None, folder / f"{name}.png")


def take_sign_in_with_account(browser: Browser, ready: Ready, folder: Path) -> None:
    """The sign-in page of a service that knows an identity provider."""
    shot = Shot(name="sign-in-account", path="/sign-in", signed_in=False)
    for scheme in BOTH:
        _take_one(browser, ready, shot, scheme, None, folder / f"{shot.name}-{scheme}.png")


def context_options(ready: Ready, size: tuple[int, int], scheme: str, session: object) -> dict[str, Any]:
    """What makes the same picture on every machine."""
    return {
        "base_url": ready.api_url,
        "viewport": {"width": size[0], "height": size[1]},
        "color_scheme": scheme,
        "reduced_motion": "reduce",
        "locale": "en-GB",
        "timezone_id": "UTC",
        "storage_state": session,
    }


def save_small(picture: Image.Image, path: Path) -> None:
    """The picture as PNG with a palette of its own; an error if it is too large all the same."""
    whole = picture.convert("RGB")
    small = whole.quantize(palette=_palette(whole), dither=Image.Dither.NONE)
    content = io.BytesIO()
    small.save(content, "PNG", optimize=True)
    if len(content.getvalue()) > MOST_BYTES:
        raise RuntimeError(f"{path.name} has {len(content.getvalue()):,} bytes, and {MOST_BYTES:,} is the most.")
    path.write_bytes(content.getvalue())
    print(f"{path.name}  {len(content.getvalue()):,} bytes")


def _palette(picture: Image.Image) -> Image.Image:
    """The colours of most of the picture as they are, and others that stand for the rest."""
    counted = Counter(zip(*[iter(picture.tobytes())] * 3, strict=True))
    exact = [colour for colour, _ in counted.most_common(_EXACT)]
    rest = picture.quantize(_COLOURS - len(exact), Image.Quantize.MAXCOVERAGE).getpalette() or []
    made = Image.new("P", (1, 1))
    made.putpalette([part for colour in exact for part in colour] + rest)
    return made


def _session(browser: Browser, ready: Ready) -> Any:  # noqa: ANN401 (Playwright's own)
    context = browser.new_context(base_url=ready.api_url)
    page = context.new_page()
    page.goto(ready.sign_in_url)
    page.wait_for_url("**/jobs")
    state = context.storage_state()
    context.close()
    return state


def _take_one(browser: Browser, ready: Ready, shot: Shot, scheme: str, session: object, path: Path) -> None:
    context = browser.new_context(**context_options(ready, shot.size, scheme, session))
    page = context.new_page()
    page.goto(shot.path)
    shot.first(page)
    _settle(page)
    save_small(Image.open(io.BytesIO(page.screenshot())), path)
    context.close()


def _settle(page: Page) -> None:
    """Wait until pictures are there and nothing has the focus ring or is being hovered."""
    page.evaluate("Promise.all([...document.images].map((each) => each.decode().catch(() => null)))")
    page.mouse.move(0, 0)
    page.wait_for_timeout(400)
