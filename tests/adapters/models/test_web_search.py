from __future__ import annotations

import pytest
from tests.adapters.models.requests import text_request
from tests.adapters.models.vendors import MODELS
from tests.compatible_server import CompatibleServer, Text

from leadmagnet.adapters.models.registry import ModelRegistry
from leadmagnet.domain.errors import Invalid
from leadmagnet.domain.json_value import JsonObject
from leadmagnet.engine.ports import Source

OPENAI, ANTHROPIC, BEDROCK = MODELS
PAGES = (("https://a.example/one", "One [1]"), ("https://b.example/two>", "Two"), ("https://a.example/one", "Again"))
FOUND = Text("Lakes are warm.", sources=PAGES, input_tokens=1_000, output_tokens=100)


@pytest.mark.parametrize("model", [OPENAI, ANTHROPIC])
def test_the_pages_that_an_answer_cites_come_with_it_once_each_and_stand_at_its_end(
    server: CompatibleServer, models: ModelRegistry, model: str
) -> None:
    server.answer_text(FOUND)
    answer = models.text(model).write(text_request(web_search=True))
    assert answer.sources == (
        Source(url="https://a.example/one", title="One [1]"),
        Source(url="https://b.example/two>", title="Two"),
    )
    assert answer.text == (
        "Lakes are warm.\n\n### Sources\n\n"
        "1. [One \\[1\\]](<https://a.example/one>)\n2. [Two](<https://b.example/two%3E>)"
    )
    assert len(server.requests) == 1


@pytest.mark.parametrize("model", [OPENAI, ANTHROPIC])
def test_a_search_is_asked_for_only_where_the_step_wants_one(
    server: CompatibleServer, models: ModelRegistry, model: str
) -> None:
    models.text(model).write(text_request(web_search=True))
    models.text(model).write(text_request(web_search=False))
    with_search, without = (request.body for request in server.requests)
    (tool,) = with_search["tools"]
    assert tool["type"].startswith("web_search")
    assert not without.get("tools")


def test_each_search_is_in_the_cost(server: CompatibleServer, models: ModelRegistry) -> None:
    server.answer_text(FOUND)
    searched = models.text(ANTHROPIC).write(text_request(web_search=True)).usage
    server.answer_text(Text("x", input_tokens=1_000, output_tokens=100))
    plain = models.text(ANTHROPIC).write(text_request()).usage
    assert searched.cost_usd is not None
    assert plain.cost_usd is not None
    # Anthropic: 10 USD for a thousand searches.
    assert searched.cost_usd - plain.cost_usd == pytest.approx(0.01)


def test_a_vendor_that_searches_nothing_is_refused_before_anything_is_sent(
    server: CompatibleServer, models: ModelRegistry
) -> None:
    with pytest.raises(Invalid, match=r"cannot search the web; .* of these vendors: openai, anthropic"):
        models.text(BEDROCK).write(text_request(web_search=True))
    assert server.requests == []


def test_an_address_that_is_no_web_page_is_no_source(server: CompatibleServer, models: ModelRegistry) -> None:
    server.answer_text(Text("x", sources=(("javascript:alert(1)", "Bad"), ("https://ok.example/", "Good"))))
    answer = models.text(OPENAI).write(text_request(web_search=True))
    assert [source.title for source in answer.sources] == ["Good"]


def test_json_has_sources_but_no_list_of_them_in_it(server: CompatibleServer, models: ModelRegistry) -> None:
    server.answer_text(Text('{"n": 1}', sources=PAGES))
    schema: JsonObject = {"type": "object", "properties": {"n": {"type": "integer"}}}
    answer = models.text(OPENAI).write(text_request(web_search=True, json_schema=schema))
    assert answer.text == '{"n": 1}'
    assert len(answer.sources) == 2
