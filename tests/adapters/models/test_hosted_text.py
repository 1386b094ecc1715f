from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from botocore.client import BaseClient
from tests.adapters.models.requests import text_request
from tests.adapters.models.vendors import MODELS, registry
from tests.compatible_server import CompatibleServer, Failure, Text

from leadmagnet.adapters.models.registry import ModelRegistry
from leadmagnet.domain.errors import Invalid, ModelFailed, ModelUnavailable
from leadmagnet.domain.json_value import JsonObject


@pytest.mark.parametrize("name", MODELS)
def test_text_tokens_and_cost_of_each_vendor_are_recorded(
    server: CompatibleServer, models: ModelRegistry, name: str
) -> None:
    server.answer_text(Text("A **short** answer.", input_tokens=1_000, output_tokens=2_000))
    answer = models.text(name).write(text_request())
    assert answer.text == "A **short** answer."
    assert answer.model == name
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (1_000, 2_000)
    assert answer.usage.cost_usd is not None
    assert answer.usage.cost_usd > 0


def test_the_cost_is_the_vendors_list_price(server: CompatibleServer, models: ModelRegistry) -> None:
    server.answer_text(Text("x", input_tokens=1_000_000, output_tokens=1_000_000))
    # gpt-4o-mini: 0.15 USD for a million tokens in, 0.60 for a million out.
    assert models.text("openai:gpt-4o-mini").write(text_request()).usage.cost_usd == pytest.approx(0.75)


def test_a_model_without_a_known_price_has_tokens_but_no_cost(models: ModelRegistry) -> None:
    usage = models.text("openai:our-own-model").write(text_request()).usage
    assert usage.tokens == 46
    assert usage.cost_usd is None


def test_the_model_is_recorded_as_the_one_that_answered(server: CompatibleServer, models: ModelRegistry) -> None:
    server.answer_text(Text("x", model="gpt-4o-mini-2024-07-18"))
    assert models.text("openai:gpt-4o-mini").write(text_request()).model == "openai:gpt-4o-mini-2024-07-18"


@pytest.mark.parametrize("name", MODELS)
def test_instructions_and_title_reach_the_vendor_and_facts_do_not(
    server: CompatibleServer, models: ModelRegistry, name: str
) -> None:
    models.text(name).write(text_request(instructions="Describe the lakes.", title="Our lakes"))
    sent = json.dumps(server.requests[0].body)
    assert "Describe the lakes." in sent
    assert "Our lakes" in sent
    assert "anna@alpenblick.example" not in sent


def test_options_reach_the_vendor(server: CompatibleServer, models: ModelRegistry) -> None:
    models.text("openai:gpt-4o-mini").write(text_request(max_tokens=900, temperature=0.3, top_p=0.9, seed=7, words=120))
    sent = server.requests[0].body
    assert (sent["max_completion_tokens"], sent["temperature"], sent["top_p"], sent["seed"]) == (900, 0.3, 0.9, 7)
    assert sent["messages"][-1]["content"].endswith("Write about 120 words.")


def test_the_key_reaches_the_vendor_and_a_server_without_keys_gets_none_of_ours(server: CompatibleServer) -> None:
    ModelRegistry(openai_api_key="secret", openai_base_url=server.base_url).text("openai:m").write(text_request())
    ModelRegistry(openai_base_url=server.base_url).text("openai:m").write(text_request())
    assert [request.headers["authorization"] for request in server.requests] == ["Bearer secret", "Bearer not-needed"]


def test_a_schema_is_asked_for_and_its_json_returned(server: CompatibleServer, models: ModelRegistry) -> None:
    server.answer_text(Text('{"headline": "Up"}'))
    schema: JsonObject = {"type": "object", "properties": {"headline": {"type": "string"}}, "required": ["headline"]}
    answer = models.text("openai:gpt-4o-mini").write(text_request(json_schema=schema))
    assert json.loads(answer.text) == {"headline": "Up"}
    sent = server.requests[0].body["response_format"]["json_schema"]["schema"]
    assert sent["properties"] == {"headline": {"type": "string"}}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(
    ("status", "what_to_do"),
    [
        (400, "correct the step's model or options"),
        (401, "check the vendor's API key"),
        (404, "check the model's name"),
        (429, "wait, or raise the account's limits"),
        (500, "run the job again"),
    ],
)
def test_a_vendors_refusal_is_quoted_with_what_to_do(
    server: CompatibleServer, models: ModelRegistry, name: str, status: int, what_to_do: str
) -> None:
    server.answer_text(Failure(status, "The vendor says no."))
    with pytest.raises(ModelFailed, match=what_to_do) as failed:
        models.text(name).write(text_request())
    assert "(The vendor says no)" in failed.value.message
    assert failed.value.facts == {"model": name, "status": status}


def test_a_vendor_that_nobody_runs_is_a_failure(clients: list[BaseClient]) -> None:
    with CompatibleServer() as gone:
        models = registry(gone, clients)
    with pytest.raises(ModelUnavailable, match="run the job again"):
        models.text("openai:gpt-4o-mini").write(text_request())


def test_steps_that_run_at_the_same_time_do_not_disturb_each_other(
    server: CompatibleServer, models: ModelRegistry
) -> None:
    model = models.text("openai:gpt-4o-mini")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: model.write(text_request()), range(24)))
    assert len(answers) == len(server.requests) == 24


@pytest.mark.parametrize(
    "options",
    [
        {"max_tokens": "many"},
        {"max_tokens": 0},
        {"temperature": 3},
        {"words": 5_001},
        {"json_schema": "no"},
        {"web_search": 1},
    ],
)
def test_an_option_that_cannot_be_used_is_named_before_anything_is_sent(
    server: CompatibleServer, models: ModelRegistry, options: JsonObject
) -> None:
    with pytest.raises(Invalid, match=f"The option '{next(iter(options))}' must be"):
        models.text("openai:gpt-4o-mini").write(replace(text_request(), options=options))
    assert server.requests == []
