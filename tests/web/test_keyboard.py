"""The newer pages with keys alone: each is reached, and does what it is for, without a pointer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.web.chromium import scripted, signed_in
from tests.web.site import NOW, Site, step

from leadmagnet.domain.job import Job, JobStatus, Origin

TENANT = "keys"
ENDED = "ENDED0000000000000000000"
#: More presses than any page has stops before its purpose.
_MOST_STOPS = 60
#: Whether the element, or what it stands in, is outlined.
_SHOWN = "e => { for (; e; e = e.parentElement) if (getComputedStyle(e).outlineStyle !== 'none') return true; }"


@pytest.fixture
def hands(chromium: Browser, site: Site) -> Iterator[Page]:
    """A page whose pointer nobody touches."""
    with signed_in(chromium, site, tenant=TENANT) as page:
        yield page


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus, and see that it shows."""
    expect(target).to_have_count(1)
    for _ in range(_MOST_STOPS):
        if target.evaluate("element => element === document.activeElement"):
            assert target.evaluate(_SHOWN), "the focus cannot be seen"
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{target} is not reached by {_MOST_STOPS} presses of Tab")


def follow(page: Page, target: Locator) -> None:
    """Reach a link or a button by Tab, and press Enter."""
    tab_to(page, target)
    page.keyboard.press("Enter")


def to_nav(page: Page, name: str, heading: str) -> None:
    follow(page, page.get_by_label("Main").get_by_role("link", name=name, exact=True))
    expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()
    scripted(page)


def test_a_new_job_is_chosen_filled_in_and_submitted(hands: Page, site: Site) -> None:
    hands.keyboard.press("n")
    expect(hands).to_have_url(f"{site.url}/new")
    scripted(hands)
    follow(hands, hands.get_by_role("link", name=re.compile("^Market report")))
    tab_to(hands, hands.get_by_label("Company"))
    hands.keyboard.type("Birch & Co")
    tab_to(hands, hands.get_by_label("Mood"))
    hands.keyboard.press("b")
    tab_to(hands, hands.get_by_label("E-mail"))
    hands.keyboard.type("no address")
    hands.keyboard.press("Enter")
    expect(hands.get_by_role("alert")).to_be_focused()
    tab_to(hands, hands.get_by_role("alert").get_by_role("link", name="E-mail"))
    hands.keyboard.press("Enter")
    expect(hands.get_by_label("E-mail")).to_be_focused()
    hands.keyboard.press("Control+A")
    hands.keyboard.type("ann@birch.example")
    hands.keyboard.press("Enter")

    expect(hands.locator("#head")).to_contain_text("Pending")
    made = site.stores.jobs.get(tenant=TENANT, job_id=hands.url.rpartition("/")[2])
    assert (made.submission["company"], made.submission["mood"]) == ("Birch & Co", "bold")


def test_a_job_is_run_again_from_a_step_with_other_instructions(hands: Page, site: Site) -> None:
    names = ("form_submission", "outline", "cover")
    job = site.job([step(n, step_id=name, step_name=name.title()) for n, name in enumerate(names)], tenant=TENANT)
    hands.goto(f"/jobs/{job.id}")
    scripted(hands)
    hands.keyboard.press("r")
    start = hands.get_by_label("From where")
    tab_to(hands, start)
    hands.keyboard.press("ArrowDown")
    hands.keyboard.press("ArrowDown")
    expect(start).to_have_value("cover")
    follow(hands, hands.locator("summary", has_text="Cover"))
    text = hands.get_by_label("Instructions of Cover")
    tab_to(hands, text)
    hands.keyboard.press("Control+A")
    hands.keyboard.type("Draw it in blue.")
    follow(hands, hands.get_by_role("button", name="Run again"))

    expect(hands.locator("#head")).to_contain_text("from “Cover”, with other instructions for 1 step")


@pytest.fixture
def table(chromium: Browser, site: Site) -> Iterator[Page]:
    """The table of a tenant of its own: a job that waits, and one that ended."""
    site.job(tenant="keyed", status=JobStatus.PENDING)
    site.job([step(0)], tenant="keyed", age=timedelta(minutes=1), job_id=ENDED)
    with signed_in(chromium, site, tenant="keyed") as page:
        yield page
    for job in site.stores.jobs.list(tenant="keyed", limit=9, cursor=None).jobs:
        if not job.status.at_rest:
            site.stores.jobs.cancel(tenant="keyed", job_id=job.id, at=NOW)
        site.stores.jobs.delete(tenant="keyed", job_id=job.id)


