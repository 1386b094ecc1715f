"""Whatever a model wrote, nobody outside hears of it and none of it runs: on every page and frame that shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page
from tests.web.canary import BARE, Canary, running_canary
from tests.web.chromium import scripted
from tests.web.hostile import ALONE, CONNECTING, MARKDOWN, RAN, SVG, TOGETHER
from tests.web.site import Site, step

from leadmagnet.domain.access import Role
from leadmagnet.domain.job import Job, JobError, JobStatus, Origin
from leadmagnet.engine.workflow_file import parse_workflow
from leadmagnet.web.defused import defused

TENANT = "hostile"
#: What one file holds, by name: many that do not disturb each other, or one.
FILES = {"all that fetch": TOGETHER} | {name: {name: text} for name, text in (ALONE | SVG | CONNECTING).items()}
_PATIENCE_S = 20.0
_TRIES = 3
#: What of a record is one text.
_TEXTS = ("step_id", "step_name", "step_type", "model", "kept_from", "timestamp")
#: What a frame shows that was not allowed to load.
_EMPTY = ("about:", "chrome-error:")


@dataclass
class Watched:
    """A signed-in browser, and what scripts in it did that are not ours."""

    context: BrowserContext
    canary: Canary
    said: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        page = self.context.new_page()
        page.on("console", lambda message: self.said.append(message.text) if message.text == RAN else None)
        page.on("dialog", lambda dialog: self.said.append(dialog.message))
        page.goto(path)
        return page

    def click_into(self, page: Page, origin: str) -> None:
        """Click what each document wants to be clicked, in the page and in its frames of that origin."""
        for frame in (each for each in page.frames if each.url.startswith(origin)):
            for target in frame.locator("#go").all():
                target.click(no_wait_after=True, timeout=5_000)

    def close_pages(self) -> int:
        """How many pages were open."""
        pages = self.context.pages
        for page in pages:
            page.close()
        return len(pages)


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    with running_canary() as running:
        running.documents = {
            key(name): ("image/svg+xml" if name in SVG else "text/html", written(name, running)) for name in FILES
        }
        yield running


@pytest.fixture(scope="module")
def watched(chromium: Browser, site: Site, canary: Canary) -> Iterator[Watched]:
    context = chromium.new_context(base_url=site.url)
    watched = Watched(context=context, canary=canary)
    watched.open(site.ticket(Role.ADMIN, TENANT)).close()
    yield watched
    context.close()


def key(name: str) -> str:
    return name.replace(" ", "-")


def aimed(text: str, canary: Canary) -> str:
    return text.replace("CANARY", canary.url).replace("HOST", canary.url.removeprefix("http://"))


def written(name: str, canary: Canary) -> str:
    """The file's text; each document in it calls an address of its own."""
    parts = [aimed(text, canary).replace("/hit", f"/hit/{key(part)}") for part, text in FILES[name].items()]
    return parts[0] if name in SVG else "<!doctype html><meta charset=utf-8>" + "\n".join(parts)


def hostile_job(site: Site, name: str, text: str) -> Job:
    kind = "image/svg+xml" if name in SVG else "text/html"
    job = site.job([step(0), step(1, output=text, input=text)], tenant=TENANT, deliverable="report")
    site.file(job, "report", text.encode(), kind)
    return job


@pytest.mark.long
@pytest.mark.parametrize("name", FILES)
def test_each_document_does_harm_where_nothing_holds_it_back(chromium: Browser, canary: Canary, name: str) -> None:
    """Else it would prove nothing below."""
    context = chromium.new_context()
    watched, before, left = Watched(context=context, canary=canary), canary.connections, list(FILES[name])
    # A page that loads slowly beside others may lose its focus, or be taken elsewhere, before all have had their turn.
    for _ in range(_TRIES):
        page = watched.open(f"{canary.url}{BARE}{key(name)}")
        with suppress(Error):
            watched.click_into(page, canary.url)
        if name in CONNECTING:
            left = [] if canary.wait_for_connections(before + 1, seconds=_PATIENCE_S) else left
        left = [part for part in left if not canary.wait_for(f"/hit/{key(part)}", seconds=_PATIENCE_S)]
        if not left:
            break
    assert left == []
    context.close()


@pytest.mark.parametrize("name", FILES)
def test_no_document_runs_or_is_heard_of(site: Site, watched: Watched, canary: Canary, name: str) -> None:
    job = hostile_job(site, name, written(name, canary))
    watched.close_pages()
    before = canary.heard()
    for path in ("/steps/1?part=output&as=preview", "/deliverable", "/files/report"):
        page = watched.open(f"/jobs/{job.id}{path}")
        watched.click_into(page, site.url)
        strange = [frame.url for frame in page.frames if frame.url and not frame.url.startswith((site.url, *_EMPTY))]
        assert strange == [], path

    settle(watched)
    assert watched.close_pages() == 4, "a document opened a window"
    assert (watched.said, canary.heard()) == ([], before)


def settle(watched: Watched) -> None:
    """Come back when every page is at rest: what they were going to fetch was on its way before this page was."""
    for page in watched.context.pages:
        page.wait_for_load_state()
    scripted(watched.open("/jobs"))


