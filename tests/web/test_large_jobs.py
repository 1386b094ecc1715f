from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.web.chromium import scripted, signed_in
from tests.web.site import Site, step

from leadmagnet.domain.job import Job

STEPS, STEP_BYTES = 10_000, 10_000
#: What a page may cost to open, styles and scripts included, and each screen further down.
OPENING_BYTES, SCREEN_BYTES = 250_000, 150_000


@pytest.fixture(scope="module")
def huge(site: Site) -> Job:
    """A job of 10,000 steps and 100 MB."""
    text = "x" * STEP_BYTES
    return site.job([step(number, output=text) for number in range(STEPS)], tenant="huge")


def loaded(page: Page) -> list[int]:
    return [int(str(row.get_attribute("data-step"))) for row in page.locator("#steps [data-step]").all()]


def test_a_job_of_10_000_steps_and_100_mb_opens_and_scrolls_with_small_answers(
    chromium: Browser, site: Site, huge: Job
) -> None:
    with signed_in(chromium, site, tenant="huge") as page:
        before = site.sent.total
        page.goto(f"/jobs/{huge.id}")
        scripted(page)
        expect(page.locator("#steps-count")).to_contain_text("10,000 records, 99.0 MB")
        assert site.sent.total - before < OPENING_BYTES
        assert max(loaded(page)) < 100

        before = site.sent.total
        page.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
        expect(page.locator("#row-5000")).to_be_visible()
        middle = loaded(page)
        assert len(middle) < 300
        assert not set(middle) & set(range(1_000, 4_000))
        assert site.sent.total - before < 3 * SCREEN_BYTES

        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        expect(page.locator("#row-9999")).to_be_in_viewport()
        expect(page.locator("#row-5000")).to_have_count(0)


def test_a_step_far_down_is_reached_by_its_number_and_opened(chromium: Browser, site: Site, huge: Job) -> None:
    with signed_in(chromium, site, tenant="huge") as page:
        page.goto(f"/jobs/{huge.id}")
        scripted(page)
        before = site.sent.total
        page.get_by_label("Go to step").fill("7777")
        page.keyboard.press("Enter")
        row = page.locator("#row-7777 a")
        expect(row).to_be_focused()
        expect(row).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("#step").get_by_role("heading", name="Step number 7777")).to_be_visible()
        expect(page.locator("#value-output")).to_contain_text("9.8 KB")
        assert site.sent.total - before < 4 * SCREEN_BYTES

        page.reload()
        expect(page.locator("#row-7777 a")).to_be_in_viewport()


def test_a_value_of_20_mb_costs_what_is_looked_at(chromium: Browser, site: Site) -> None:
    job = site.job([step(0, output="word " * 4_000_000), step(1)], tenant="heavy")
    with signed_in(chromium, site, tenant="heavy") as page:
        before = site.sent.total
        page.goto(f"/jobs/{job.id}/steps/0")
        output = page.locator("#value-output")
        expect(output).to_contain_text("19.1 MB")
        expect(output).to_contain_text("of 20,000,000")
        output.get_by_role("link", name="Show all").click()
        expect(output).to_contain_text("Piece 1 of 306")
        output.get_by_role("link", name="Next piece").click()
        expect(output).to_contain_text("Piece 2 of 306")
        assert site.sent.total - before < OPENING_BYTES + 4 * 70_000
