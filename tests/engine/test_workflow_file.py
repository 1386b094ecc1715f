from __future__ import annotations

from pathlib import Path

import pytest
from tests.engine.jobs import REPORT, workflow_of

from leadmagnet.domain.errors import InvalidWorkflow, Problem
from leadmagnet.domain.execution_step import StepType
from leadmagnet.domain.workflow import FieldType, Workflow
from leadmagnet.engine.submission import check_submission
from leadmagnet.engine.workflow_file import parse_workflow

SHIPPED = sorted((Path(__file__).parents[2] / "workflows").glob("*.yaml"))

GOOD = """\
name: lead-report
title: Lead report
submission:
  - name: company
    label: Company
    example: Acme
  - name: size
    type: choice
    choices: [small, large]
steps:
  - name: outline
    type: ai_generation
    instructions: An outline for {{ submission.company }}
  - name: text
    type: ai_generation
    depends_on: [outline]
    model: openai:gpt-5-mini
    instructions: |
      The outline is:
      {{ steps.outline.output }}
    options: {words: 300}
  - name: report
    type: html_generation
    instructions: <body>{{ steps.text.output | markdown }}</body>
  - name: deliver
    type: final_output
"""


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(InvalidWorkflow) as caught:
        parse_workflow(text, source_name="lead.yaml")
    assert caught.value.problems
    return caught.value.problems


def only_problem(text: str) -> str:
    (problem,) = problems_of(text)
    return str(problem)


def test_a_good_file_becomes_a_workflow() -> None:
    workflow = parse_workflow(GOOD)

    assert (workflow.name, workflow.title, workflow.version) == ("lead-report", "Lead report", 0)
    assert workflow.source == GOOD
    assert [field.type for field in workflow.fields] == [FieldType.TEXT, FieldType.CHOICE]
    assert workflow.fields[1].label == "Size"
    assert [(step.name, step.order) for step in workflow.steps] == [
        ("outline", 1),
        ("text", 2),
        ("report", 3),
        ("deliver", 4),
    ]
    text = workflow.step("text")
    assert (text.title, text.model, text.options) == ("Text", "openai:gpt-5-mini", {"words": 300})


def test_a_step_without_depends_on_waits_for_all_of_lower_order() -> None:
    workflow = parse_workflow(GOOD)

    assert [step.depends_on for step in workflow.steps] == [
        (),
        ("outline",),
        ("outline", "text"),
        ("outline", "text", "report"),
    ]


def test_steps_of_one_order_do_not_wait_for_each_other() -> None:
    workflow = parse_workflow(REPORT)

    assert [workflow.step(name).depends_on for name in ("cover", "market", "people")] == [(), (), ()]


def test_an_empty_depends_on_waits_for_nothing() -> None:
    assert (
        parse_workflow(GOOD.replace("[outline]", "[]").replace("{{ steps.outline.output }}", "x"))
        .step("text")
        .depends_on
        == ()
    )


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_workflows_that_ship_are_good_and_their_examples_fit(path: Path) -> None:
    workflow: Workflow = parse_workflow(path.read_text(encoding="utf-8"))

    assert workflow.name == path.stem
    examples = {field.name: field.example for field in workflow.fields}
    assert None not in examples.values()
    assert check_submission(workflow, examples) == examples


def test_three_workflows_ship() -> None:
    assert [path.stem for path in SHIPPED] == ["brand-guide", "market-report", "research-dossier"]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = (
        GOOD.replace("[outline]", "[outlin]").replace("title: Lead", "titel: Lead").replace("words: 300", "words: no")
    )

    assert [str(problem) for problem in problems_of(text)] == [
        'line 2, titel: "titel" is not a key here; did you mean "title"?',
        'line 16, steps[1].depends_on: "outlin" is not a step; did you mean "outline"?',
        "line 21, steps[1].options: words must be a whole number from 60 to 5,000",
    ]


def test_the_message_names_the_file_and_every_mistake() -> None:
    with pytest.raises(InvalidWorkflow) as caught:
        parse_workflow(GOOD.replace("[outline]", "[outlin]"), source_name="lead.yaml")

    assert str(caught.value).startswith("lead.yaml has ")
    assert 'line 16, steps[1].depends_on: "outlin" is not a step; did you mean "outline"?' in caught.value.message


