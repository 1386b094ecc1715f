from __future__ import annotations

import json
import re

import pytest
from tests.adapters.models.requests import FACTS, text_request

from leadmagnet.adapters.models.offline.text import OfflineText
from leadmagnet.domain.errors import Invalid
from leadmagnet.domain.json_value import JsonObject, JsonValue
from leadmagnet.engine.answer_schema import mismatch
from leadmagnet.engine.markdown import markdown_to_html

NOTE = "*Draft written offline from your submission; no AI model was called.*"


def write(**given: object) -> str:
    return OfflineText().write(text_request(**given)).text  # type: ignore[arg-type]


def words_in(text: str) -> int:
    return sum(any(sign.isalnum() for sign in word) for word in text.split())


def sentences_in(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if line.endswith((".", "?")) and line[0] not in "#|->*"]
    return [sentence for line in lines for sentence in re.split(r"(?<=[.?])\s", line) if sentence]


def test_the_same_request_gives_the_same_text() -> None:
    assert write(words=800) == write(words=800)


@pytest.mark.parametrize(
    "other", [{"title": "Risks"}, {"instructions": "Else."}, {"facts": {**FACTS, "company": "B"}}, {"words": 790}]
)
def test_another_request_gives_another_text(other: dict[str, object]) -> None:
    assert write(**{"words": 800, **other}) != write(words=800)


def test_the_text_says_that_it_is_a_draft() -> None:
    assert write().startswith(f"{NOTE}\n\n")


@pytest.mark.parametrize("words", [60, 80, 100, 250, 600, 1_200, 2_500, 5_000])
def test_the_length_asked_for_is_met_within_a_tenth(words: int) -> None:
    assert words_in(write(words=words)) == pytest.approx(words, rel=0.1)


def test_without_a_length_the_text_has_about_250_words() -> None:
    assert words_in(write()) == pytest.approx(250, rel=0.1)


def test_the_submissions_company_audience_and_goal_are_spoken_of() -> None:
    text = write(words=600)
    assert text.count("Alpenblick Tours") >= 3
    assert "small groups of active retirees" in text
    assert "the goal “Double direct bookings by next summer”" in text


def test_contact_details_stay_out() -> None:
    facts: JsonObject = {**FACTS, "contact": "anna@alpenblick.example", "phone": "+43 555 0101"}
    text = write(words=5_000, facts=facts)
    assert "anna@" not in text
    assert "0101" not in text


def test_headings_that_the_instructions_list_become_the_headings() -> None:
    instructions = "Write a chapter.\n- Market size\n- **Who buys**: and why\n2. Rivals\n- Use plain words, please\n"
    headings = re.findall(r"^## (.+)$", write(words=900, instructions=instructions), re.MULTILINE)
    assert headings[:3] == ["Market size", "Who buys", "Rivals"]
    assert not any("plain words" in heading for heading in headings)


def test_as_many_headings_as_the_instructions_ask_for_are_written_the_last_one_as_they_say() -> None:
    instructions = 'Markdown with two or three ## headings, one list, and end with "What this means for Alpenblick".'
    headings = re.findall(r"^## (.+)$", write(words=900, instructions=instructions), re.MULTILINE)
    assert len(headings) == 3
    assert headings[-1] == "What this means for Alpenblick"


def test_headings_of_an_earlier_draft_in_the_instructions_are_not_taken_over() -> None:
    earlier = write(words=900, instructions="- Market size\n- Who buys")
    instructions = f"This chapter is ready:\n\n{earlier}\n\nWrite the next one.\n- First move\n- Second move\n"
    headings = re.findall(r"^## (.+)$", write(words=900, instructions=instructions), re.MULTILINE)
    assert headings[:2] == ["First move", "Second move"]
    assert "Market size" not in headings


def test_subjects_named_in_the_title_come_first() -> None:
    first = next(line for line in write(title="Pricing", words=900).splitlines() if line.startswith("## "))
    assert first in ("## Price and value", "## What it is worth", "## Money, plainly")


def test_a_long_text_has_headings_lists_and_a_table_that_render() -> None:
    html = str(markdown_to_html(write(words=1_500)))
    assert html.count("<h3>") >= 6
    assert "<ul>" in html
    assert "<table>" in html
    assert html.count("<p>") >= 12


def test_no_sentence_of_a_long_text_comes_twice() -> None:
    sentences = sentences_in(write(words=3_000))
    assert len(sentences) > 80
    assert len(set(sentences)) == len(sentences)


def test_chapters_of_one_job_have_little_in_common() -> None:
    one = set(sentences_in(write(title="Competition", words=600)))
    other = set(sentences_in(write(title="Visual identity", words=600)))
    assert len(one & other) < len(one) / 3


def test_what_a_fact_holds_is_text_and_no_template() -> None:
    text = write(words=400, facts={"company": "{audience} [a|b] {company}"})
    assert "{audience} [a|b] {company}" in text


def test_a_fact_cannot_break_out_of_its_line_or_its_cell() -> None:
    facts: JsonObject = {"company": "A\n\n# Heading\r\n| x |", "industry": "b | c", "notes": "x\u202ey\x00z"}
    # Not every draft has the table of answers; among twelve there is one.
    text = "".join(write(words=900, facts=facts, title=f"Part {number}") for number in range(12))
    assert "\n# Heading" not in text
    assert "| Industry | b \\| c |" in text
    assert "\u202e" not in text
    assert "\x00" not in text


def nested(depth: int) -> JsonValue:
    value: JsonValue = "end"
    for _ in range(depth):
        value = {"in": [value]}
    return value


