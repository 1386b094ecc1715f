"""Templates of strangers: what they can say, and what they cannot do."""

from __future__ import annotations

import pytest

from leadmagnet.domain.errors import TemplateFailed
from leadmagnet.engine.markdown import markdown_to_html
from leadmagnet.engine.names import Names
from leadmagnet.engine.render import render_html, render_text

NAMES: dict[str, object] = {
    "submission": Names("submission", {"company": "<Acme> {{ 7 * 7 }}", "items": "their own", "phone": None}),
    "steps": Names("steps", {}),
}


def text(template: str) -> str:
    return render_text(template, NAMES, step="intro")


def html(template: str) -> str:
    return render_html(template, NAMES, step="intro")


def failure(template: str) -> str:
    with pytest.raises(TemplateFailed) as caught:
        html(template)
    return caught.value.message


def test_values_are_put_in_as_they_are_and_never_read_as_a_template() -> None:
    assert text("For {{ submission.company }}") == "For <Acme> {{ 7 * 7 }}"


def test_values_are_escaped_in_html() -> None:
    assert html("{{ submission.company }}") == "&lt;Acme&gt; {{ 7 * 7 }}"


@pytest.mark.parametrize(
    "template",
    [
        "{{ submission.company ~ '' }}",
        "{% set x %}{{ submission.company }}{% endset %}{{ x }}",
        "{{ [submission.company] | join(', ') }}",
        "{{ submission.company | replace('A', 'A') }}",
        "{% macro m(v) %}{{ v }}{% endmacro %}{{ m(submission.company) }}",
    ],
)
def test_values_are_escaped_on_every_way_into_html(template: str) -> None:
    assert "&lt;Acme&gt;" in html(template)
    assert "<Acme>" not in html(template)


def test_a_field_may_be_called_like_a_method_of_a_dictionary() -> None:
    assert text("{{ submission.items }}") == "their own"


def test_an_empty_field_is_there_and_prints_nothing() -> None:
    assert text("[{{ submission.phone }}]{% if not submission.phone %} none{% endif %}") == "[] none"


def test_a_missing_name_is_told_with_step_line_and_the_name_that_was_meant() -> None:
    assert failure("one\ntwo {{ submission.compny }}") == (
        'The template of step "intro" failed at line 2: submission has no "compny"; did you mean "company"?'
    )


def test_a_missing_name_far_from_all_others_lists_those_that_are_there() -> None:
    assert failure("{{ submission.zzz }}").endswith('has no "zzz"; it has: company, items, phone.')


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{{ nope }}", '"nope" is not defined'),
        ("{% for x in nope %}{% endfor %}", '"nope" is not defined'),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ 5 | length }}", "TypeError"),
        ("{% if %}", "Expected an expression"),
        ("{% include 'secrets.html' %}", 'there is no template file "secrets.html"'),
        ("{% include '../ports.py' %}", 'there is no template file "../ports.py"'),
        ("{{ 'x' | safe }}", "No filter named 'safe'"),
        ("{% autoescape false %}{{ submission.company }}{% endautoescape %}", "escaping cannot be switched"),
        ("{{ ''.__class__.__mro__ }}", "'__class__'"),
        ("{{ submission._values }}", "'_values'"),
        ("{{ range.__globals__ }}", "'__globals__'"),
        ("{{ cycler.__init__.__globals__ }}", "'__init__'"),
        ("{{ self._TemplateReference__context }}", "unsafe"),
        ("{{ submission | attr('_values') }}", "No filter named 'attr'"),
        ("{{ [].append(1) }}", "'append'"),
    ],
)
def test_what_a_template_must_not_do_fails_with_a_message(template: str, told: str) -> None:
    assert told in failure(template)


@pytest.mark.parametrize(
    "template",
    [
        "{{ 'a' * 10**9 }}",
        "{{ [1] * 10**9 }}",
        "{{ 10**9 * 'a' }}",
        "{{ (10**1000) ** 1000 }}",
        "{% for i in range(10**12) %}{% endfor %}",
        "{{ range(10**7) | list }}",
        "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}",
        "{% set n = namespace(x='ab') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
        "{% set n = namespace(x='ab') %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}",
        "{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}",
        "{% set n = namespace(x=3) %}{% for i in range(60) %}{% set n.x = n.x * n.x %}{% endfor %}",
        "{% set n = namespace(x='a') %}{% for i in range(60) %}{% set n.x %}{{ n.x }}{{ n.x }}{% endset %}{% endfor %}",
        "{% set n = namespace(x='ab') %}{% for i in range(60) %}{% set n.x = n.x | replace('a', n.x) %}{% endfor %}",
        "{% set n = namespace(x='ab') %}{% for i in range(60) %}{% set n.x = [n.x, n.x] | join(n.x) %}{% endfor %}",
        "{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(1) }}",
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
        "{% for i in range(40000) %}" + "x" * 2_000 + "{% endfor %}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{{ '{:1000000000}'.format(1) }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ 'x'.ljust(10**9) }}",
        "{{ 'x' | center(10**9) }}",
        "{{ (5).to_bytes(10**9, 'big') }}",
    ],
)
def test_a_template_that_would_eat_the_machine_is_stopped(template: str) -> None:
    assert failure(template)


def test_loops_over_lists_are_counted_as_well() -> None:
    told = failure("{% set many = range(1000) | list %}{% for a in many %}{% for b in many %}{% endfor %}{% endfor %}")

    assert "takes more than 50,000 turns" in told


def test_a_text_longer_than_any_model_reads_is_stopped() -> None:
    with pytest.raises(TemplateFailed, match="makes more than 400,000 characters"):
        text("{% for i in range(20000) %}a line of thirty characters....{% endfor %}")


def test_a_long_honest_loop_is_no_trouble() -> None:
    assert len(text("{% for i in range(20000) %}x{% endfor %}")) == 20_000


def test_a_loop_knows_its_length_and_last_turn() -> None:
    template = (
        "{% for x in ['a', 'b'] %}{{ x }}{{ loop.index }}/{{ loop.length }}{{ '' if loop.last else ', ' }}{% endfor %}"
    )

    assert text(template) == "a1/2, b2/2"


def test_markdown_becomes_html_and_raw_html_in_it_is_shown_not_obeyed() -> None:
    shown = markdown_to_html("**Bold** <script>alert(1)</script>\n\n<img src=x onerror=alert(1)>")

    assert "<strong>Bold</strong>" in shown
    assert "<script" not in shown
    assert "<img" not in shown
    assert "&lt;script&gt;" in shown


@pytest.mark.parametrize("target", ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x"])
def test_markdown_links_do_not_run_anything(target: str) -> None:
    assert "href" not in markdown_to_html(f"[click]({target})")


def test_markdown_pictures_are_not_fetched() -> None:
    assert "<img" not in markdown_to_html("![x](https://tracker.example/p.png)")


def test_markdown_tables_are_tables() -> None:
    assert "<td>1</td>" in markdown_to_html("| a |\n|---|\n| 1 |\n")


def test_markdown_headings_begin_under_the_headings_of_the_report() -> None:
    shown = markdown_to_html("# One\n\n## Two\n\n###### Six", heading=3)

    assert [shown.count(f"<h{level}>") for level in (1, 2, 3, 4, 6)] == [0, 0, 1, 1, 1]


def test_a_first_heading_that_repeats_the_title_is_dropped() -> None:
    assert markdown_to_html("## The market\n\nText", title="The Market") == "<p>Text</p>\n"


def test_the_markdown_filter_works_in_html_templates() -> None:
    assert html("{{ '*a*' | markdown }}") == "<p><em>a</em></p>\n"