def test_a_mistake_has_line_column_and_field() -> None:
    first = problems_of(GOOD.replace("[outline]", "[outlin]"))[0]

    assert (first.line, first.column, first.field) == (16, 17, "steps[1].depends_on")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("name: lead-report\n", "", "line 1, name: is missing"),
        ("name: lead-report", "name: Lead_Report", 'line 1, name: "Lead_Report" is not a name: small letters, digits'),
        ("name: lead-report", "name: [a]", "name: must be text; put it in quotes if it is meant so, not a list"),
        ("name: lead-report", "name: 12", "quotes if it is meant so, not the number 12"),
        ("title: Lead report", "title: x\ntitle: y", 'line 3, title: "title" is there twice'),
        ("    label: Company", "    lable: Company", '"lable" is not a key here; did you mean "label"?'),
        ("    type: choice", "    type: choise", '"choise" is not a type; did you mean "choice"?'),
        ("choices: [small, large]", "choices: []", "submission[1].choices: must list what may be chosen"),
        ("choices: [small, large]", "choices: [small, small]", "choices: must differ from each other"),
        ("    example: Acme", "    choices: [a]", "choices: belong to a field of type choice only"),
        ("    example: Acme", "    type: email\n    example: Acme", '"Acme" is not an e-mail address'),
        ("    example: Acme", "    required: maybe", 'required: must be true or false, not "maybe"'),
        ("  - name: size", "  - name: company", 'submission[1].name: "company" is there twice'),
        ("type: html_generation", "type: html_generaton", 'is not a type; did you mean "html_generation"?'),
        ("type: html_generation", "type: form_submission", "the submission is recorded by itself; take this step out"),
        ("  - name: report", "  - name: outline", '"outline" is there twice'),
        ("options: {words: 300}", "options: [words]", "options: must be a mapping (key: value), not a list"),
        ("options: {words: 300}", "options: {heat: .nan}", '".nan" is not a number that JSON can hold'),
        ("    model:", "    order: 0\n    model:", "order: must be a whole number from 1 to 1000000, not the number 0"),
        ("  - name: deliver\n    type: final_output\n", "", "no step of type final_output"),
        ("steps.outline.output", "steps.outlin.output", '"outlin" is not a step that this one comes after; did'),
        ("submission.company", "submission.compny", '"compny" is not a field of the submission; did you'),
        ("steps.outline.output", "steps.report.output", '"report" is not a step that this one comes after'),
        ("    type: final_output", "    type: final_output\n    options: {from: text}", '"text" is not a step that'),
        ("    type: final_output", "    type: final_output\n    options: {form: report}", 'did you mean "from"?'),
        ("    type: final_output", "    type: final_output\n    depends_on: [outline]", 'for "text", "report" too'),
        ("    type: final_output", "    type: final_output\n    order: 1", "comes last; give it the highest order"),
        ("    instructions: <body>", "    options: {template: reprot.html}\n    titel: <body>", "did you mean"),
        ("    instructions: An outline for {{ submission.company }}\n", "", "needs instructions"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_its_place_and_what_to_do(old: str, new: str, told: str) -> None:
    assert old in GOOD

    assert told in "\n".join(map(str, problems_of(GOOD.replace(old, new, 1))))


def test_a_broken_template_is_told_at_its_own_line() -> None:
    text = GOOD.replace("{{ steps.outline.output }}", "{{ steps.outline.output")

    assert only_problem(text).startswith("line 20, steps[1].instructions: the template cannot be read: ")


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in [1] %}" * 25 + "{% endfor %}" * 25,
        "{% for a in [1] %}" * 100 + "{% endfor %}" * 100,
        "{{ " + "(" * 100 + "1" + ")" * 100 + " }}",
        "{{ 1" + "+1" * 250 + " }}",
        "{% if true %}" * 1_000 + "{% endif %}" * 1_000,
    ],
    ids=["25-loops", "100-loops", "100-brackets", "250-sums", "1000-ifs"],
)
def test_a_template_that_is_nested_without_end_is_told(template: str) -> None:
    text = GOOD.replace("      {{ steps.outline.output }}", f"      {template}")

    assert "line 19, steps[1].instructions: the template is nested too deeply" in only_problem(text)


def test_an_unknown_filter_is_told_before_anything_runs() -> None:
    assert "No filter named 'markdwn'" in only_problem(GOOD.replace("| markdown", "| markdwn"))


