from __future__ import annotations

import io
import re
from datetime import timedelta

from PIL import Image
from playwright.sync_api import Browser, Page, expect
from tests.web.chromium import scripted, signed_in
from tests.web.site import NOW, Site, step

from leadmagnet.domain.execution_step import ExecutionStep
from leadmagnet.domain.job import Job, JobError, JobStatus
from leadmagnet.engine.artifact_url import artifact_url


def open_job(page: Page, job: Job, rest: str = "") -> None:
    page.goto(f"/jobs/{job.id}{rest}")
    scripted(page)


def failed_step(number: int, **changes: object) -> dict[str, object]:
    error = {"code": "model_unavailable", "message": "The vendor is overloaded; it is tried again."}
    return step(number, status="failed", output=None, error=error, **changes)


def test_the_head_says_where_the_job_stands_and_where_its_record_is(page: Page, site: Site) -> None:
    error = JobError(step_id="outline", code="model_refused", message="The model refused <b>this</b>.")
    job = site.job([step(0, output="x" * 400_000)], status=JobStatus.FAILED, error=error)
    open_job(page, job)
    head = page.locator("#head")

    for text in (
        "Failed",
        "1 of 4",
        "3.0 s",
        "391.0 KB",
        "market-report version 1",
    ):
        expect(head).to_contain_text(text)
    expect(head.get_by_role("alert")).to_contain_text("Outline failed model_refused")
    expect(head.get_by_role("alert")).to_contain_text("The model refused <b>this</b>.")
    expect(head).to_contain_text(f"jobs/{job.id}/execution_steps.json")


def test_a_failed_job_leads_to_the_attempt_that_it_failed_at(page: Page, site: Site) -> None:
    failed = [failed_step(number, step_id="outline", attempt=number) for number in (1, 2)]
    error = JobError(step_id="outline", code="model_unavailable", message="Overloaded.")
    job = site.job([step(0), *failed, step(3)], status=JobStatus.FAILED, error=error)
    open_job(page, job)
    page.get_by_role("link", name="See the step").click()

    expect(page).to_have_url(f"{site.url}/jobs/{job.id}/steps/2")
    expect(page.locator("#step")).to_contain_text("attempt 2")


def test_ids_and_keys_are_copied(chromium: Browser, site: Site) -> None:
    job = site.job([step(0, output="x" * 400_000)])
    with signed_in(chromium, site, permissions=["clipboard-read", "clipboard-write"]) as page:
        open_job(page, job)
        page.get_by_label("Copy the S3 key").click()
        expect(page.locator("#said")).to_contain_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == f"jobs/{job.id}/execution_steps.json"
        page.keyboard.press("c")
        expect(page.locator("#said")).to_have_text(f"Copied {job.id}")
        assert page.evaluate("navigator.clipboard.readText()") == job.id
        open_job(page, job, "/steps/0")
        page.get_by_label("Copy the output").click()
        expect(page.locator("#said")).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == "x" * 400_000


def test_the_timeline_shows_parallel_steps_side_by_side_and_zooms(page: Page, site: Site) -> None:
    start = NOW.isoformat()
    job = site.job(
        [
            step(0, timestamp=start),
            step(1, timestamp=start, duration_ms=2_000),
            failed_step(2, timestamp=(NOW + timedelta(seconds=1)).isoformat(), step_id="step-2"),
            step(3, timestamp=(NOW + timedelta(seconds=3)).isoformat(), step_name="Step number 2", attempt=2),
        ]
    )
    open_job(page, job)
    first, second, failed, again = (page.locator(f".axis [data-step='{n}'] rect").bounding_box() for n in range(4))

    assert first
    assert second
    assert failed
    assert again
    assert first["y"] != second["y"]
    assert abs(first["x"] - second["x"]) < 2
    assert round(second["width"] / first["width"], 1) == 2
    assert again["x"] > failed["x"] + failed["width"]
    expect(page.locator(".axis .bar-name.bad")).to_contain_text("Step number 2")
    expect(page.get_by_role("link", name="Step number 2, completed, 1.0 s, attempt 2")).to_be_visible()

    page.locator(".axis [data-step='0']").focus()
    ticks = page.locator(".tick").count()
    page.keyboard.press("+")
    expect(page.locator(".axis")).to_have_class("axis zoom-2")
    page.wait_for_function("before => document.querySelectorAll('.tick').length > before", arg=ticks)
    # The bars are still the same ones.
    expect(page.locator(".axis [data-step='0']")).to_be_focused()
    wider = page.locator(".axis [data-step='0'] rect").bounding_box()
    assert wider
    assert round(wider["width"] / first["width"]) == 2
    page.locator(".axis [data-step='2']").click()
    expect(page.locator("#step")).to_contain_text("The vendor is overloaded; it is tried again.")


