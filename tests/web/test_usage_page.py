from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect
from tests.web.chromium import signed_in
from tests.web.site import Site

from leadmagnet.domain.job import Job, JobStatus
from leadmagnet.web.usage_chart import chart_of

TENANT = "usage"


@pytest.fixture(scope="module")
def days(site: Site) -> tuple[date, date]:
    """Today and yesterday; five jobs of two workflows were created then, one of them in between was dear."""
    now = datetime.now(UTC)
    made = [("market-report", 0, 100, 0.5), ("market-report", 0, 200, 0.25), ("market-report", 1, 1_000, 4.0)]
    made += [("gone-workflow", 1, 5_000, 1.0), ("gone-workflow", 40, 7, 9.0)]
    for number, (workflow, ago, tokens, cost) in enumerate(made):
        job = site.job(status=JobStatus.PENDING, job_id=f"USAGE{number}", tenant=f"template-{number}")
        at = now - timedelta(days=ago)
        changed = replace(job, id=f"{job.id}X", tenant=TENANT, workflow=workflow, created_at=at, tokens=tokens)
        site.stores.jobs.create(_ended(replace(changed, cost_usd=cost), failed=number == 2))
    return now.date(), (now - timedelta(days=1)).date()


def _ended(job: Job, *, failed: bool) -> Job:
    return replace(job, status=JobStatus.FAILED if failed else JobStatus.COMPLETED, finished_at=job.created_at)


def test_cost_and_tokens_are_told_by_day_and_workflow(chromium: Browser, site: Site, days: tuple[date, date]) -> None:
    with signed_in(chromium, site, tenant=TENANT) as page:
        page.get_by_role("link", name="Usage").click()

        expect(page.locator(".facts")).to_contain_text("$5.75")
        expect(page.locator(".facts")).to_contain_text("6,300")
        by_workflow = page.get_by_role("group", name="By workflow").get_by_role("row")
        expect(by_workflow).to_contain_text(["Workflow", "Market report", "gone-workflow"])
        expect(by_workflow.nth(1)).to_contain_text("$4.75")
        by_day = page.get_by_role("group", name="By day").get_by_role("row")
        expect(by_day.nth(1)).to_contain_text(f"{days[0]:%d %b %Y}")
        expect(by_day.nth(1)).to_contain_text("$0.75")
        assert page.locator(".chart rect").count() == 3
        page.get_by_role("link", name="Tokens").click()
        expect(page.get_by_role("heading", name="Tokens by day")).to_be_visible()


def test_days_and_workflow_are_chosen_and_stand_in_the_address(
    chromium: Browser, site: Site, days: tuple[date, date]
) -> None:
    today, yesterday = days
    with signed_in(chromium, site, tenant=TENANT) as page:
        page.goto("/usage")
        page.get_by_label("From").fill(yesterday.isoformat())
        page.get_by_label("to", exact=True).fill(yesterday.isoformat())
        page.locator("select[name=workflow]").select_option("gone-workflow")
        page.get_by_role("button", name="Show").click()
        expect(page.locator(".facts")).to_contain_text("$1.00")
        assert f"first={yesterday}" in page.url
        page.get_by_role("link", name="90 days").click()
        expect(page.locator(".facts")).to_contain_text("$10.00")
        assert f"last={today}" in page.url


def test_days_without_jobs_and_days_that_cannot_be_told_say_so(site: Site) -> None:
    with site.client(tenant="nobody") as http:
        assert "No jobs in these days" in http.get("/usage").text
        for wrong in ("first=2026-01-01&last=2026-12-31", "first=2026-02-01&last=2026-01-01"):
            assert "up to 92 days at a time" in http.get(f"/usage?{wrong}").text
        for edited in ("first=x", "last=0001-01-01", "last=9999-12-31", "by=nothing", "first=2026-13-01"):
            assert http.get(f"/usage?{edited}").status_code == 200


def test_the_parts_of_a_column_stand_on_each_other_to_the_height_of_their_values() -> None:
    one, two = date(2026, 1, 1), date(2026, 1, 2)
    values = {(one, "a"): 30.0, (one, "b"): 10.0, (two, "a"): 20.0}

    chart = chart_of([one, two], ["a", "b"], values, text=str)

    lower, upper, other = chart.parts
    assert lower.height == pytest.approx(3 * upper.height) == pytest.approx(1.5 * other.height)
    assert lower.y + lower.height == pytest.approx(chart.bottom)
    assert upper.y + upper.height == pytest.approx(lower.y)
    assert other.x > lower.x + lower.width
    assert [(part.colour, part.text) for part in chart.parts][1] == (1, "01 Jan, b: 10.0")
    assert [level.label for level in chart.levels] == ["0.0", "10.0", "20.0", "30.0", "40.0"]


def test_nothing_used_draws_nothing_and_days_without_use_leave_gaps() -> None:
    one, two = date(2026, 1, 1), date(2026, 1, 2)
    assert chart_of([one], ["a"], {(one, "a"): 0.0}, text=str).parts == ()
    assert len(chart_of([one, two], ["a"], {(two, "a"): 1.0}, text=str).parts) == 1
