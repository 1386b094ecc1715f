from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.web.chromium import scripted, signed_in
from tests.web.site import WORKFLOW, Site
from tests.web.test_guard import csrf

from leadmagnet.cli.shipped_workflows import shipped_workflows
from leadmagnet.domain.access import Role
from leadmagnet.domain.workflow import Workflow
from leadmagnet.engine.workflow_file import parse_workflow
from leadmagnet.web.workflow_graph import BOX_WIDTH, direct_waits, graph_of

SOURCE = (
    WORKFLOW.replace("    title: Cover\n", "    title: Cover\n    depends_on: []\n")
    .replace("name: market-report", "name: edited")
    .replace("title: Market report", "title: Edited")
)


@pytest.fixture
def workflow(site: Site, request: pytest.FixtureRequest) -> Workflow:
    """A workflow of this test alone."""
    name = request.node.name.replace("_", "-")[:60]
    return site.stores.workflows.put(parse_workflow(SOURCE.replace("name: edited", f"name: {name}")))


@pytest.fixture
def edit(page: Page, workflow: Workflow) -> Page:
    page.goto(f"/workflows/{workflow.name}/edit")
    return page


def test_a_workflow_shows_what_it_asks_for_its_steps_and_its_text(page: Page) -> None:
    page.goto("/workflows")
    page.get_by_role("link", name="Market report", exact=True).click()

    expect(page.get_by_role("heading", name="Market report")).to_be_visible()
    expect(page.get_by_role("row", name="Mood")).to_contain_text("choice: calm, bold")
    steps = page.get_by_role("list", name="Steps").locator(".box-title")
    expect(steps).to_have_text(["Outline", "Cover", "Page", "Report"])
    expect(page.locator(".yaml")).to_contain_text("instructions: Write about {{ submission.company }}.")
    page.locator("#main").get_by_role("link", name="New job").click()
    expect(page.get_by_label("Company")).to_be_visible()


def test_the_title_of_a_card_is_larger_than_what_is_said_of_it(page: Page) -> None:
    page.goto("/workflows")
    size = "each => parseFloat(getComputedStyle(each).fontSize)"
    card = page.locator(".card").first
    assert card.locator("h2 a").evaluate(size) > card.locator("p").first.evaluate(size)


def test_an_edit_becomes_the_next_version_and_the_one_before_stays(edit: Page, site: Site, workflow: Workflow) -> None:
    text = edit.get_by_label("Workflow as YAML")
    expect(text).to_have_value(workflow.source)
    text.fill(workflow.source.replace("title: Outline", "title: A better outline"))
    edit.get_by_role("button", name="Store as version 2").click()

    expect(edit.locator(".head")).to_contain_text("version 2")
    expect(edit.get_by_role("list", name="Steps")).to_contain_text("A better outline")
    edit.get_by_role("link", name="Version 1").click()
    expect(edit.locator(".notice")).to_contain_text("New jobs run version 2.")
    expect(edit.get_by_role("list", name="Steps")).not_to_contain_text("A better outline")
    assert [each.version for each in site.stores.workflows.versions_of(workflow.name)] == [2, 1]


def test_mistakes_are_shown_at_their_lines_and_nothing_is_stored(edit: Page, site: Site, workflow: Workflow) -> None:
    wrong = workflow.source.replace("type: email", "type: emial").replace("width: 64", "width: wide")
    edit.get_by_label("Workflow as YAML").fill(wrong)
    edit.get_by_role("button", name="Store as version 2").click()

    alert = edit.get_by_role("alert")
    expect(alert).to_be_focused()
    expect(alert).to_contain_text("2 mistakes. Nothing was stored.")
    lines = [number for number, line in enumerate(wrong.split("\n"), start=1) if "emial" in line or "wide" in line]
    assert [int(text) for text in edit.locator(".numbers .bad").all_inner_texts()] == lines
    expect(edit.get_by_label("Workflow as YAML")).to_have_value(wrong)
    alert.get_by_role("link", name=f"Line {lines[1]}").click()
    chosen = "t => t.value.slice(t.selectionStart, t.selectionEnd)"
    assert edit.get_by_label("Workflow as YAML").evaluate(chosen) == wrong.split("\n")[lines[1] - 1]
    assert site.stores.workflows.get(workflow.name).version == 1


def test_line_numbers_keep_up_with_what_is_typed(edit: Page) -> None:
    text = edit.get_by_label("Workflow as YAML")
    text.fill("a\nb\nc")
    expect(edit.locator(".numbers li")).to_have_count(3)
    text.press_sequentially("\nd\n")
    expect(edit.locator(".numbers li")).to_have_text(["1", "2", "3", "4", "5"])


def test_two_who_edit_at_once_do_not_overwrite_each_other(site: Site, workflow: Workflow) -> None:
    path = f"/workflows/{workflow.name}/edit"
    with site.client() as http:
        form = {"csrf": csrf(http.get(path).text), "base": "1"}
        first = http.post(path, data=form | {"text": workflow.source + "# one\n"}, headers={"Origin": site.url})
        second = http.post(path, data=form | {"text": workflow.source + "# two\n"}, headers={"Origin": site.url})

    assert (first.status_code, second.status_code) == (303, 422)
    assert "Version 2 was stored since you began." in second.text
    assert "# two" in second.text
    assert site.stores.workflows.get(workflow.name).source.endswith("# one\n")


