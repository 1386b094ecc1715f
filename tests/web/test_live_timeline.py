"""The timeline of a job while it runs, and what failed in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.web.chromium import scripted, signed_in
from tests.web.site import NOW, Site, step

from leadmagnet.domain.job import Job, JobStatus

TENANT = "timelines"
FAILED: dict[str, Any] = {"status": "failed", "error": {"code": "webhook_refused", "message": "No."}}


@pytest.fixture
def page(chromium: Browser, site: Site) -> Iterator[Page]:
    with signed_in(chromium, site, tenant=TENANT, viewport={"width": 1400, "height": 900}) as opened:
        yield opened


def running(site: Site, *, since_s: float) -> Job:
    """A job whose outline ran, and whose cover is under way for the second time."""
    now = datetime.now(UTC)
    began = now - timedelta(seconds=since_s)
    like = site.job(tenant=TENANT, status=JobStatus.PENDING)
    job = replace(
        like,
        id=f"{like.id}-R",
        status=JobStatus.PROCESSING,
        started_at=began,
        running={"cover": 2, "page": 1},
        # The other claim is a worker's of 0.1.0.
        running_since={"cover": began},
    )
    site.stores.jobs.create(job)
    site.stores.steps.replace(job.id, [step(0, timestamp=(began - timedelta(seconds=2)).isoformat())])
    return job


def width(bar: Locator) -> float:
    box = bar.locator("rect").bounding_box()
    assert box
    return box["width"]


def test_a_step_under_way_has_a_bar_that_grows_and_is_named_until_it_ends(page: Page, site: Site) -> None:
    job = running(site, since_s=20)
    page.goto(f"/jobs/{job.id}")
    scripted(page)
    bar = page.get_by_role("img", name="Cover, under way, attempt 2")
    expect(bar).to_have_count(1)
    expect(page.locator(".axis [data-step]")).to_have_count(1)
    foot = page.locator("#steps-running")
    expect(foot).to_contain_text("Cover, attempt 2")
    expect(foot).to_contain_text("Page")
    expect(foot.locator("time")).to_have_text("20 s")

    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/timeline" in request.url else None)
    before = width(bar)
    page.clock.fast_forward(4_000)
    page.wait_for_function(
        "before => document.querySelector('[data-grows] rect').getBoundingClientRect().width > before", arg=before + 20
    )
    assert asked == []
    # An axis that is full is drawn anew, with room.
    with page.expect_request("**/timeline?*"):
        page.clock.fast_forward(60_000)

    site.stores.jobs.cancel(tenant=TENANT, job_id=job.id, at=NOW)
    page.clock.fast_forward(2_000)
    expect(bar).to_have_count(0)
    expect(foot).to_be_hidden()
    expect(page.locator("#steps-count")).to_have_text(re.compile(r"1 record, 3\d\d B"))


def test_short_failures_and_retries_have_a_mark_a_name_and_the_number_of_the_attempt(page: Page, site: Site) -> None:
    def at(seconds: float) -> str:
        return (NOW + timedelta(seconds=seconds)).isoformat()

    hook: dict[str, Any] = {"step_name": "Hook", "duration_ms": 15, "step_type": "webhook"}
    long_name = "A name that is longer than its bar " * 4
    job = site.job(
        [
            step(0, timestamp=at(0), step_name=long_name, duration_ms=20_000),
            step(1, timestamp=at(20), **hook, **FAILED),
            step(2, timestamp=at(30), **hook, **FAILED, attempt=2),
            step(3, timestamp=at(50), **hook, attempt=3),
            step(4, timestamp=at(50.02), duration_ms=50_000),
        ],
        tenant=TENANT,
    )
    page.goto(f"/jobs/{job.id}")
    scripted(page)

    first = page.get_by_role("link", name="Hook, failed, 15 ms, attempt 1, webhook_refused")
    expect(first.locator(".bar-name")).to_have_text("✕ Hook")
    second = page.get_by_role("link", name="Hook, failed, 15 ms, attempt 2, webhook_refused")
    expect(second.locator(".bar-name")).to_have_text("✕ Hook (2)")
    third = page.get_by_role("link", name="Hook, completed, 15 ms, attempt 3")
    for bar, sign in ((first, ".sign.bad"), (second, ".sign.bad"), (third, ".sign.again")):
        expect(bar.locator(sign)).to_be_visible()
    name = page.locator(".axis [data-step='0'] .bar-name")
    assert name.evaluate("each => each.scrollWidth > each.clientWidth")
    expect(name).to_have_css("text-overflow", "ellipsis")


def test_all_large_steps_of_a_job_are_shown_at_once_with_one_reading_of_them(page: Page, site: Site) -> None:
    job = site.job([step(number, output="x" * 1_800_000) for number in range(11)], tenant=TENANT)
    page.goto(f"/jobs/{job.id}/steps/7")
    scripted(page)
    expect(page.locator(".axis [data-step]")).to_have_count(11)
    expect(page.locator("#steps [data-step]")).to_have_count(11)
    expect(page.locator("#steps .waiting")).to_have_count(0)
    expect(page.locator(".step-tools")).to_contain_text("Step 7, 8 of 11 records")


def test_a_window_of_a_long_record_says_which_steps_of_how_many(page: Page, site: Site) -> None:
    job = site.job([step(number, output="x" * 4_000_000) for number in range(11)], tenant=TENANT)
    page.goto(f"/jobs/{job.id}")
    expect(page.locator("#timeline")).to_contain_text("steps 0 to 4, of 11 records")