def test_texts_of_models_and_people_are_shown_as_texts_wherever_they_stand(
    site: Site, watched: Watched, canary: Canary
) -> None:
    every = [aimed(text, canary) for text in (*TOGETHER.values(), *ALONE.values(), *SVG.values(), *MARKDOWN)]
    texts = {f"field{number}": text for number, text in enumerate(every)}
    one = "\n\n".join(aimed(text, canary) for text in MARKDOWN) + f"\n\n<img src='{canary.url}/hit'>"
    steps = [step(0, output=texts, input=one)]
    steps += [step(n, **dict.fromkeys(_TEXTS, text), output=text) for n, text in enumerate(every, start=1)]
    error = {"code": one, "message": one}
    steps[1] |= {"status": "failed", "error": error, "image_urls": [f"{canary.url}/hit", one], "artifact_id": one}
    job = site.job([], tenant="unused", status=JobStatus.FAILED, error=JobError(step_id=one, code=one, message=one))
    job = replace(job, id="HOSTILE", tenant=TENANT, workflow=one, submission=texts, deliverable="a\"b'<img src=x>")
    site.stores.jobs.create(job)
    site.stores.steps.replace(job.id, steps)
    before = canary.heard()

    base = f"/jobs/{job.id}"
    for path in ("/jobs", base, f"{base}/steps/0", f"{base}/steps/1", f"{base}/submission", f"{base}/deliverable"):
        watched.open(path)
    site.stores.jobs.create(replace(job, id="HOSTILE-AGAIN", origin=Origin(job_id=job.id, from_step=one)))
    site.stores.steps.replace("HOSTILE-AGAIN", [each | {"output": f"{each['output']} {one}"} for each in steps[::-1]])
    again = "/jobs/HOSTILE-AGAIN/compare"
    last = len(steps) - 1
    for path in (
        again,
        f"{again}/{last}?with=HOSTILE&other=0",
        f"{again}/{last - 1}?with=HOSTILE&other=1&whole=output",
    ):
        watched.open(path)
    for path in (f"{again}?with={quote(one[:150])}", f"{again}/3?with=HOSTILE&other={quote(one[:99])}"):
        watched.open(path)
    for path in ("/usage", "/storage", f"/jobs?q={quote(one[:150])}", f"/usage?workflow={quote(one[:200])}"):
        watched.open(path)

    settle(watched)
    assert watched.close_pages() == 16
    assert (watched.said, canary.heard()) == ([], before)


@pytest.fixture
def hostile_workflow(site: Site, canary: Canary) -> Iterator[None]:
    """A workflow with hostile words; all tests share the workflows, so that a harmless version follows it."""
    bad = aimed(TOGETHER["image"] + TOGETHER["onerror"] + ALONE["sign-in page"], canary)
    for words in (bad, "Harmless"):
        word = json.dumps(words)
        text = (
            f"name: hostile\ntitle: {word}\ndescription: {word}\n"
            f"submission:\n  - {{name: a, label: {word}, example: {word}}}\n"
            f"  - {{name: b, type: choice, choices: [{word}]}}\n"
            f"steps:\n  - {{name: c, title: {word}, type: html_generation, instructions: {word}}}\n"
            f"  - {{name: d, title: {word}, type: final_output}}\n"
        )
        site.stores.workflows.put(parse_workflow(text))
        if words is bad:
            yield


@pytest.mark.usefixtures("hostile_workflow")
def test_a_workflows_own_words_are_shown_as_words(watched: Watched, canary: Canary) -> None:
    before = canary.heard()
    for path in ("/new", "/new/hostile?example", "/workflows", "/workflows/hostile", "/workflows/hostile/edit"):
        watched.open(path)

    settle(watched)
    assert watched.close_pages() == 6
    assert (watched.said, canary.heard()) == ([], before)


def test_a_files_name_stays_in_its_header(site: Site) -> None:
    job = site.job([step(0)], tenant=TENANT)
    name = "a\"; filename=evil.html; x='é<b>"
    site.file(job, name, b"<h1>x</h1>", "text/html")
    with site.client(tenant=TENANT) as http:
        answer = http.get(f"/jobs/{job.id}/files/{quote(name, safe='')}?download")

    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_file_opened_by_itself_is_labelled_and_framed_and_a_download_is_whole(site: Site) -> None:
    job = site.job([step(0)], tenant=TENANT)
    content = b"<!doctype html><LINK rel=preconnect href=//x><iframe src=x></iframe><p>linked &#60;iframe"
    site.file(job, "a.html", content, "text/html")
    path = f"/jobs/{job.id}/files/a.html"
    with site.client(tenant=TENANT) as http:
        opened = http.get(path, headers={"Sec-Fetch-Dest": "document"})
        framed = http.get(path, headers={"Sec-Fetch-Dest": "iframe"})
        saved = http.get(f"{path}?download", headers={"Sec-Fetch-Dest": "document"})

    assert "Untrusted AI output" in opened.text
    assert f'<iframe sandbox="" src="{path}"' in opened.text
    assert (
        framed.text == "<!doctype html><x-LINK rel=preconnect href=//x><x-iframe src=x></iframe><p>linked &#60;x-iframe"
    )
    assert framed.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert {answer.headers["vary"].split(", ")[1] for answer in (opened, framed)} == {"Sec-Fetch-Dest"}
    assert saved.content == content


def test_no_encoding_hides_a_tag() -> None:
    assert b"<x-iframe" in defused("<iframe src=x>".encode("utf-16"))
    assert defused(b"<h:object/><linkage><a link>") == b"<h:x-object/><linkage><a link>"
