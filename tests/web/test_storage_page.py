from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect
from tests.web.chromium import signed_in
from tests.web.site import NOW, Site, step

from leadmagnet.domain.job import Job
from leadmagnet.engine.sweep_run import SweepRun
from leadmagnet.web import storage_page

TENANT = "storage"


@pytest.fixture(scope="module")
def large(site: Site) -> Job:
    """One record in S3 among three small ones."""
    for number in range(3):
        site.job([step(0, output="x" * 4_000 * number)], tenant=TENANT)
    return site.job([step(n, output="x" * 100_000) for n in range(5)], tenant=TENANT, label="Fjordkaffe")


def test_what_is_where_and_what_is_large_is_seen_at_a_glance(chromium: Browser, site: Site, large: Job) -> None:
    with signed_in(chromium, site, tenant=TENANT) as page:
        page.get_by_role("link", name="Storage").click()

        expect(page.locator(".facts")).to_contain_text("3 records")
        expect(page.locator(".facts")).to_contain_text("1 record")
        expect(page.get_by_role("row", name="300 KB to 1 MB")).to_contain_text("1")
        expect(page.get_by_role("row", name="up to 10 KB")).to_contain_text("3")
        biggest = page.get_by_role("group", name="Largest records").get_by_role("row")
        expect(biggest).to_have_count(5)
        expect(biggest.nth(1)).to_contain_text("S3")
        expect(biggest.nth(1)).to_contain_text("Fjordkaffe")
        biggest.nth(1).get_by_role("link").click()
        expect(page.locator("[data-job-id]")).to_have_text(large.id)


def test_the_bytes_are_those_of_the_records(site: Site, large: Job) -> None:
    size = site.stores.steps.summary(large.id).size_bytes
    with site.client(tenant=TENANT) as http:
        assert f"{(size or 0) / 1024:.1f} KB" in http.get("/storage").text


@pytest.mark.usefixtures("large")
def test_a_table_that_is_too_long_is_told_in_parts(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage_page, "_PAGE", 1)
    monkeypatch.setattr(storage_page, "_PAGES", 2)
    seen = []
    with site.client(tenant=TENANT) as http:
        path = "/storage"
        for _ in range(2):
            text = http.get(path).text
            seen.append(text.count("data-row"))
            path = text.rpartition('href="/storage?cursor=')[2].partition('"')[0]
            path = f"/storage?cursor={path}"
        assert "older jobs" in text

    assert seen == [2, 2]


@pytest.mark.usefixtures("large")
def test_the_last_sweep_is_told_and_its_failure_too(chromium: Browser, site: Site) -> None:
    sweep = SweepRun(began_at=NOW, duration_ms=61_000, objects=1_200, young=7, deleted=34, deleted_bytes=3_500_000)
    with signed_in(chromium, site, tenant=TENANT) as page:
        page.goto("/storage")
        told = page.get_by_role("region", name="Last sweep")
        expect(told).to_contain_text("No sweep has left word yet")
        expect(told.locator("pre")).to_have_text("leadmagnet sweep")

        site.stores.sweeps.put(sweep)
        page.reload()
        expect(told.get_by_role("row", name="Looked at")).to_contain_text("1,200 objects")
        expect(told.get_by_role("row", name="Deleted")).to_contain_text("34 objects, 3.3 MB")
        expect(told.get_by_role("row", name="When")).to_contain_text("1 min 01 s long")
        expect(told.get_by_role("row", name="Too young")).to_contain_text("7")

        site.stores.sweeps.put(replace(sweep, failure="AWS refused <b>it</b>."))
        page.reload()
        expect(told.get_by_role("alert")).to_contain_text("AWS refused <b>it</b>.")
        expect(told).to_contain_text("leadmagnet sweep --dry-run")
        expect(told.get_by_role("row", name="Deleted")).to_have_count(0)


def test_no_jobs_no_records_and_an_edited_cursor_begins_again(site: Site) -> None:
    with site.client(tenant="storage-none") as http:
        assert "No records yet" in http.get("/storage").text
        assert http.get("/storage?cursor=edited").status_code == 200