def test_a_workflow_keeps_its_name_and_a_new_one_takes_no_others(site: Site, workflow: Workflow) -> None:
    other = workflow.source.replace(f"name: {workflow.name}", "name: another-name")
    with site.client() as http:
        token = csrf(http.get("/workflows").text)
        answers = [
            http.post(path, data={"csrf": token, "base": "1", "text": text}, headers={"Origin": site.url})
            for path, text in ((f"/workflows/{workflow.name}/edit", other), ("/add-workflow", workflow.source))
        ]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert "for another name begin a new workflow" in answers[0].text
    assert "give this one another name" in answers[1].text
    assert all('class="bad">1<' in answer.text for answer in answers)


def test_the_text_that_a_new_workflow_begins_with_can_be_stored_and_run(page: Page) -> None:
    page.goto("/workflows")
    page.get_by_role("link", name="New workflow").click()
    page.get_by_role("button", name="Store the workflow").click()
    page.locator("#main").get_by_role("link", name="New job").click()
    page.get_by_label("Company").fill("A")
    page.get_by_role("button", name="Submit the job").click()
    expect(page.locator("#head")).to_contain_text("Pending")


def test_only_administrators_are_offered_to_edit(chromium: Browser, site: Site) -> None:
    with signed_in(chromium, site, role=Role.OPERATOR) as page:
        page.goto("/workflows/market-report")
        expect(page.locator("#main").get_by_role("link", name="New job")).to_be_visible()
        expect(page.get_by_role("link", name="Edit")).to_have_count(0)


def test_a_version_or_a_workflow_that_is_not_there_is_said_to_be_missing(site: Site) -> None:
    with site.client() as http:
        for path in ("/workflows/market-report?version=99", "/workflows/none", "/workflows/" + "x" * 2_000):
            assert http.get(path).status_code == 404


def test_each_step_stands_right_of_what_it_waits_for_with_lines_that_say_something_new() -> None:
    workflow = parse_workflow(SOURCE)
    boxes = {box.step.name: box for box in graph_of(workflow.steps).boxes}

    assert boxes["outline"].x == boxes["cover"].x < boxes["page"].x - BOX_WIDTH < boxes["report"].x - 2 * BOX_WIDTH
    assert boxes["outline"].y != boxes["cover"].y
    assert {name: direct_waits(workflow.steps, box.step) for name, box in boxes.items()} == {
        "outline": (),
        "cover": (),
        "page": ("outline", "cover"),
        "report": ("page",),
    }


def test_where_all_of_many_wait_for_all_of_many_the_lines_meet_between() -> None:
    many = "".join(
        f"  - name: {kind}{n}\n    type: ai_generation\n    order: {order}\n    instructions: x\n"
        for order, kind in ((1, "a"), (2, "b"))
        for n in range(5)
    )
    ends = "  - name: end\n    type: html_generation\n    order: 3\n    instructions: x\n"
    ends += "  - name: last\n    type: final_output\n    order: 4\n"
    workflow = parse_workflow(f"name: wide\nsubmission:\n  - name: a\nsteps:\n{many}{ends}")

    assert len(graph_of(workflow.steps).lines) == 5 + 5 + 5 + 1


@pytest.mark.parametrize("shipped", shipped_workflows(), ids=lambda workflow: workflow.name)
def test_the_titles_of_the_workflows_that_come_along_fit_into_their_boxes(
    page: Page, site: Site, shipped: Workflow
) -> None:
    # Under a name and a title of its own: the other tests look for the first workflow of that title.
    text = shipped.source.replace(f"name: {shipped.name}\n", f"name: shipped-{shipped.name}\n", 1)
    text = text.replace(f"title: {shipped.title}\n", "title: Shipped\n", 1)
    workflow = site.stores.workflows.put(parse_workflow(text))
    page.goto(f"/workflows/{workflow.name}")
    boxes = page.locator(".box")
    expect(boxes).to_have_count(len(workflow.steps))
    beyond = boxes.evaluate_all(
        """boxes => boxes.flatMap((box) => {
            const [outer, text] = [box.querySelector('rect'), box.querySelector('.box-title')];
            const [frame, inner] = [outer.getBoundingClientRect(), text.getBoundingClientRect()];
            const across = inner.left < frame.left || inner.right > frame.right;
            const down = inner.top < frame.top || inner.bottom > frame.bottom;
            return across || down || text.scrollHeight > text.clientHeight ? [text.textContent] : [];
        })"""
    )
    assert beyond == []


def test_a_graph_that_goes_on_says_so_at_its_edge(page: Page, site: Site) -> None:
    chain = "".join(
        f"  - {{name: s{n}, type: html_generation, order: {n}, instructions: <p>x</p>}}\n" for n in range(1, 9)
    )
    end = "  - {name: d, type: final_output, order: 9}\n"
    site.stores.workflows.put(parse_workflow(f"name: chain\nsubmission: [{{name: a}}]\nsteps:\n{chain}{end}"))
    page.goto("/workflows/chain")
    scripted(page)
    expect(page.locator(".graph-frame")).to_have_attribute("data-more", "right")