HOSTILE: list[dict[str, JsonValue]] = [
    {},
    {"": ""},
    {"company": "   "},
    {"company": None, "goal": True},
    {"company": "x" * 1_000_000},
    {"goal": "word " * 200_000},
    {f"field {place}": "value " * 40 for place in range(3_000)},
    {"company": ["a", "b"], "industry": {"x": {"y": {"z": 1}}}},
    {"deep": nested(400)},
    {"n": 10**5_000, "f": float("nan"), "g": float("inf")},
    {"company": "\ud800\udfff", "audience": "\u202e\u2066"},
    {"company": "株式会社みらい", "industry": "観光", "goal": "予約を増やす"},
    {"company": "شركة المستقبل", "audience": "العملاء"},
    {"company": "<script>alert(1)</script>", "audience": "'; DROP TABLE jobs; --"},
]


@pytest.mark.parametrize("facts", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("words", [60, 1_500])
def test_any_submission_gives_a_text_of_that_length_that_can_be_stored(facts: JsonObject, words: int) -> None:
    text = write(facts=facts, words=words, title="\n# x \ud800" * 20, instructions="- a\n" * 5_000)
    text.encode("utf-8")
    assert words / 2 < words_in(text) < words * 1.5
    assert len(text) < 40 * words + 2_000


@pytest.mark.parametrize("words", [59, 5_001, "many", True, 2.5])
def test_a_length_that_cannot_be_met_is_refused(words: JsonValue) -> None:
    with pytest.raises(Invalid, match="'words' must be a whole number from 60 to 5,000"):
        write(words=words)


def test_tokens_are_estimated_and_nothing_is_charged() -> None:
    answer = OfflineText().write(text_request(instructions="x" * 400))
    assert answer.model == "offline"
    assert answer.usage.input_tokens == 100
    assert answer.usage.output_tokens == pytest.approx(len(answer.text) / 4, abs=1)
    assert answer.usage.cost_usd == 0.0


def answer(schema: JsonObject, **given: object) -> JsonValue:
    read: JsonValue = json.loads(write(json_schema=schema, **given))
    return read


def test_a_schema_is_answered_with_json_that_satisfies_it() -> None:
    schema: JsonObject = {
        "type": "object",
        "required": ["company", "extra"],
        "properties": {
            "company": {"type": "string"},
            "headline": {"type": "string", "maxLength": 30},
            "score": {"type": "integer", "minimum": 3, "maximum": 9},
            "share": {"type": "number", "maximum": 0.5},
            "tags": {"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 4},
            "ok": {"type": "boolean"},
            "kind": {"const": "report"},
            "maybe": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "also": {"type": ["null", "string"]},
        },
    }
    read = answer(schema)
    assert isinstance(read, dict)
    assert read["company"] == "Alpenblick Tours"
    assert isinstance(read["extra"], str)
    assert 0 < len(read["headline"]) <= 30
    assert 3 <= read["score"] <= 9
    assert read["share"] <= 0.5
    assert len(read["tags"]) >= 4
    assert set(read["tags"]) <= {"a", "b"}
    assert isinstance(read["ok"], bool)
    assert read["kind"] == "report"
    assert isinstance(read["maybe"], int)
    assert isinstance(read["also"], str)


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "integer", "exclusiveMinimum": 2.5, "maximum": 4},
        {"type": "integer", "minimum": 1.5},
        {"type": "integer", "multipleOf": 7, "minimum": 8},
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        {"type": "number", "exclusiveMaximum": -3},
        {"type": "array", "items": {"enum": ["a", "b", "c"]}, "uniqueItems": True, "minItems": 3},
        {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "boolean"}], "minItems": 2},
        {"type": "array", "items": {"type": "string"}, "maxItems": 1},
        {"type": "string", "minLength": 400},
        {"properties": {"tree": {"$ref": "#/$defs/tree"}}, "$defs": {"tree": {"properties": {"in": {"$ref": "#"}}}}},
    ],
)
def test_what_is_answered_satisfies_the_schema(schema: JsonObject) -> None:
    assert mismatch(answer(schema), schema) is None
    assert answer(schema) == answer(schema)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"child": {"$ref": "#"}}, "required": ["child"]},
        {"$ref": "#/$defs/loop", "$defs": {"loop": {"$ref": "#/$defs/loop"}}},
        {"$ref": "#/nowhere"},
        {"anyOf": []},
        {"enum": []},
        {"type": "unknown"},
        {"type": "array", "items": {"type": "string"}, "minItems": 10**9},
        {"type": "string", "minLength": 10**9},
        {"properties": 3, "required": 4},
        {"type": "object", "minProperties": 3},
        {"type": "integer", "not": {"minimum": 0}},
        {"type": "string", "pattern": "^[A-Z]+$"},
    ],
)
def test_a_schema_that_asks_for_more_than_it_can_or_is_none_is_refused(schema: JsonObject) -> None:
    with pytest.raises(Invalid, match=r"The offline model cannot fill in this json_schema \(.+\); simplify it"):
        answer(schema)


def test_a_schema_that_is_no_object_is_refused() -> None:
    with pytest.raises(Invalid, match="'json_schema' must be a JSON Schema"):
        write(json_schema=["x"])


def test_it_says_that_it_cannot_search_the_web_and_who_can() -> None:
    with pytest.raises(Invalid, match=r"'offline' cannot search the web; .* of these vendors: openai, anthropic"):
        write(web_search=True)
    assert write(web_search=False) == write(web_search=False)
