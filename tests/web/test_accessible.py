from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no types
from playwright.sync_api import Browser, Page, expect
from tests.web.chromium import scripted, signed_in
from tests.web.site import Site, step

from leadmagnet.domain.job import Job, JobError, JobStatus, Origin

#: Colours and widths differ by these; all else is the same, so that not every page is looked at again.
OTHERS = [{"color_scheme": "dark"}, {"color_scheme": "light", "viewport": {"width": 390, "height": 800}}]
TENANT = "accessible"
OVERVIEWS = ["/workflows", "/workflows/market-report", "/usage?first=2026-11-01&last=2026-11-30&by=jobs", "/storage"]


@pytest.fixture(scope="module")
def job(site: Site) -> Job:
    """A job whose pages show every kind of thing."""
    bad = step(2, status="failed", error={"code": "model_refused", "message": "No."}, attempt=2, kept_from="OTHER")
    # Of texts of one character axe says nothing, so the numbers are long.
    usage = {"input_tokens": 1_234, "output_tokens": 5_678, "total_tokens": 6_912, "cost_usd": 0.0123}
    kinds = ("form_submission", "image_generation", "html_generation", "webhook", "final_output")
    steps = [step(0), step(1, output="# Title\n\n[a](https://a.example) `code`\n\n> said"), bad]
    steps += [
        step(3 + place, step_type=kind, output={"a": [1_234, None, "x", True]}, usage_info=usage)
        for place, kind in enumerate(kinds)
    ]
    error = JobError(step_id="outline", code="model_refused", message="No.")
    for status in JobStatus:
        site.job(tenant=TENANT, status=status)
    return site.job(steps, tenant=TENANT, status=JobStatus.FAILED, error=error, deliverable="report.html")


def compared(site: Site, job: Job) -> Job:
    """A rerun of the job, each of whose steps said something else."""
    again = replace(job, id=f"AGAIN{site.sent.total}", origin=Origin(job_id=job.id))
    site.stores.jobs.create(again)
    for each in (job, again):
        site.file(each, "report.html", b"<!doctype html><html lang=en><title>R</title><h1>R</h1>", "text/html")
    records = site.stores.steps.read(job.id)
    site.stores.steps.replace(again.id, [each | {"output": f"# Another title\n\n{each['output']}"} for each in records])
    return again


def faults(page: Page) -> list[str]:
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{each['impact']} {each['id']}: {each['help']} {[node['html'][:120] for node in each['nodes'][:3]]}"
        for each in found
    ]


def seen(page: Page, paths: list[str]) -> dict[str, list[str]]:
    """What is wrong with each of these pages."""
    found = {}
    for path in paths:
        page.goto(path)
        expect(page.locator("h1").first).to_be_visible()
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found[path] = faults(page) + ([f"{wide} px too wide"] if wide > 0 else [])
    return {path: wrong for path, wrong in found.items() if wrong}


def test_no_page_keeps_anybody_out(chromium: Browser, site: Site, job: Job) -> None:
    parts = ("", "/steps/1", "/steps/2", "/steps/4", "/deliverable", "/submission", "/rerun")
    paths = [f"/jobs/{job.id}{part}" for part in parts]
    again = compared(site, job)
    paths += [
        f"/jobs/{again.id}/compare",
        f"/jobs/{job.id}/compare",
        f"/jobs/{again.id}/compare/1?with={job.id}&other=1",
    ]
    paths += ["/jobs", "/jobs?q=zzz", "/new", "/new/market-report", "/nothing", *OVERVIEWS, "/add-workflow"]
    with signed_in(chromium, site, tenant=TENANT, expected=("status of 404", "sandboxed", "target origin")) as page:
        assert seen(page, paths) == {}
        page.goto("/jobs")
        scripted(page)
        page.keyboard.press("?")
        assert faults(page) == []


@pytest.mark.parametrize("options", OTHERS, ids=["dark", "phone"])
def test_nor_does_any_in_the_dark_or_on_a_phone(
    chromium: Browser, site: Site, job: Job, options: dict[str, Any]
) -> None:
    with signed_in(chromium, site, tenant=TENANT, expected=("sandboxed", "target origin"), **options) as page:
        paths = ["/jobs", f"/jobs/{job.id}/steps/1", f"/jobs/{job.id}/steps/2", "/new/market-report", *OVERVIEWS]
        again = compared(site, job)
        paths += [f"/jobs/{again.id}/compare", f"/jobs/{again.id}/compare/1?with={job.id}&other=1"]
        assert seen(page, paths) == {}


def test_signing_in_keeps_nobody_out(chromium: Browser, site: Site) -> None:
    with signed_in(chromium, site) as page:
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in to leadmagnet")).to_be_visible()
        assert faults(page) == []


def test_the_keyboard_alone_reaches_the_content_first(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