def test_what_the_keys_do_to_a_job_they_do_to_the_marked_one_of_the_table(table: Page, site: Site) -> None:
    for key, part in (("r", "rerun"), ("d", "deliverable"), ("m", "compare")):
        table.goto("/jobs")
        scripted(table)
        table.keyboard.press(key)
        expect(table.locator("#said")).to_have_text("Choose a job first, with j or k.")
        table.keyboard.press("j")
        table.keyboard.press("j")
        table.keyboard.press(key)
        expect(table).to_have_url(f"{site.url}/jobs/{ENDED}/{part}")


def test_a_job_that_is_under_way_is_not_run_again_by_a_key(table: Page, site: Site) -> None:
    table.goto("/jobs")
    scripted(table)
    table.keyboard.press("j")
    table.keyboard.press("r")
    expect(table.locator("#said")).to_contain_text("still under way")
    expect(table).to_have_url(f"{site.url}/jobs")


def test_the_filters_are_reached_by_a_key_that_is_listed(table: Page) -> None:
    table.goto("/jobs?status=failed")
    scripted(table)
    table.keyboard.press("f")
    expect(table.get_by_label("Status").get_by_role("link", name="Failed")).to_be_focused()
    table.keyboard.press("f")
    expect(table.locator("select[name=workflow]")).to_be_focused()
    table.keyboard.press("Escape")
    table.keyboard.press("?")
    expect(table.get_by_role("dialog")).to_contain_text("filters")


def test_a_workflow_is_edited_a_mistake_found_and_put_right(hands: Page, site: Site) -> None:
    to_nav(hands, "Workflows", "Workflows")
    follow(hands, hands.get_by_role("link", name="New workflow"))
    text = hands.locator("[data-code]")
    tab_to(hands, text)
    hands.keyboard.press("Control+A")
    hands.keyboard.insert_text("name: by-keys\ntitle: By keys\nsteps:\n  - name: a\n    type: nonsense\n")
    follow(hands, hands.get_by_role("button", name="Store the workflow"))
    alert = hands.get_by_role("alert")
    expect(alert).to_be_visible()
    follow(hands, alert.get_by_role("link").first)
    expect(text).to_be_focused()
    hands.keyboard.press("Control+A")
    hands.keyboard.insert_text(
        "name: by-keys\ntitle: By keys\nsubmission:\n  - name: a\nsteps:\n"
        "  - name: b\n    type: html_generation\n    instructions: <p>{{ submission.a }}</p>\n"
        "  - name: c\n    type: final_output\n"
    )
    follow(hands, hands.get_by_role("button", name="Store the workflow"))
    expect(hands.get_by_role("heading", level=1, name="By keys")).to_be_visible()
    assert site.stores.workflows.get("by-keys").version == 1


def test_the_days_of_usage_are_chosen_and_its_tables_scrolled(hands: Page) -> None:
    to_nav(hands, "Usage", "Usage")
    first = hands.get_by_label("From", exact=True)
    tab_to(hands, first)
    hands.keyboard.type("11012026")
    hands.keyboard.press("Enter")
    expect(first).to_have_value("2026-11-01")
    assert "first=2026-11-01" in hands.url


def test_the_largest_record_is_opened_from_storage(hands: Page, site: Site) -> None:
    job = site.job([step(0, output="x" * 200_000)], tenant=TENANT)
    to_nav(hands, "Storage", "Storage")
    hands.keyboard.press("j")
    expect(hands.get_by_role("link", name="Market report").first).to_be_focused()
    hands.keyboard.press("Enter")
    expect(hands.locator("[data-job-id]")).to_have_text(job.id)


@pytest.fixture
def rerun(site: Site) -> Job:
    """A job that ran another again, whose second step became another."""
    before = site.job([step(0), step(1, output="old words")], tenant=TENANT)
    job = replace(before, id=f"{before.id}-K", origin=Origin(job_id=before.id))
    site.stores.jobs.create(job)
    site.stores.steps.replace(job.id, [step(0), step(1, output="new words")])
    return job


def test_a_changed_step_is_found_and_left_again(hands: Page, rerun: Job) -> None:
    hands.goto(f"/jobs/{rerun.id}")
    scripted(hands)
    hands.keyboard.press("m")
    expect(hands.locator(".pairs")).to_be_visible()
    scripted(hands)
    hands.keyboard.press("j")
    hands.keyboard.press("j")
    hands.keyboard.press("Enter")
    expect(hands.locator("#output ins")).to_have_text("new")
    scripted(hands)
    tab_to(hands, hands.get_by_role("group", name="What changed in: Output"))
    hands.keyboard.press("Escape")
    expect(hands.locator(".pairs")).to_be_visible()
    scripted(hands)
    hands.keyboard.press("Escape")
    expect(hands.locator("#steps")).to_be_visible()
