from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect
from tests.web.chromium import signed_in
from tests.web.site import TENANT, Site

from leadmagnet.engine.ports import JobPage


def jobs(site: Site, tenant: str) -> JobPage:
    return site.stores.jobs.list(tenant=tenant, limit=50, cursor=None)


def test_a_job_is_submitted_from_a_form_made_of_the_workflows_fields(chromium: Browser, site: Site) -> None:
    with signed_in(chromium, site, tenant="submits") as page:
        page.get_by_role("link", name="Run the first one").click()
        page.get_by_role("link", name=re.compile("^Market report")).click()
        expect(page.get_by_label("Company")).to_have_attribute("placeholder", "Alder & Co")
        expect(page.get_by_label("Goal")).to_have_js_property("tagName", "TEXTAREA")
        expect(page.get_by_label("E-mail")).to_have_attribute("type", "email")
        page.get_by_label("Company").fill("Çelik & Sons <b>")
        page.get_by_label("Mood").select_option("calm")
        page.get_by_label("Goal").fill("one\ntwo")
        page.get_by_label("E-mail").fill("ann@celik.example")
        page.get_by_role("button", name="Submit the job").click()
        expect(page.locator("#head")).to_contain_text("Pending")

    (job,) = jobs(site, "submits").jobs
    stored = site.stores.jobs.get(tenant="submits", job_id=job.id)
    assert stored.submission == {
        "company": "Çelik & Sons <b>",
        "mood": "calm",
        "goal": "one\ntwo",
        "email": "ann@celik.example",
    }


def test_mistakes_are_shown_at_their_fields_and_nothing_typed_is_lost(page: Page) -> None:
    page.goto("/new/market-report")
    page.get_by_label("Goal").fill("Keep me")
    page.get_by_label("E-mail").fill("nobody")
    page.get_by_role("button", name="Submit the job").click()

    expect(page.get_by_role("alert")).to_contain_text("3 fields to look at again. Nothing was submitted.")
    expect(page.get_by_role("alert")).to_be_focused()
    email = page.get_by_label("E-mail")
    expect(email).to_have_value("nobody")
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(email).to_have_accessible_description('"nobody" is not an e-mail address, as in ann@example.com')
    expect(page.get_by_label("Goal")).to_have_value("Keep me")
    page.get_by_role("alert").get_by_role("link", name="E-mail").click()
    expect(page.get_by_label("E-mail")).to_be_in_viewport()


def test_examples_fill_what_is_empty_and_leave_what_was_typed(page: Page) -> None:
    page.goto("/new/market-report")
    page.get_by_label("Company").fill("Mine")
    page.get_by_role("link", name="Fill with examples").click()

    expect(page.get_by_label("Company")).to_have_value("Mine")
    expect(page.get_by_label("Mood")).to_have_value("bold")
    expect(page.get_by_label("Goal")).to_have_value("Forty new customers")
    page.get_by_role("button", name="Submit the job").click()
    expect(page.locator("#head")).to_contain_text("Pending")


def test_the_same_form_sent_twice_makes_one_job_and_with_other_words_another(site: Site) -> None:
    with site.client(tenant="twice") as http:
        page = http.get("/new/market-report?example").text
        fields = {name: page.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("csrf", "key")}
        typed = {"field.company": "A", "field.mood": "calm", "field.email": "a@b.example"}
        sent = [
            http.post("/new/market-report", data=fields | typed | changed, headers={"Origin": site.url})
            for changed in ({}, {}, {"field.company": "B"})
        ]

    first, again, other = (answer.headers["location"] for answer in sent)
    assert first == again != other
    assert len(jobs(site, "twice").jobs) == 2


def test_without_scripts_the_form_is_filled_and_sent(chromium: Browser, site: Site) -> None:
    with signed_in(chromium, site, java_script_enabled=False) as page:
        page.goto("/new/market-report")
        page.get_by_role("link", name="Fill with examples").click()
        expect(page.get_by_label("Mood")).to_have_value("bold")
        page.get_by_role("button", name="Submit the job").click()
        expect(page.locator("#head")).to_contain_text("Pending")
        job_id = page.url.rpartition("/")[2]
    assert site.stores.jobs.get(tenant=TENANT, job_id=job_id).submission["company"] == "Alder & Co"
