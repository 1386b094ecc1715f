from __future__ import annotations

import gzip
import re
from importlib.resources import files

import httpx2
import pytest
from tests.conftest import Aws
from tests.web.site import Site, running_site, step

from leadmagnet.domain.job import JobStatus
from leadmagnet.wiring.clients import connect

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; frame-src 'self'"
)


def test_every_kind_of_answer_carries_the_strict_headers(site: Site) -> None:
    job = site.job([step(0)])
    with site.client() as http:
        answers = [http.get(path) for path in ("/jobs", f"/jobs/{job.id}", "/nothing", "/live/jobs", "/sign-in")]
        answers.append(http.get(static(http.get("/jobs"), "base.css")))

    for answer in answers:
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["x-request-id"]


def static(page: httpx2.Response, name: str) -> str:
    found = re.search(rf"/static/\w+/{re.escape(name)}", page.text)
    assert found, name
    return found[0]


def test_no_page_holds_a_script_or_a_style_of_its_own(site: Site) -> None:
    job = site.job([step(0), step(1, status="failed", error={"code": "x", "message": "y"})])
    with site.client() as http:
        pages = [http.get(path).text for path in ("/jobs", f"/jobs/{job.id}/steps/1", "/new/market-report", "/sign-in")]

    for page in pages:
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]*\ssrc=)", page)


def test_styles_and_scripts_are_kept_for_good_under_the_hash_of_their_content(site: Site) -> None:
    with site.client(None) as http:
        path = static(http.get("/sign-in"), "base.css")
        first = http.get(path)
        again = http.get(path, headers={"If-None-Match": first.headers["etag"]})
        other_version = http.get(path.replace(path.split("/")[2], "0" * 12))
        plain = http.get(path, headers={"Accept-Encoding": "identity"})
        missing = http.get(path.replace("base.css", "none.css"))

    assert "immutable" in first.headers["cache-control"]
    assert (again.status_code, again.content) == (304, b"")
    assert other_version.headers["cache-control"] == "no-cache"
    assert first.headers["content-encoding"] == "gzip"
    assert plain.content == first.content
    assert missing.status_code == 404


def test_the_first_page_with_all_that_it_loads_is_below_100_kb(site: Site) -> None:
    for _ in range(50):
        site.job(tenant="full")
    with site.client(tenant="full") as http:
        page = http.get("/jobs")
        names = re.findall(r"/static/\w+/([\w.]+)", page.text)
        scripts = [file.name for file in (files("leadmagnet.web") / "static").iterdir() if file.name.endswith(".js")]
        loaded = [http.get(static(page, names[0]).replace(names[0], name)) for name in {*names, *scripts}]

    assert page.text.count("<tr id=") == 50
    sizes = [int(answer.headers["content-length"]) for answer in loaded]
    assert len(gzip.compress(page.content)) + sum(sizes) < 100_000


def test_a_part_that_did_not_change_is_answered_without_a_body(site: Site) -> None:
    job = site.job(status=JobStatus.PENDING)
    with site.client() as http:
        path = f"/live/jobs/{job.id}/head"
        first = http.get(path)
        same = http.get(path, headers={"If-None-Match": first.headers["etag"]})
        site.stores.operator.jobs.cancel(tenant=job.tenant, job_id=job.id, at=job.created_at)
        changed = http.get(path, headers={"If-None-Match": first.headers["etag"]})

    assert (same.status_code, same.content) == (304, b"")
    assert changed.status_code == 200
    assert "Cancelled" in changed.text


WAYS = [
    ("/jobs/NONE", "There is no such job.", "/jobs", "To the jobs"),
    ("/jobs/{job}/steps/99", "The job has no execution step at this place", "/jobs/{job}", "To the job"),
    ("/workflows/none", "There is no such workflow", "/workflows", "To the workflows"),
    ("/new/none", "There is no such workflow", "/workflows", "To the workflows"),
    ("/nothing", "There is no such page.", "/jobs", "To the jobs"),
]


@pytest.mark.parametrize(("path", "words", "way", "label"), WAYS)
def test_a_page_that_is_not_there_says_so_in_plain_words_and_leads_on(
    site: Site, path: str, words: str, way: str, label: str
) -> None:
    job = site.job([step(0)])
    with site.client() as http:
        answer = http.get(path.format(job=job.id))

    assert answer.status_code == 404
    assert words in answer.text
    assert f'<a class="button" href="{way.format(job=job.id)}">{label}</a>' in answer.text
    assert '<nav aria-label="Main"' in answer.text
    # Not `leadmagnet jobs list`: whoever reads a page has no terminal.
    assert not re.search("leadmagnet [a-z]", answer.text)


