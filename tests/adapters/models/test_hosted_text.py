from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import boto3
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from tests.adapters.models.requests import text_request
from tests.compatible_server import CompatibleServer, Failure, Raw, Silence, Text, TextReply

from leadmagnet.adapters.models.registry import ModelRegistry
from leadmagnet.domain.errors import Invalid, ModelFailed
from leadmagnet.domain.json_value import JsonObject

MODELS = ["openai:gpt-4o-mini", "anthropic:claude-haiku-5-5", "bedrock:anthropic.claude-3-5-haiku-20241022-v1:0"]


@pytest.fixture
def server() -> Iterator[CompatibleServer]:
    with CompatibleServer() as running:
        yield running


@pytest.fixture
def clients() -> Iterator[list[BaseClient]]:
    made: list[BaseClient] = []
    yield made
    for client in made:
        client.close()


@pytest.fixture
def models(server: CompatibleServer, clients: list[BaseClient]) -> ModelRegistry:
    return registry(server, clients)


def registry(
    server: CompatibleServer, clients: list[BaseClient], *, timeout_s: float = 20, retries: int = 0
) -> ModelRegistry:
    def bedrock() -> BaseClient:
        clients.append(
            boto3.client(
                "bedrock-runtime",
                endpoint_url=server.origin,
                region_name="us-east-1",
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=Config(retries={"total_max_attempts": 1}),
            )
        )
        return clients[-1]

    return ModelRegistry(
        openai_api_key="key",
        openai_base_url=server.base_url,
        anthropic_api_key="key",
        anthropic_base_url=server.origin,
        bedrock=bedrock,
        timeout_s=timeout_s,
        retries=retries,
    )


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
    ("status", "what_to_do", "later"),
    [
        (400, "correct the step's model or options", False),
        (401, "check the vendor's API key", False),
        (404, "check the model's name", False),
        (429, "wait, or raise the account's limits", True),
        (500, "run the job again", True),
    ],
)
def test_a_vendors_refusal_is_quoted_with_what_to_do(
    server: CompatibleServer, models: ModelRegistry, name: str, status: int, what_to_do: str, later: bool
) -> None:
    server.answer_text(Failure(status, "The vendor says no."))
    with pytest.raises(ModelFailed, match=what_to_do) as failed:
        models.text(name).write(text_request())
    assert "(The vendor says no)" in failed.value.message
    assert failed.value.facts == {"model": name, "status": status, "retry": later}


@pytest.mark.parametrize(
    "reply",
    [Raw(b"{"), Raw(b""), Raw(b"[]"), Raw(b'{"answer": 42}'), Raw(b"<html>Proxy</html>", "text/html")],
    ids=["half JSON", "nothing", "a list", "another shape", "HTML"],
)
def test_an_answer_of_another_shape_is_a_failure_that_may_pass(
    server: CompatibleServer, models: ModelRegistry, reply: TextReply
) -> None:
    server.answer_text(reply)
    with pytest.raises(ModelFailed) as failed:
        models.text("openai:gpt-4o-mini").write(text_request())
    assert failed.value.facts["retry"] is True
    assert "\n" not in failed.value.message


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Text(""), "answered with nothing"),
        (Text("  \n "), "answered with nothing"),
        (Text("", refusal="I will not."), "refused to answer"),
        (Text("", finish_reason="content_filter"), "refused to answer"),
        (Text("Half a sen", finish_reason="length"), "raise the step's option `max_tokens`"),
    ],
)
def test_an_answer_that_cannot_go_into_a_report_fails_and_says_what_it_cost(
    server: CompatibleServer, models: ModelRegistry, reply: Text, message: str
) -> None:
    server.answer_text(reply)
    with pytest.raises(ModelFailed, match=message) as failed:
        models.text("openai:gpt-4o-mini").write(text_request())
    assert failed.value.facts["tokens"] == 46
    assert failed.value.facts["cost_usd"] == pytest.approx(0.0000222)


@pytest.mark.parametrize("name", MODELS[:2])
def test_a_vendor_that_stays_silent_fails_at_the_deadline(
    server: CompatibleServer, clients: list[BaseClient], name: str
) -> None:
    server.answer_text(Silence())
    with pytest.raises(ModelFailed, match="timed out"):
        registry(server, clients, timeout_s=0.2).text(name).write(text_request())


def test_a_passing_fault_is_retried_by_the_vendors_sdk(server: CompatibleServer, clients: list[BaseClient]) -> None:
    server.answer_text(Failure(500, "Once."), Text("Second time lucky."))
    answer = registry(server, clients, retries=1).text("openai:gpt-4o-mini").write(text_request())
    assert answer.text == "Second time lucky."
    assert len(server.requests) == 2


def test_a_vendor_that_nobody_runs_is_a_failure(clients: list[BaseClient]) -> None:
    with CompatibleServer() as gone:
        models = registry(gone, clients)
    with pytest.raises(ModelFailed, match="run the job again"):
        models.text("openai:gpt-4o-mini").write(text_request())


def test_steps_that_run_at_the_same_time_do_not_disturb_each_other(
    server: CompatibleServer, models: ModelRegistry
) -> None:
    model = models.text("openai:gpt-4o-mini")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: model.write(text_request()), range(24)))
    assert len(answers) == len(server.requests) == 24


@pytest.mark.parametrize(
    "options", [{"max_tokens": "many"}, {"max_tokens": 0}, {"temperature": 3}, {"words": 5_001}, {"json_schema": "no"}]
)
def test_an_option_that_cannot_be_used_is_named_before_anything_is_sent(
    server: CompatibleServer, models: ModelRegistry, options: JsonObject
) -> None:
    with pytest.raises(Invalid, match=f"The option '{next(iter(options))}' must be"):
        models.text("openai:gpt-4o-mini").write(replace(text_request(), options=options))
    assert server.requests == []
