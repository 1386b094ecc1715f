"""Two jobs side by side: what a rerun changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.web.chromium import scripted, signed_in
from tests.web.site import Site, step
from tests.web.test_job_page import picture

from leadmagnet.domain.job import Job, Origin
from leadmagnet.engine.artifact_url import artifact_url

TENANT = "compared"


def rerun(site: Site, before: Job, steps: Sequence[dict[str, Any]], **changes: Any) -> Job:  # noqa: ANN401
    """A job that ran `before` again, with these steps."""
    job = replace(before, id=f"{before.id}-AGAIN", origin=Origin(job_id=before.id, from_step="cover"), **changes)
    site.stores.jobs.create(job)
    site.stores.steps.replace(job.id, list(steps))
    return job


@pytest.fixture(scope="module")
def jobs(site: Site) -> tuple[Job, Job]:
    """A job, and its rerun: steps kept, changed, retried, new and gone; pictures and deliverables."""
    before = site.job(tenant=TENANT, deliverable="report.html", job_id=f"COMPARED{site.sent.total}")
    again = f"{before.id}-AGAIN"
    prose = "# Title\n\nThe first paragraph is the same.\n\nThe market grows by {} a year.\n"
    asked = {"prompt": "Write", "style": {"b": 1, "a": [1, 2]}}
    made: dict[str, Any] = {"artifact_id": "page.html", "input": None}
    failed: dict[str, Any] = {"input": None, "status": "failed", "output": None, "error": {"code": "x", "message": "y"}}
    old = [
        step(0, step_id="outline", step_name="Outline"),
        step(1, step_id="facts", step_name="Facts", model="gpt-a", output=prose.format("3 %"), input=asked),
        step(2, step_id="cover", step_name="Cover", image_urls=[artifact_url(before.id, "cover.png")]),
        step(3, step_id="retried", step_name="Retried", **failed),
        step(4, step_id="legacy", step_name="Legacy"),
        step(5, step_id="page", step_name="Page", output=artifact_url(before.id, "page.html"), **made),
    ]  # fmt: skip
    cost = {"input_tokens": 1, "output_tokens": 9, "total_tokens": 10, "cost_usd": 0.25}
    new = [
        step(0, step_id="outline", step_name="Outline", kept_from=before.id),
        step(1, step_id="facts", step_name="Facts", model="gpt-b", output=prose.format("4 %"), usage_info=cost,
             input={"style": {"a": [1, 2], "b": 1}, "prompt": "Write"}),
        step(2, step_id="cover", step_name="Cover", image_urls=[artifact_url(again, "cover.png")]),
        step(3, step_id="retried", step_name="Retried", **failed),
        step(4, step_id="retried", step_name="Retried", attempt=2, input=None),
        step(5, step_id="extra", step_name="Extra"),
        step(6, step_id="page", step_name="Page", output=artifact_url(again, "page.html"), **made),
    ]  # fmt: skip
    site.stores.steps.replace(before.id, old)
    submission = {**before.submission, "company": "Birch & Co"}
    after = rerun(site, before, new, submission=submission, cost_usd=0.25, instructions={"cover": "Blue"})
    for job, colour in ((before, "red"), (after, "blue")):
        html = f"<!doctype html><html lang=en><title>R</title><p>Made in {colour}</p></html>"
        site.file(job, "report.html", html.encode(), "text/html; charset=utf-8")
        site.file(job, "page.html", html.encode(), "text/html; charset=utf-8")
        site.file(job, "cover.png", picture(colour), "image/png")
    return before, after


@pytest.fixture
def compared(chromium: Browser, site: Site) -> Any:  # noqa: ANN401 (an iterator of pages)
    with signed_in(chromium, site, tenant=TENANT, expected=("sandboxed",)) as page:
        yield page


def row(page: Page, name: str) -> Any:  # noqa: ANN401 (a locator)
    return page.locator(".pairs li", has=page.locator(".title", has_text=name))


def test_a_rerun_leads_to_what_it_changed_by_a_key(compared: Page, jobs: tuple[Job, Job]) -> None:
    before, after = jobs
    compared.goto(f"/jobs/{after.id}")
    scripted(compared)
    compared.keyboard.press("m")
    expect(compared.get_by_role("heading", level=1)).to_have_text("Market report, before and after")

    totals = compared.get_by_role("group", name="Figures of both")
    expect(totals).to_contain_text(before.id)
    expect(totals.get_by_role("row", name="Cost")).to_contain_text("$0.25+$0.25")
    expect(totals.get_by_role("row", name="Company")).to_contain_text("Alder & CoBirch & Co")
    expect(totals.get_by_role("row", name="Instructions of Cover")).to_contain_text("edited for this job")
    expect(row(compared, "Outline")).to_contain_text("kept")
    expect(row(compared, "Outline")).to_contain_text("taken over")
    expect(row(compared, "Facts").locator(".tag")).to_have_text(["model", "output"])
    expect(row(compared, "Cover").locator(".tag")).to_have_text(["pictures"])
    expect(row(compared, "Retried").locator(".tag")).to_have_text(["status", "output", "error"])
    expect(row(compared, "Retried")).to_contain_text("failed → completed, attempt 2")
    expect(row(compared, "Extra")).to_contain_text("only in this job")
    expect(row(compared, "Legacy")).to_contain_text("only in the other job")
    expect(row(compared, "Page").locator(".tag")).to_have_text(["file"])


def test_the_words_of_a_step_that_changed_are_marked_and_its_figures_told(
    compared: Page, jobs: tuple[Job, Job]
) -> None:
    compared.goto(f"/jobs/{jobs[1].id}/compare")
    row(compared, "Facts").get_by_role("link").click()
    output = compared.locator("#output")

    expect(output.locator("del")).to_have_text(["3"])
    expect(output.locator("ins")).to_have_text(["4"])
    expect(output.locator(".gone")).to_contain_text("The market grows by 3 % a year.")
    expect(compared.locator("#input")).to_contain_text("No difference.")
    figures = compared.get_by_role("group", name="Figures of both")
    expect(figures.get_by_role("row", name="Model")).to_contain_text("gpt-agpt-bchanged")
    expect(figures.get_by_role("row", name="Tokens")).to_contain_text("310+7")
    compared.keyboard.press("Escape")
    expect(compared.locator(".pairs")).to_be_visible()


def test_pictures_files_and_deliverables_stand_side_by_side(compared: Page, jobs: tuple[Job, Job]) -> None:
    compared.goto(f"/jobs/{jobs[1].id}/compare")
    for title, words in (("The job before", "Made in red"), ("Run again", "Made in blue")):
        frame = compared.locator(f'iframe[title="Deliverable: {title}"]')
        assert frame.get_attribute("sandbox") == ""
        frame.scroll_into_view_if_needed()
        expect(frame.content_frame.locator("body")).to_have_text(words)

    row(compared, "Page").get_by_role("link").click()
    expect(compared.locator("#file").locator("ins")).to_have_text(["blue"])
    compared.go_back()
    row(compared, "Cover").get_by_role("link").click()
    shown = compared.locator(".pictures img")
    expect(shown).to_have_count(2)
    for image in shown.all():
        expect(image).to_have_js_property("naturalWidth", 60)
    shown.first.click()
    expect(compared.get_by_text("cover.png, before · 1 of 2")).to_be_visible()


def test_texts_of_a_megabyte_are_cut_and_say_so(site: Site) -> None:
    texts = ["\n".join(f"{word} {number}" for number in range(100_000)) for word in ("line", "row")]
    before = site.job([step(0, output=texts[0])], tenant=TENANT)
    after = rerun(site, before, [step(0, output=texts[1])])
    with site.client(tenant=TENANT) as http:
        sent = site.sent.total
        cut = http.get(f"/jobs/{after.id}/compare/0?with={before.id}&other=0")
        assert site.sent.total - sent < 100_000
        whole = http.get(cut.text.partition('">Show all')[0].rpartition('href="')[2].replace("&amp;", "&"))

    assert "Compared: 65,536 characters of each from there on; the texts have 1,088,889 and 988,889." in cut.text
    assert "Compared: 1,048,576 characters" in whole.text
    assert "Shown: the first 8,000 lines of the comparison. " in whole.text.replace("</span>", " ")
    assert whole.text.count("<tr class=") == 8_000 + whole.text.count('<tr class="differs">')
    assert "Show all" not in whole.text


def test_long_jobs_are_compared_page_by_page_and_partners_are_followed_as_they_move(site: Site) -> None:
    """Each page of this job lies 20 places further behind in the other, soon further than one page looks around."""
    text = "x" * 10_000
    before = site.job([step(number, output=text) for number in range(600)], tenant=TENANT)
    shifted = [step(number, output=text, step_id=f"step-{number - 20 * (number // 50)}") for number in range(600)]
    after = rerun(site, before, shifted)
    missed, path = 0, f"/jobs/{after.id}/compare"
    with site.client(tenant=TENANT) as http:
        for turn in range(6):
            answer = http.get(path)
            assert len(answer.content) < 100_000
            missed += answer.text.count("not found near here")
            assert f"steps {50 * turn} to {50 * turn + 49} of 599" in answer.text
            later = re.search(r'href="([^"]+)">Later steps', answer.text)
            assert later
            path = later[1].replace("&amp;", "&")
    assert missed == 0


def test_any_two_jobs_are_compared_but_never_another_tenants(site: Site, jobs: tuple[Job, Job]) -> None:
    alone, foreign = site.job([step(0)], tenant=TENANT), site.job([step(0)], tenant="other")
    with site.client(tenant=TENANT) as http:
        asked = http.get(f"/jobs/{alone.id}/compare")
        found = http.get(f"/jobs/{alone.id}/compare?with={jobs[0].id}")
        theirs = http.get(f"/jobs/{alone.id}/compare?with={foreign.id}")
        none = http.get(f"/jobs/{alone.id}/compare?with=NONE")
        step_of_theirs = http.get(f"/jobs/{alone.id}/compare/0?with={foreign.id}&other=0")
        no_such_step = http.get(f"/jobs/{alone.id}/compare/0?with={jobs[0].id}&other=99")

    assert "Id of the other job" in asked.text
    assert "two jobs" in found.text
    for answer, named in ((theirs, foreign.id), (none, "NONE")):
        assert f"There is no job {named}; it may have been deleted." in answer.text
    assert (step_of_theirs.status_code, no_such_step.status_code) == (404, 404)


def test_a_job_whose_predecessor_is_gone_or_whose_record_is_lost_still_opens(site: Site) -> None:
    before = site.job([step(0)], tenant=TENANT)
    after = rerun(site, before, [step(0)])
    orphan = replace(after, id=f"{after.id}-2", origin=Origin(job_id="GONE"))
    site.stores.jobs.create(orphan)
    with site.client(tenant=TENANT) as http:
        assert "There is no job GONE" in http.get(f"/jobs/{orphan.id}/compare").text
        assert http.get(f"/jobs/{after.id}/compare?from=99999").status_code == 200
        assert http.get(f"/jobs/{after.id}/compare?from=x&around=-1").status_code == 200
