from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import Browser, Page, expect
from tests.web.chromium import scripted, signed_in
from tests.web.site import NOW, Site, step

from leadmagnet.domain.access import Role
from leadmagnet.domain.job import Job, JobError, JobStatus


def rows(page: Page) -> list[str]:
    return [str(row.get_attribute("data-id")) for row in page.locator("tr[data-id]").all()]


def test_jobs_are_listed_newest_first_with_status_progress_record_and_place(chromium: Browser, site: Site) -> None:
    small = site.job([step(0)], tenant="listed", age=timedelta(hours=1))
    large = site.job([step(0, output="x" * 400_000)], tenant="listed", status=JobStatus.PROCESSING)
    with signed_in(chromium, site, tenant="listed") as page:
        assert rows(page) == [large.id, small.id]
        first, second = page.locator("tr[data-id]").all()
        expect(first).to_contain_text("Processing")
        expect(first).to_contain_text("1/4")
        expect(first).to_contain_text("391.0 KB S3")
        expect(first.locator("time[data-since]")).to_have_text(re.compile(r"\d+ (s|min|h)"))
        expect(second).to_contain_text("DynamoDB")
        expect(second).to_contain_text("3.0 s")

        second.click()
        expect(page).to_have_url(f"{site.url}/jobs/{small.id}")


def test_changes_and_new_jobs_arrive_while_focus_stays_where_it_is(chromium: Browser, site: Site) -> None:
    running = site.job(tenant="live", status=JobStatus.PENDING, age=timedelta(minutes=1))
    with signed_in(chromium, site, tenant="live") as page:
        page.keyboard.press("j")
        focused = page.locator(f"#job-{running.id} [data-open]")
        expect(focused).to_be_focused()
        site.stores.jobs.cancel(tenant="live", job_id=running.id, at=NOW)
        newer = site.job(tenant="live")
        page.clock.fast_forward(4_000)

        expect(page.locator(f"#job-{running.id}")).to_contain_text("Cancelled")
        expect(page.get_by_role("button", name="Show 1 new job")).to_be_visible()
        expect(page.locator("#said")).to_have_text("1 new job")
        expect(focused).to_be_focused()
        assert rows(page) == [running.id]

        page.get_by_role("button", name="Show 1 new job").click()
        expect(page.locator(f"#job-{newer.id}")).to_be_visible()


def top_of(page: Page, job: Job) -> float:
    box = page.locator(f"#job-{job.id}").bounding_box()
    assert box
    return box["y"]


def test_no_row_moves_under_the_pointer_and_new_ones_come_in_without_loading_the_page(
    chromium: Browser, site: Site
) -> None:
    old = site.job(tenant="still", age=timedelta(minutes=1))
    with signed_in(chromium, site, tenant="still") as page:
        page.evaluate("window.loaded = 'once'")
        page.locator(f"#job-{old.id} .state").hover()
        before = top_of(page, old)
        first = site.job(tenant="still")
        page.clock.fast_forward(4_000)
        button = page.get_by_role("button", name="Show 1 new job")
        expect(button).to_be_visible()
        assert top_of(page, old) == before

        button.focus()
        second = site.job(tenant="still", age=-timedelta(minutes=1))
        page.clock.fast_forward(4_000)
        expect(page.locator("[data-newer]")).to_have_text("Show 2 new jobs")
        expect(page.locator("[data-newer]")).to_be_focused()
        assert top_of(page, old) == before

        page.keyboard.press("Enter")
        expect(page.locator(f"#job-{second.id} [data-open]")).to_be_focused()
        assert rows(page) == [second.id, first.id, old.id]
        expect(page.locator("[data-newer]")).to_be_hidden()
        assert page.evaluate("window.loaded") == "once"


def test_a_job_that_leaves_the_filter_stays_in_its_place_until_the_table_is_left(chromium: Browser, site: Site) -> None:
    jobs = [site.job(tenant="leaves", status=JobStatus.PENDING, age=timedelta(minutes=n)) for n in range(3)]
    with signed_in(chromium, site, tenant="leaves") as page:
        page.goto("/jobs?status=pending")
        scripted(page)
        page.locator(f"#job-{jobs[2].id} .state").hover()
        before = top_of(page, jobs[2])
        site.stores.jobs.cancel(tenant="leaves", job_id=jobs[1].id, at=NOW)
        page.clock.fast_forward(4_000)
        expect(page.locator(f"#job-{jobs[1].id}")).to_have_class("gone")
        assert top_of(page, jobs[2]) == before

        page.mouse.move(5, 5)
        page.clock.fast_forward(4_000)
        expect(page.locator(f"#job-{jobs[1].id}")).to_have_count(0)