def test_a_cycle_is_printed_as_the_way_round() -> None:
    text = workflow_of("""
        - {name: a, type: ai_generation, order: 1, depends_on: [c], instructions: x}
        - {name: b, type: ai_generation, order: 1, depends_on: [a], instructions: x}
        - {name: c, type: ai_generation, order: 1, depends_on: [b], instructions: x}
    """)

    assert "these steps wait for each other: a -> c -> b -> a;" in only_problem(text)


def test_a_step_that_waits_for_itself_is_a_cycle() -> None:
    text = workflow_of("- {name: a, type: ai_generation, order: 1, depends_on: [a], instructions: x}")

    assert "a -> a;" in only_problem(text)


def test_a_cycle_through_the_order_is_found_too() -> None:
    text = workflow_of("""
        - {name: a, type: ai_generation, order: 1, depends_on: [b], instructions: x}
        - {name: b, type: ai_generation, order: 2, instructions: x}
    """)

    assert "a -> b -> a;" in only_problem(text)


def test_nothing_can_wait_for_the_final_output() -> None:
    text = GOOD.replace("[outline]", "[outline, deliver]").replace(
        "final_output", "final_output\n    depends_on: [report]"
    )
    text = text.replace("type: html_generation", "type: html_generation\n    depends_on: [outline]").replace(
        "steps.text.output", "steps.outline.output"
    )

    assert '"deliver" is the final output; nothing can come after it' in only_problem(text)


def test_a_step_of_higher_order_than_the_final_output_is_refused() -> None:
    text = workflow_of("- {name: a, type: ai_generation, order: 95, instructions: x}")

    assert "steps[2].order: the final output comes last; give it the highest order" in only_problem(text)


def test_two_final_outputs_are_refused() -> None:
    text = GOOD + "  - {name: again, type: final_output}\n"

    assert "2 steps of type final_output" in str(problems_of(text)[0])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the text is empty"),
        ("- a\n- b\n", "line 1: must be a mapping"),
        ("name: [a\nsteps: b\n", "line 2: not valid YAML"),
        ("name: a\n\tsteps: b\n", "line 2: not valid YAML"),
        ("name: \x00\n", "not valid YAML"),
        ("name: &a x\ntitle: *a\n", "line 1: references (& and *) are not read here"),
        ("name: !!python/object/apply:os.system [ls]\n", "line 1: types (!name) are not read here"),
        ("name: a\n---\nname: b\n", "line 2: a second document begins here"),
        ("a: " + "[" * 40 + "]" * 40, "more than 16 levels"),
        ("a: " + "[" * 100_000, "more than 16 levels"),
        ("name: " + "x" * 300_000, "larger than 256 KB"),
        ("? [a]\n: b\n", "a key must be text"),
    ],
)
def test_what_is_no_workflow_at_all_is_refused_early(text: str, told: str) -> None:
    assert told in "\n".join(map(str, problems_of(text)))


def test_a_file_of_references_that_grow_is_refused_at_the_first_one() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))

    assert only_problem(bomb).startswith("line 1: references")


def test_more_steps_than_a_job_should_have_are_refused() -> None:
    many = "\n".join(f"- {{name: s{n}, type: ai_generation, order: 1, instructions: x}}" for n in range(200))

    assert "more than 200 steps" in only_problem(workflow_of(many))


def test_the_longest_chain_of_steps_is_read() -> None:
    chain = "\n".join(
        f"- {{name: s{n}, type: ai_generation, order: 1, instructions: x, depends_on: [{before}]}}"
        for n, before in enumerate([*(f"s{after}" for after in range(1, 198)), ""])
    )

    assert len(parse_workflow(workflow_of(chain)).steps) == 200


def test_dates_and_versions_stay_the_text_that_was_written() -> None:
    workflow = parse_workflow(GOOD.replace("example: Acme", "example: 2026-01-31"))

    assert workflow.fields[0].example == "2026-01-31"


def test_only_the_first_fifty_mistakes_are_told() -> None:
    text = GOOD + "".join(f"bad{n}: x\n" for n in range(80))

    assert len(problems_of(text)) == 50


def test_every_step_type_but_the_submission_can_be_written() -> None:
    found = {step.type for step in parse_workflow(REPORT).steps}

    assert found == set(StepType) - {StepType.FORM_SUBMISSION}
