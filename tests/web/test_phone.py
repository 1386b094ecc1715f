"""The pages on a narrow screen, and with names that nobody would have chosen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.web.chromium import scripted, signed_in
from tests.web.site import NOW, WORKFLOW, Site, step

from leadmagnet.domain.job import Job
from leadmagnet.engine.workflow_file import parse_workflow

TENANT = "phone"
WIDTH = 390
LONG = "Donaudampfschifffahrtsgesellschaftskapitaensmuetze" * 6
NOVEMBER = "first=2026-11-01&last=2026-11-30&by=jobs"


@pytest.fixture(scope="module")
def job(site: Site) -> Job:
    site.stores.workflows.put(
        parse_workflow(
            WORKFLOW.replace("name: market-report", "name: long").replace("title: Market report", f"title: {LONG}")
        )
    )
    made = site.job([step(0), step(1, step_name=LONG, output="x" * 400_000)], tenant=TENANT, workflow="long")
    site.job([step(0)], tenant=TENANT)
    return made


@pytest.fixture
def phone(chromium: Browser, site: Site, job: Job) -> Iterator[Page]:
    del job
    with signed_in(chromium, site, tenant=TENANT, viewport={"width": WIDTH, "height": 800}) as page:
        yield page


def visit(page: Page, path: str) -> None:
    page.goto(path)
    scripted(page)


def within(locator: Locator, width: int = WIDTH) -> bool:
    """Whether all of it is between the left and the right edge of the screen."""
    box = locator.bounding_box()
    return box is not None and box["x"] >= 0 and box["x"] + box["width"] <= width


@pytest.mark.parametrize("width", [WIDTH, 1400], ids=["phone", "desk"])
def test_a_name_of_one_long_word_makes_no_page_wider_than_the_screen(
    chromium: Browser, site: Site, job: Job, width: int
) -> None:
    paths = [f"/jobs/{job.id}{rest}" for rest in ("", "/steps/1", "/submission", "/deliverable", "/rerun")]
    paths += ["/jobs", "/new", "/new/long", "/workflows", "/workflows/long", "/workflows/long/edit", "/storage"]
    paths += [f"/jobs/{job.id}/compare?with={job.id}", f"/usage?{NOVEMBER}"]
    wide = {}
    with signed_in(chromium, site, tenant=TENANT, viewport={"width": width, "height": 800}) as page:
        for path in paths:
            visit(page, path)
            wide[path] = page.evaluate("document.documentElement.scrollWidth") - width
            # A title that is cut off cannot be read either.
            assert page.locator("h1").evaluate("h => h.scrollWidth <= h.clientWidth"), path
        visit(page, "/jobs")
        select = page.locator("select[name=workflow]").bounding_box()
    assert {path: more for path, more in wide.items() if more > 0} == {}
    assert select
    assert select["width"] <= 300


def test_where_the_reader_is_can_be_seen_in_the_navigation_and_the_filter(phone: Page) -> None:
    visit(phone, "/storage")
    frame, chosen = phone.get_by_label("Main"), phone.get_by_role("link", name="Storage")
    expect(frame).to_have_attribute("data-more", "left")
    inner, outer = chosen.bounding_box(), frame.bounding_box()
    assert inner
    assert outer
    assert inner["x"] + inner["width"] <= outer["x"] + outer["width"] + 1

    visit(phone, "/jobs?status=cancelled")
    assert within(phone.get_by_role("link", name="Cancelled"))
    visit(phone, "/jobs")
    segments = phone.get_by_label("Status")
    expect(segments).to_have_attribute("data-more", "right")
    segments.evaluate("each => { each.scrollLeft = 60; }")
    expect(segments).to_have_attribute("data-more", "left right")


def test_the_largest_records_can_be_read(phone: Page, job: Job) -> None:
    visit(phone, "/storage")
    row = phone.locator("tr", has_text=job.id)
    for cell in row.locator("td").all():
        assert within(cell)
    name = row.locator("td").first.bounding_box()
    assert name
    assert name["width"] > WIDTH / 2


def test_the_days_of_usage_begin_at_the_newest_and_hide_no_figure(phone: Page) -> None:
    visit(phone, f"/usage?{NOVEMBER}")
    assert phone.locator(".chart-frame").evaluate("each => each.scrollLeft + each.clientWidth >= each.scrollWidth - 1")
    assert phone.locator(".chart rect").count() > 0
    row = phone.get_by_role("group", name="By day").locator("tbody tr").first
    assert [within(cell) for cell in row.locator("td").all()] == [True] * 6
    expect(row).to_contain_text((NOW + timedelta(0)).strftime("%d %b %Y"))