def test_rows_are_equally_high_and_the_marked_one_keeps_its_badge(chromium: Browser, site: Site) -> None:
    site.job([step(0)], tenant="rows", status=JobStatus.PROCESSING)
    site.job([step(0, output="x" * 400_000)], tenant="rows", age=timedelta(minutes=1))
    empty = site.job(tenant="rows", age=timedelta(minutes=2))
    with signed_in(chromium, site, tenant="rows", viewport={"width": 1000, "height": 800}) as page:
        boxes = [each.bounding_box() for each in page.locator("tr[data-id]").all()]
        heights = [box["height"] for box in boxes if box]
        # The last one has no line below it.
        assert max(heights) - min(heights) <= 1
        expect(page.locator(f"#job-{empty.id} .record")).to_have_text("\u2013")
        page.keyboard.press("j")
        colour = "each => getComputedStyle(each).backgroundColor"
        row = page.locator("tr.here")
        assert row.evaluate(colour) != row.locator(".status").evaluate(colour)
        # So alike that nobody sees the one on the other was the fault.
        expect(row.locator(".status")).to_have_css("background-color", "rgb(255, 255, 255)")


def test_new_jobs_slip_in_by_themselves_while_nobody_uses_the_table(chromium: Browser, site: Site) -> None:
    with signed_in(chromium, site, tenant="calm") as page:
        expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()
        first = site.job(tenant="calm")
        page.clock.fast_forward(4_000)
        expect(page.locator(f"#job-{first.id}")).to_be_visible()
        second = site.job(tenant="calm", age=-timedelta(minutes=1))
        page.clock.fast_forward(4_000)
        expect(page.locator(f"#job-{second.id}")).to_be_visible()
        assert rows(page) == [second.id, first.id]


def test_filters_and_search_are_in_the_address_and_survive_the_way_back(chromium: Browser, site: Site) -> None:
    error = JobError(step_id=None, code="x", message="y")
    failed = site.job(tenant="filters", status=JobStatus.FAILED, error=error)
    site.job([step(0, output="x" * 400_000)], tenant="filters")
    small = site.job([step(0)], tenant="filters")
    with signed_in(chromium, site, tenant="filters") as page:
        page.get_by_role("link", name="Failed").click()
        assert rows(page) == [failed.id]
        expect(page).to_have_url(f"{site.url}/jobs?status=failed")
        page.locator(f"#job-{failed.id}").click()
        page.get_by_role("link", name="Jobs").nth(1).click()
        expect(page).to_have_url(f"{site.url}/jobs?status=failed")

        page.get_by_role("link", name="All", exact=True).click()
        page.get_by_label("Stored in").select_option("inline")
        expect(page).to_have_url(re.compile("stored=inline"))
        page.keyboard.press("/")
        page.keyboard.type(small.id[-9:].lower())
        expect(page.locator("tr[data-id]")).to_have_count(1)
        expect(page).to_have_url(re.compile(f"stored=inline&q={small.id[-9:].lower()}"))
        page.reload()
        assert rows(page) == [small.id]
        page.keyboard.press("/")
        page.keyboard.type("zzz")
        expect(page.get_by_role("heading", name="No job fits")).to_be_visible()


def test_rows_and_heads_say_whom_a_job_is_for_and_search_finds_what_they_show(chromium: Browser, site: Site) -> None:
    plain = site.job(tenant="named")
    labelled = site.job(tenant="named", label="Fjordkaffe <b>Roasters</b>", age=timedelta(minutes=1))
    with signed_in(chromium, site, tenant="named") as page:
        expect(page.locator(f"#job-{labelled.id} .label")).to_have_text("Fjordkaffe <b>Roasters</b>")
        assert page.locator(f"#job-{plain.id} .label").count() == 0
        page.goto("/jobs?q=MARKET+report")
        assert rows(page) == [plain.id, labelled.id]
        page.goto("/jobs?q=fjord")
        assert rows(page) == [labelled.id]
        page.goto(f"/jobs/{labelled.id}")
        heading = page.get_by_role("heading", level=1)
        expect(heading).to_have_text("Market report Fjordkaffe <b>Roasters</b>")


