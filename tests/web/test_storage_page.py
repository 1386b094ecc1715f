from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect
from tests.web.chromium import signed_in
from tests.web.site import Site, step

from leadmagnet.domain.job import Job
from leadmagnet.web import storage_page

TENANT = "storage"


@pytest.fixture(scope="module")
def large(site: Site) -> Job:
    """One record in S3 among three small ones."""
    for number in range(3):
        site.job([step(0, output="x" * 4_000 * number)], tenant=TENANT)
    return site.job([step(n, output="x" * 100_000) for n in range(5)], tenant=TENANT)


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


def test_no_jobs_no_records_and_an_edited_cursor_begins_again(site: Site) -> None:
    with site.client(tenant="storage-none") as http:
        assert "No records yet" in http.get("/storage").text
        assert http.get("/storage?cursor=edited").status_code == 200