@pytest.mark.parametrize(
    "path", ["?status=nonsense", "?cursor=nonsense", "?stored=x&q=%00%ff&workflow=%F0%9F%98%80", "?done=x.y.z&done=1"]
)
def test_an_edited_address_still_shows_the_table(site: Site, path: str) -> None:
    site.job(tenant="edited")
    with site.client(tenant="edited") as http:
        assert http.get(f"/jobs{path}").status_code == 200


def test_files_of_a_job_come_sandboxed_and_pictures_as_they_are(site: Site) -> None:
    job = site.job()
    site.file(job, "report.html", b"<script>alert(1)</script>", "text/html; charset=utf-8")
    site.file(job, "odd.bin", b"MZ", "application/x-msdownload")
    site.file(job, "cover.png", b"\x89PNG", "image/png")
    with site.client() as http:
        report, odd, picture = (
            http.get(f"/jobs/{job.id}/files/{name}") for name in ("report.html", "odd.bin", "cover.png")
        )
        saved = http.get(f"/jobs/{job.id}/files/report.html?download")
        known = http.get(f"/jobs/{job.id}/files/cover.png", headers={"If-None-Match": picture.headers["etag"]})

    assert report.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert "frame-ancestors 'self'" in report.headers["content-security-policy"]
    assert report.headers["content-disposition"].startswith("inline")
    assert odd.headers["content-disposition"].startswith("attachment")
    assert saved.headers["content-disposition"] == "attachment; filename*=UTF-8''report.html"
    assert picture.headers["content-type"] == "image/png"
    assert known.status_code == 304


def test_a_value_is_downloaded_whole_under_a_name_and_type_that_fit(site: Site) -> None:
    long = "# Title\n" + "word " * 50_000
    job = site.job([step(0, output=long, input={"a": [1, 2]})])
    with site.client() as http:
        text = http.get(f"/jobs/{job.id}/steps/0/output")
        asked = http.get(f"/jobs/{job.id}/steps/0/input")
        whole = http.get(f"/jobs/{job.id}/steps/0/step")
        none = http.get(f"/jobs/{job.id}/steps/0/secrets")

    assert text.text == long
    assert text.headers["content-disposition"] == f"attachment; filename*=UTF-8''{job.id}-0-output.md"
    assert asked.json() == {"a": [1, 2]}
    assert whole.json()["output"] == long
    assert none.status_code == 404


def test_records_of_older_systems_and_lost_ones_still_open_a_page(site: Site) -> None:
    odd = site.job([{"anything": [None, {"x": 1}], "timestamp": "yesterday", "duration_ms": "long"}, {}])
    lost = site.job([step(0, output="x" * 500_000)])
    key = f"jobs/{lost.id}/execution_steps.json"
    s3 = connect(site.settings).s3
    for version in s3.list_object_versions(Bucket=site.settings.artifacts_bucket, Prefix=key)["Versions"]:
        s3.delete_object(Bucket=site.settings.artifacts_bucket, Key=key, VersionId=version["VersionId"])
    with site.client() as http:
        assert http.get(f"/jobs/{odd.id}").status_code == 200
        assert http.get(f"/jobs/{odd.id}/steps/0").status_code == 200
        page = http.get(f"/jobs/{lost.id}")

    assert page.status_code == 200
    assert "The record cannot be read" in page.text
    assert key in page.text


def test_a_file_that_fits_no_answer_is_saved_from_s3_and_says_so_where_it_would_be_shown(aws: Aws) -> None:
    with running_site(aws, answer_limit_bytes=50_000) as site, site.client() as http:
        job = site.job([step(0), step(1, output="x" * 50_001)])
        site.file(job, "small.html", b"<p>" + b"x" * 49_997, "text/html")
        site.file(job, "large.html", b"<p>" + b"x" * 49_998, "text/html")
        address = f"/jobs/{job.id}/files/large.html"

        small = http.get(f"/jobs/{job.id}/files/small.html")
        framed = http.get(address, headers={"Sec-Fetch-Dest": "iframe"})
        opened = http.get(address, headers={"Sec-Fetch-Dest": "document"})
        link = http.get(f"{address}?download")
        saved = httpx2.get(link.headers["location"], trust_env=False)

        assert len(small.content) >= 50_000
        assert framed.headers["content-type"].startswith("text/plain")
        assert "Download it instead" in framed.text
        assert 'href="?download"' in opened.text
        assert (link.status_code, link.headers["cache-control"]) == (307, "no-store")
        assert saved.content == b"<p>" + b"x" * 49_998
        assert saved.headers["content-disposition"].startswith("attachment")
        assert http.get(f"/jobs/{job.id}/steps/0/output").status_code == 200
        assert "export the whole job" in http.get(f"/jobs/{job.id}/steps/1/output").text