def test_days_are_chosen_by_keyboard_and_without_scripts_and_stay_in_the_address(chromium: Browser, site: Site) -> None:
    old, _, new = (site.job(tenant="days", age=timedelta(days=days)) for days in (3, 1, 0))
    with signed_in(chromium, site, tenant="days") as page:
        page.get_by_label("From").focus()
        page.keyboard.type("11222026")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"from=2026-11-22&to="))
        assert rows(page) == [new.id]
        page.get_by_role("link", name="Completed").click()
        expect(page).to_have_url(f"{site.url}/jobs?status=completed&from=2026-11-22")
        expect(page.get_by_label("From")).to_have_value("2026-11-22")
    phone = {"width": 360, "height": 740}
    with signed_in(chromium, site, tenant="days", java_script_enabled=False, viewport=phone) as page:
        page.get_by_label("to", exact=True).fill("2026-11-19")
        page.get_by_role("button", name="Filter").click()
        assert rows(page) == [old.id]
        assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_what_a_filter_does_not_know_is_said_and_not_silently_dropped(chromium: Browser, site: Site) -> None:
    job = site.job(tenant="unknown")
    with signed_in(chromium, site, tenant="unknown") as page:
        page.goto("/jobs?status=zzz&stored=moon&from=2026-13-01")
        expect(page.locator("p.notice")).to_have_text(
            [
                "There is no status “zzz”; jobs of every status are shown.",
                "There is no place “moon”; records are shown wherever they are stored.",
                "“2026-13-01” is no day as in 2026-03-01; jobs of all days are shown.",
            ]
        )
        assert rows(page) == [job.id]
        page.goto("/jobs?from=2026-11-23&to=2026-11-01")
        expect(page.locator("p.notice")).to_have_text(
            "2026-11-23 is after 2026-11-01; the days between them are shown."
        )
        assert rows(page) == [job.id]


def test_selected_jobs_are_cancelled_and_run_again_together(chromium: Browser, site: Site) -> None:
    pending = [site.job(tenant="bulk", status=JobStatus.PENDING) for _ in range(2)]
    done = site.job(tenant="bulk", age=timedelta(minutes=5))
    with signed_in(chromium, site, tenant="bulk") as page:
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_label("Select all jobs shown").check()
        expect(page.get_by_text("3 jobs selected")).to_be_visible()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("2 jobs. 1 job left alone: they ended already.")).to_be_visible()
        for job in pending:
            expect(page.locator(f"#job-{job.id}")).to_contain_text("Cancelled")

        scripted(page)
        page.keyboard.press("j")
        page.keyboard.press("x")
        page.get_by_label(f"Select Market report {done.id}").check()
        page.get_by_role("button", name="Run again").click()
        expect(page.get_by_text("Run again: 2 jobs.")).to_be_visible()
        expect(page.locator("tr[data-id]")).to_have_count(5)


def test_a_viewer_sees_the_same_table_and_no_buttons(chromium: Browser, site: Site) -> None:
    job = site.job([step(0)], tenant="viewed", status=JobStatus.PENDING)
    with signed_in(chromium, site, tenant="viewed", role=Role.VIEWER) as page:
        expect(page.locator(f"#job-{job.id}")).to_be_visible()
        assert page.locator("input[type=checkbox], [data-bulk], a[href='/new']").count() == 0
        page.goto(f"/jobs/{job.id}")
        expect(page.get_by_role("heading", name="Market report")).to_be_visible()
        assert page.get_by_role("button", name="Cancel").count() == 0


def test_the_page_says_that_the_service_does_not_answer_and_that_it_does_again(chromium: Browser, site: Site) -> None:
    site.job(tenant="lost")
    with signed_in(chromium, site, tenant="lost", expected=("net::ERR",)) as page:
        page.route("**/live/jobs*", lambda route: route.abort())
        page.clock.fast_forward(4_000)
        expect(page.get_by_text("The service does not answer")).to_be_visible()
        expect(page.locator("tr[data-id]")).to_have_count(1)
        page.unroute("**/live/jobs*")
        page.clock.fast_forward(16_000)
        expect(page.locator("[data-live-state]")).to_have_text("live")


def test_without_scripts_jobs_are_read_filtered_turned_over_and_cancelled(chromium: Browser, site: Site) -> None:
    jobs = [site.job(tenant="plain", age=timedelta(minutes=number)) for number in range(51)]
    pending = site.job(tenant="plain", status=JobStatus.PENDING, age=-timedelta(minutes=1))
    with signed_in(chromium, site, tenant="plain", java_script_enabled=False) as page:
        assert rows(page) == [pending.id, *(job.id for job in jobs[:49])]
        page.get_by_role("link", name="Older").click()
        assert rows(page) == [job.id for job in jobs[49:]]
        page.get_by_role("link", name="Newest").click()
        page.locator("[name=q]").fill(jobs[7].id)
        page.get_by_role("button", name="Filter").click()
        assert rows(page) == [jobs[7].id]
        page.goto("/jobs?status=pending")
        page.get_by_label(f"Select Market report {pending.id}").check()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("Cancelled, or asked to stop: 1 job.")).to_be_visible()
        expect(page).to_have_url(re.compile(r"/jobs\?status=pending&done="))


def test_keys_are_listed_by_a_question_mark(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Keyboard")).to_be_hidden()
    page.keyboard.press("n")
    expect(page.get_by_role("heading", name="New job")).to_be_visible()
