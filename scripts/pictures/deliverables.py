"""The three deliverables of the demo beside each other."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser
from scripts.pictures.taking import context_options, save_small

from leadmagnet.cli.client import ApiClient
from leadmagnet.cli.data_dir import Ready

_PAGE = (1000, 1240)
_SHOWN_WIDTH = 440
_GAP = 20
_BEHIND = (232, 234, 237)


def side_by_side(browser: Browser, ready: Ready, addresses: Sequence[str], path: Path) -> None:
    """Their first pages, on one sheet."""
    pages = [_page(browser, ready, address) for address in addresses]
    height = pages[0].height
    width = len(pages) * (_SHOWN_WIDTH + _GAP) + _GAP
    sheet = Image.new("RGB", (width, height + 2 * _GAP), _BEHIND)
    for place, page in enumerate(pages):
        sheet.paste(page, (_GAP + place * (_SHOWN_WIDTH + _GAP), _GAP))
    save_small(sheet, path)


def _page(browser: Browser, ready: Ready, address: str) -> Image.Image:
    with ApiClient(ready.api_url, ready.token) as client:
        html = client.content(address).decode()
    context = browser.new_context(**context_options(ready, _PAGE, "light", None))
    page = context.new_page()
    page.set_content(html, wait_until="load")
    page.wait_for_timeout(400)
    taken = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    context.close()
    return taken.resize((_SHOWN_WIDTH, round(taken.height * _SHOWN_WIDTH / taken.width)), Image.Resampling.LANCZOS)
