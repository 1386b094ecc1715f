"""Whatever a model wrote, nobody outside hears of it and none of it runs: on every page and frame that shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page
from tests.web.canary import BARE, Canary, running_canary
from tests.web.chromium import scripted
from tests.web.hostile import CONNECTING, HTML, MARKDOWN, RAN, SVG
from tests.web.site import NOW, Site, step

from leadmagnet.domain.access import Role
from leadmagnet.domain.job import Job, JobError, JobStatus

TENANT = "hostile"
DOCUMENTS = HTML | SVG | CONNECTING
_PATIENCE_S = 20.0


@dataclass
class Watched:
    """A signed-in browser, and what scripts in it did that are not ours."""

    context: BrowserContext
    canary: Canary
    said: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        page = self.context.new_page()
        page.on("console", lambda message: self.said.append(message.text) if message.text == RAN else None)
        page.on("dialog", lambda dialog: self.said.append(dialog.message))
        page.goto(path)
        return page

    def click_into(self, page: Page) -> None:
        """Click what each document wants to be clicked, in the page and in its frames."""
        for frame in page.frames:
            for target in frame.locator("#go").all():
                target.click(no_wait_after=True, timeout=5_000)

    def close_pages(self) -> int:
        """How many pages were open."""
        pages = self.context.pages
        for page in pages:
            page.close()
        return len(pages)


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    with running_canary() as running:
        running.documents = {
            key(name): ("image/svg+xml" if name in SVG else "text/html", written(name, running)) for name in DOCUMENTS
        }
        yield running


@pytest.fixture(scope="module")
def watched(chromium: Browser, site: Site, canary: Canary) -> Iterator[Watched]:
    context = chromium.new_context(base_url=site.url)
    watched = Watched(context=context, canary=canary)
    watched.open(site.ticket(Role.ADMIN, TENANT)).close()
    yield watched
    context.close()


def key(name: str) -> str:
    return name.replace(" ", "-")


def aimed(text: str, canary: Canary) -> str:
    return text.replace("CANARY", canary.url).replace("HOST", canary.url.removeprefix("http://"))


def written(name: str, canary: Canary) -> str:
    """The document, with an address of its own."""
    text = aimed(DOCUMENTS[name], canary).replace("/hit", f"/hit/{key(name)}")
    return text if name in SVG else f"<!doctype html><meta charset=utf-8>{text}"


def hostile_job(site: Site, name: str, text: str, **facts: object) -> Job:
    kind = "image/svg+xml" if name in SVG else "text/html"
    job = site.job([step(0), step(1, output=text, input=text)], tenant=TENANT, deliverable="report")
    site.file(job, "report", text.encode(), kind)
    return job


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_document_does_harm_where_nothing_holds_it_back(chromium: Browser, canary: Canary, name: str) -> None:
    """Else it would prove nothing below."""
    context = chromium.new_context()
    watched, before = Watched(context=context, canary=canary), canary.connections
    page = watched.open(f"{canary.url}{BARE}{key(name)}")
    try:
        watched.click_into(page)
    except Error:
        # The document took the page elsewhere at once.
        pass

    if name in CONNECTING:
        assert canary.wait_for_connections(before + 1, seconds=_PATIENCE_S)
    else:
        assert canary.wait_for(f"/hit/{key(name)}", seconds=_PATIENCE_S)
    context.close()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_document_runs_or_is_heard_of(site: Site, watched: Watched, canary: Canary, name: str) -> None:
    job = hostile_job(site, name, written(name, canary))
    before = canary.heard()
    for path in ("/steps/1?part=output&as=preview", "/deliverable", "/files/report"):
        page = watched.open(f"/jobs/{job.id}{path}")
        watched.click_into(page)
        if name not in SVG:
            assert [frame.url for frame in page.frames if not frame.url.startswith(site.url)] == [], path

    settle(watched)
    assert watched.close_pages() == 4, "a document opened a window"
    assert (watched.said, canary.heard()) == ([], before)


def settle(watched: Watched) -> None:
    """Let every page that is open come to rest: what it was going to fetch is on its way by then."""
    page = watched.open("/jobs")
    scripted(page)
    for each in watched.context.pages:
        each.wait_for_load_state("load")
        each.evaluate("1") if not each.url.endswith("/files/report") else None