def test_a_step_opens_beside_the_list_and_the_browsers_way_back_closes_it(page: Page, site: Site) -> None:
    job = site.job(
        [step(0), step(1, output="# A *heading*\n\nwords", input={"prompt": "Write", "deep": {"a": [1, 2]}})]
    )
    open_job(page, job)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    side = page.locator("#step")

    expect(side.get_by_role("heading", name="A heading")).to_be_visible()
    expect(page).to_have_url(f"{site.url}/jobs/{job.id}/steps/1")
    expect(side.locator("#value-input")).to_contain_text("Write")
    expect(side.locator("#value-usage_info")).to_contain_text("total_tokens")
    deep = side.locator("details", has_text="deep").last
    deep.locator("summary").first.click()

    page.keyboard.press("k")
    expect(side.get_by_role("heading", name="Step number 0")).to_be_visible()
    page.go_back()
    expect(side.get_by_role("heading", name="A heading")).to_be_visible()
    page.keyboard.press("Escape")
    expect(side).to_be_hidden()
    expect(page).to_have_url(f"{site.url}/jobs/{job.id}")


def test_a_value_that_was_cut_says_so_and_can_be_seen_to_its_end(page: Page, site: Site) -> None:
    job = site.job([step(0, output="words " * 30_000 + "THE END", input={"list": list(range(5_000))})])
    open_job(page, job, "/steps/0")
    output = page.locator("#value-output")

    expect(output).to_contain_text("The first 65,536 characters of 180,007.")
    expect(output).not_to_contain_text("THE END")
    output.get_by_role("link", name="Show all").click()
    expect(output.locator("pre")).to_contain_text("THE END")
    expect(output.get_by_text("The first")).to_have_count(0)

    tree = page.locator("#value-input")
    tree.get_by_role("link", name="4,900 more entries").click()
    expect(tree.locator(".at")).to_contain_text("/list from entry 100")
    expect(tree.locator(".leaf").first).to_contain_text("100")
    tree.get_by_role("link", name="Source").click()
    expect(tree.locator("pre")).to_contain_text("4999")
    page.reload()
    expect(page.locator("#value-input pre")).to_contain_text("4999")


def test_html_that_a_model_wrote_is_previewed_in_a_sandbox(chromium: Browser, site: Site) -> None:
    html = "<!doctype html><body><h1>Draft</h1><script>document.body.textContent = 'RAN'</script></body>"
    job = site.job([step(0, output=html)])
    with signed_in(chromium, site, expected=("Blocked script execution",)) as page:
        open_job(page, job, "/steps/0")
        frame = page.frame_locator("#value-output iframe")
        expect(frame.get_by_role("heading", name="Draft")).to_be_visible()
        expect(frame.locator("body")).not_to_contain_text("RAN")
        assert page.locator("#value-output iframe").get_attribute("sandbox") == ""
        page.get_by_role("link", name="Source").first.click()
        expect(page.locator("#value-output pre")).to_contain_text("<h1>Draft</h1>")


def test_a_page_that_a_step_made_is_framed_without_trust(chromium: Browser, site: Site) -> None:
    made = step(0, step_type="html_generation", artifact_id="page.html", output={"url": "page.html", "size_bytes": 9})
    job = site.job([made, step(1, artifact_id="notes.md")])
    html = b"<!doctype html><h1>Made</h1><script>document.title = 'RAN'</script>"
    site.file(job, "page.html", html, "text/html; charset=utf-8")
    with signed_in(chromium, site, expected=("Blocked script execution",)) as page:
        open_job(page, job, "/steps/0")
        made_page = page.get_by_label("The page that it made")
        expect(made_page).to_contain_text("Untrusted AI output")
        expect(made_page.frame_locator("iframe").get_by_role("heading", name="Made")).to_be_visible()
        assert made_page.locator("iframe").get_attribute("sandbox") == ""
        assert made_page.locator("iframe").get_attribute("src") == f"/jobs/{job.id}/files/page.html"
        expect(page.get_by_role("link", name="Open the file that it made")).to_be_visible()
        open_job(page, job, "/steps/1")
        expect(page.locator("#step iframe")).to_have_count(0)


