"""A real browser for tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.web.site import TENANT, Site

from leadmagnet.domain.access import Role

#: The first is Chromium without all that only a window needs, in a quarter of the processor's time; `make test-long`
#: has the pages seen in the browser that people have.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
#: Enough for a busy machine; a page that is right never takes this long.
_PATIENCE_MS = 20_000
#: A form that does not fit is answered with 422, which Chromium counts among the faults of a page.
_NO_FAULTS = ("status of 422",)


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """The machine's own Chromium, without a window and with an empty profile."""
    wanted = os.environ.get("TEST_BROWSER")
    path = next((found for name in ([wanted] if wanted else _NAMES) if (found := shutil.which(name))), None)
    expect.set_options(timeout=_PATIENCE_MS)
    assert path, "These tests need Chromium: run scripts/chromium, or install it (Debian: apt-get install chromium)."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def scripted(page: Page) -> None:
    """Wait until the page's scripts listen: keys pressed before go nowhere."""
    expect(page.locator("html.scripted")).to_have_count(1)


@contextmanager
def signed_in(
    browser: Browser,
    site: Site,
    *,
    role: Role = Role.ADMIN,
    tenant: str = TENANT,
    expected: tuple[str, ...] = (),
    **options: Any,  # noqa: ANN401 (Playwright's own)
) -> Iterator[Page]:
    """A page of a new profile. At the end its console holds nothing but what `expected` names parts of."""
    context = browser.new_context(base_url=site.url, **options)
    context.set_default_timeout(_PATIENCE_MS)
    page = context.new_page()
    # Time passes as ever; tests may also let it jump, instead of waiting for what a page does every few seconds.
    page.clock.install()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(site.ticket(role, tenant))
    if options.get("java_script_enabled", True):
        scripted(page)
    try:
        yield page
    finally:
        context.close()
    strange = [text for text in said if not any(part in text for part in (*_NO_FAULTS, *expected))]
    assert strange == [], strange