def picture(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(buffer, "PNG")
    return buffer.getvalue()


def test_pictures_are_shown_inline_and_turned_over_at_full_size(page: Page, site: Site) -> None:
    urls = [f"https://canary.example/{n}.png" for n in range(1)]
    job = site.job(job_id=f"PICTURES{site.sent.total}")
    names = ["a.png", "b.png"]
    own = [artifact_url(job.id, name) for name in names]
    site.stores.steps.replace(job.id, [step(0, step_type="image_generation", image_urls=[*own, *urls])])
    for name, colour in zip(names, ("red", "blue"), strict=True):
        site.file(job, name, picture(colour), "image/png")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_job(page, job, "/steps/0")

    shown = page.locator(".pictures img")
    expect(shown).to_have_count(2)
    for image in shown.all():
        expect(image).to_have_js_property("naturalWidth", 60)
    expect(page.get_by_text("0.png: lies elsewhere, not loaded")).to_be_visible()
    assert not any("canary" in url for url in asked)

    shown.first.click()
    expect(page.get_by_text("a.png · 1 of 2")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("b.png · 2 of 2")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("a.png · 1 of 2")).to_be_visible()
    page.get_by_role("button", name="Next picture").click()
    expect(page.get_by_text("b.png · 2 of 2")).to_be_visible()
    page.get_by_role("button", name="Previous picture").click()
    expect(page.get_by_text("a.png · 1 of 2")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#viewer")).to_be_hidden()


def test_a_single_picture_has_no_arrows(page: Page, site: Site) -> None:
    job = site.job(job_id=f"PICTURE{site.sent.total}")
    record = step(0, step_type="image_generation", image_urls=[artifact_url(job.id, "a.png")])
    site.stores.steps.replace(job.id, [record])
    site.file(job, "a.png", picture("red"), "image/png")
    open_job(page, job, "/steps/0")
    page.locator(".pictures img").click()
    expect(page.get_by_text("a.png · 1 of 1")).to_be_visible()
    expect(page.get_by_label("Next picture")).to_be_hidden()
    expect(page.get_by_label("Previous picture")).to_be_hidden()


def test_a_step_says_its_cost_without_tokens_and_no_status_but_its_own(page: Page, site: Site) -> None:
    nothing = step(0, usage_info={"cost_usd": 0.04}, status=None)
    job = site.job([nothing, step(1, status="half_done"), step(2, status="cancelled"), step(3)])
    facts = page.locator(".step-facts")
    open_job(page, job, "/steps/0")
    expect(facts).to_contain_text("$0.0400")
    for place, word in enumerate(("No status", "Half done", "Cancelled", "Completed")):
        open_job(page, job, f"/steps/{place}")
        expect(facts.locator(".status")).to_have_text(word)
    states = [page.locator(f"#row-{place} .state svg").get_attribute("aria-label") for place in range(4)]
    assert states == ["no status", "half_done", "cancelled", "completed"]


def test_a_job_without_steps_has_no_size(page: Page, site: Site) -> None:
    open_job(page, site.job())
    expect(page.locator(".facts > div", has_text="Record").locator("dd")).to_have_text("\u2013")


def test_without_scripts_nothing_offers_to_copy(chromium: Browser, site: Site) -> None:
    job = site.job([step(0, output="x" * 400_000)])
    with signed_in(chromium, site, java_script_enabled=False) as page:
        page.goto(f"/jobs/{job.id}")
        for button in page.locator("[data-copy]").all():
            expect(button).to_be_hidden()


def test_the_deliverable_is_framed_without_trust_at_two_widths_and_opens_alone(chromium: Browser, site: Site) -> None:
    job = site.job([step(0)], deliverable="report.html")
    html = b"<!doctype html><h1>For you</h1><script>parent.document.title='RAN';document.title='RAN'</script>"
    site.file(job, "report.html", html, "text/html; charset=utf-8")
    with signed_in(chromium, site, expected=("Blocked script execution",)) as page:
        open_job(page, job)
        page.keyboard.press("d")
        expect(page.frame_locator(".frame iframe").get_by_role("heading", name="For you")).to_be_visible()
        assert page.locator(".frame iframe").get_attribute("sandbox") == ""
        page.get_by_text("Phone", exact=True).click()
        box = page.locator(".frame iframe").bounding_box()
        assert box
        assert box["width"] == 390
        with page.expect_popup() as opened:
            page.get_by_role("link", name="Full page").click()
        expect(opened.value.get_by_role("note")).to_contain_text("Untrusted AI output")
        expect(opened.value.frame_locator("iframe").get_by_role("heading", name="For you")).to_be_visible()
        assert "RAN" not in (page.title(), opened.value.title())


def test_a_running_job_comes_to_its_end_on_the_page_by_itself(page: Page, site: Site) -> None:
    job = site.job([], status=JobStatus.PENDING)
    open_job(page, job)
    expect(page.get_by_role("heading", name="No steps yet")).to_be_visible()

    for number in range(2):
        record = ExecutionStep.from_record(step(number))
        site.stores.operator.steps.append(job.id, record, owner=None)
    page.clock.fast_forward(2_000)
    expect(page.locator(".rows [data-step]")).to_have_count(2)
    expect(page.locator(".axis [data-step]")).to_have_count(2)
    page.locator(".rows [data-step='1']").focus()

    site.stores.jobs.cancel(tenant=job.tenant, job_id=job.id, at=NOW)
    page.clock.fast_forward(2_000)
    expect(page.locator("#head")).to_contain_text("Cancelled")
    expect(page.locator("#said")).to_have_text("The job is cancelled")
    expect(page.locator(".rows [data-step='1']")).to_be_focused()
    expect(page.get_by_role("link", name="Run again")).to_be_visible()


def test_a_job_is_cancelled_from_its_page(page: Page, site: Site) -> None:
    job = site.job(status=JobStatus.PENDING)
    page.on("dialog", lambda dialog: dialog.accept())
    open_job(page, job)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#head")).to_contain_text("Cancelled")


def test_a_job_is_run_again_from_a_step_with_other_words(page: Page, site: Site) -> None:
    kept = step(1, step_id="outline", step_name="Outline")
    redone = step(2, step_id="cover", step_name="Cover", step_type="image_generation")
    job = site.job([step(0, step_type="form_submission", step_id="form_submission"), kept, redone])
    open_job(page, job, "/steps/2")
    page.get_by_role("link", name="Run again from here").click()
    expect(page.get_by_label("From where")).to_have_value("cover")

    page.get_by_label("Company").fill("Birch & Co")
    page.get_by_label("Instructions of Cover").fill("{% if %}")
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was run.")
    expect(page.get_by_label("Company")).to_have_value("Birch & Co")

    page.get_by_label("Instructions of Cover").fill("Draw {{ submission.company }} in blue.")
    page.get_by_role("button", name="Run again").click()
    expect(page.locator("#head")).to_contain_text(
        f"Runs {job.id} again, from “Cover”, with other instructions for 1 step"
    )
    expect(page.locator(".rows .tag")).to_have_text(["kept"])
    made = site.stores.jobs.get(tenant=job.tenant, job_id=page.url.rpartition("/")[2])
    assert made.submission["company"] == "Birch & Co"
    assert made.instructions == {"cover": "Draw {{ submission.company }} in blue."}


def test_the_timeline_of_a_long_job_shows_all_of_it_and_zooms_into_parts(page: Page, site: Site) -> None:
    steps = [step(number, step_name=f"Part {number}") for number in range(600)]
    steps[333] |= {"status": "failed", "error": {"code": "x", "message": "y"}}
    job = site.job(steps)
    open_job(page, job)
    bars = page.locator(".axis [data-step]")
    expect(bars).to_have_count(120)
    expect(page.locator("#timeline")).to_contain_text("up to 5 steps share a bar")

    bad = page.get_by_label("5 steps from Part 333, 1 failed")
    bad.click()
    expect(page.locator("#step").get_by_role("heading", name="Part 333")).to_be_visible()
    for _ in range(3):
        page.keyboard.press("+")
    expect(bars).to_have_count(600)
    expect(page.locator("#timeline")).not_to_contain_text("share a bar")


def test_a_zoom_that_was_overtaken_by_the_next_is_not_shown(page: Page, site: Site) -> None:
    job = site.job([step(number) for number in range(600)])
    page.route("**/timeline?*zoom=2", lambda _route: None)
    open_job(page, job)
    bars = page.locator(".axis [data-step]")
    expect(bars).to_have_count(120)

    page.keyboard.press("+")
    with page.expect_event("requestfailed", lambda request: "zoom=2" in request.url):
        page.keyboard.press("+")
    expect(bars).to_have_count(300)


def test_without_scripts_a_job_and_its_steps_are_read(chromium: Browser, site: Site) -> None:
    job = site.job([step(number, output="long " * 20_000) for number in range(60)])
    with signed_in(chromium, site, java_script_enabled=False) as page:
        page.goto(f"/jobs/{job.id}")
        expect(page.locator(".rows [data-step]")).to_have_count(20)
        page.get_by_role("link", name="Later steps").last.click()
        page.locator(".rows a").first.click()
        expect(page).to_have_url(re.compile("/steps/20$"))
        expect(page.locator("#step")).to_contain_text("The first 65,536 characters")
        page.get_by_role("link", name="Show all").first.click()
        expect(page.locator("#value-output pre")).to_contain_text("long long")
        page.get_by_role("link", name="4\u00d7").click()
        expect(page.locator(".axis")).to_have_class("axis zoom-4")
