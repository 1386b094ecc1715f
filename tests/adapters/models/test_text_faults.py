"""Every way in which a vendor can fail a text request: the kind of error, what it cost, and one request each."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from botocore.client import BaseClient
from tests.adapters.models.requests import text_request
from tests.adapters.models.vendors import MODELS, STREAMED, registry
from tests.compatible_server import CompatibleServer, Drip, Failure, Raw, Reset, Silence, Text, TextReply
from tests.compatible_wire import bedrock_stream

from leadmagnet.adapters.models import http_client
from leadmagnet.adapters.models.registry import ModelRegistry
from leadmagnet.domain.errors import ModelAnswerUnusable, ModelFailed, ModelRefused, ModelUnavailable
from leadmagnet.domain.execution_step import Usage
from leadmagnet.domain.json_value import JsonObject

OPENAI, ANTHROPIC, BEDROCK = MODELS
HOSTS = (OPENAI, ANTHROPIC)
SCHEMA: JsonObject = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    reply: TextReply
    kind: type[ModelFailed]
    #: What the message says.
    says: str
    #: Tokens that were billed.
    tokens: int = 0
    retry_after_s: float | None = None
    models: tuple[str, ...] = MODELS


BILLED = 12 + 34
CASES = {
    "bad request": Case(reply=Failure(400, "No."), kind=ModelFailed, says="model or options"),
    "bad key": Case(reply=Failure(401, "No."), kind=ModelFailed, says="API key"),
    "no access": Case(reply=Failure(403, "No."), kind=ModelFailed, says="may use the model"),
    "no such model": Case(reply=Failure(404, "No."), kind=ModelFailed, says="model's name"),
    "too large": Case(reply=Failure(413, "No."), kind=ModelFailed, says="shorten the step's instructions"),
    "prompt too long": Case(
        reply=Failure(400, "The prompt is too long: 300000 tokens."), kind=ModelFailed, says="shorten the step's"
    ),
    "request timeout": Case(reply=Failure(408, "Slow."), kind=ModelUnavailable, says="run the job again"),
    "conflict": Case(reply=Failure(409, "Busy."), kind=ModelUnavailable, says="run the job again"),
    "rate limit": Case(reply=Failure(429, "Slow down."), kind=ModelUnavailable, says="Slow down"),
    "rate limit with a wait": Case(
        reply=Failure(429, "Slow down.", {"retry-after": "17"}),
        kind=ModelUnavailable,
        says="Slow down",
        retry_after_s=17,
    ),
    "quota used up": Case(
        reply=Failure(429, "You have no credit.", {"retry-after": "17"}, "insufficient_quota"),
        kind=ModelFailed,
        says="top up",
        models=(OPENAI,),
    ),
    "balance used up": Case(
        reply=Failure(400, "Your credit balance is too low."), kind=ModelFailed, says="top up", models=(ANTHROPIC,)
    ),
    "server error": Case(reply=Failure(500, "Oh."), kind=ModelUnavailable, says="Oh"),
    "unavailable": Case(
        reply=Failure(503, "Later.", {"retry-after": "2"}), kind=ModelUnavailable, says="Later", retry_after_s=2
    ),
    "overloaded": Case(reply=Failure(529, "Too much."), kind=ModelUnavailable, says="Too much", models=HOSTS),
    "filtered request": Case(
        reply=Failure(400, "Flagged.", {}, "content_filter"), kind=ModelRefused, says="Flagged", models=(OPENAI,)
    ),
    "reset": Case(reply=Reset(), kind=ModelUnavailable, says="run the job again"),
    "half JSON": Case(reply=Raw(b"{"), kind=ModelAnswerUnusable, says="cannot be used"),
    "nothing at all": Case(reply=Raw(b""), kind=ModelAnswerUnusable, says="cannot be used"),
    "a list": Case(reply=Raw(b"[]"), kind=ModelAnswerUnusable, says="cannot be used"),
    "another shape": Case(reply=Raw(b'{"answer": 42}'), kind=ModelAnswerUnusable, says="cannot be used"),
    "HTML": Case(reply=Raw(b"<html>Proxy</html>", "text/html"), kind=ModelAnswerUnusable, says="cannot be used"),
    "no usage": Case(
        reply=Text("Fine.", usage=False),
        kind=ModelAnswerUnusable,
        says="vendor's protocol",
        models=(ANTHROPIC, BEDROCK),
    ),
    "empty": Case(reply=Text(""), kind=ModelAnswerUnusable, says="with nothing", tokens=BILLED),
    "blank": Case(reply=Text(" \n "), kind=ModelAnswerUnusable, says="with nothing", tokens=BILLED),
    "refusal": Case(
        reply=Text("", refusal="I will not."),
        kind=ModelRefused,
        says="I will not",
        tokens=BILLED,
        models=(OPENAI,),
    ),
    "filtered answer": Case(
        reply=Text("", finish_reason="content_filter"), kind=ModelRefused, says="refused to answer", tokens=BILLED
    ),
    "cut off": Case(
        reply=Text("Half a sen", finish_reason="length"), kind=ModelFailed, says="`max_tokens`", tokens=BILLED
    ),
    "paused": Case(
        reply=Text("Half a sen", finish_reason="pause"),
        kind=ModelAnswerUnusable,
        says="paused",
        tokens=BILLED,
        models=(ANTHROPIC,),
    ),
}
#: What a stream cannot be is left out.
STREAMABLE = {
    name: case
    for name, case in CASES.items()
    if BEDROCK in case.models
    and name not in ("half JSON", "nothing at all", "a list", "another shape", "HTML", "no usage")
}
EACH = [pytest.param(case, model, id=f"{name}, {model}") for name, case in CASES.items() for model in case.models]
EACH += [pytest.param(case, STREAMED, id=f"{name}, {STREAMED}") for name, case in STREAMABLE.items()]


@pytest.mark.parametrize(("case", "model"), EACH)
def test_each_fault_is_an_error_of_its_kind_that_says_what_was_billed_after_one_request(
    server: CompatibleServer, models: ModelRegistry, case: Case, model: str
) -> None:
    server.answer_text(case.reply)
    with pytest.raises(ModelFailed, match=case.says) as failed:
        models.text(model).write(text_request())
    error = failed.value
    assert type(error) is case.kind
    assert getattr(error, "retry_after_s", None) == case.retry_after_s
    assert error.usage.tokens == case.tokens
    if case.tokens:
        assert (error.usage.cost_usd or 0) > 0
    else:
        # A refused request costs nothing; what an answer that cannot be read cost, nobody knows.
        assert error.usage.cost_usd == (0 if "status" in error.facts else None)
    assert error.facts["model"] == model
    assert "\n" not in error.message
    assert len(server.requests) == 1


@pytest.mark.parametrize("before", [b"contentBlockDelta", b"contentBlockStop", b"messageStop"])
def test_a_stream_that_breaks_off_is_no_answer(server: CompatibleServer, models: ModelRegistry, before: bytes) -> None:
    whole = bedrock_stream(Text("Half a sentence that goes on and on."))
    server.answer_text(Raw(whole[: whole.index(before)], "application/vnd.amazon.eventstream"))
    with pytest.raises(ModelAnswerUnusable, match="broke off") as failed:
        models.text(STREAMED).write(text_request())
    assert failed.value.usage.cost_usd is None
    assert len(server.requests) == 1


def test_a_streamed_answer_is_as_good_as_one_in_one_piece(server: CompatibleServer, models: ModelRegistry) -> None:
    server.answer_text(Text("A **short** answer.", input_tokens=1_000, output_tokens=2_000))
    answer = models.text(STREAMED).write(text_request())
    assert server.requests[0].path.endswith("/converse-stream")
    assert (answer.text, answer.usage.input_tokens, answer.usage.output_tokens) == ("A **short** answer.", 1_000, 2_000)
    assert (answer.usage.cost_usd or 0) > 0


@pytest.mark.parametrize("model", [*MODELS, STREAMED])
@pytest.mark.parametrize("reply", [Silence(), Drip()])
def test_a_call_is_cut_off_at_its_time_although_bytes_keep_coming(
    server: CompatibleServer, models: ModelRegistry, model: str, reply: TextReply
) -> None:
    server.answer_text(reply)
    with pytest.raises(ModelUnavailable, match=r"timed out after 0.3 s") as failed:
        models.text(model).write(text_request(timeout_s=0.3))
    # It may have been billed, and was not sent a second time.
    assert failed.value.usage.cost_usd is None
    assert len(server.requests) <= 1


@pytest.mark.parametrize("model", MODELS)
def test_the_configured_time_holds_where_the_request_gives_none(
    server: CompatibleServer, clients: list[BaseClient], model: str
) -> None:
    server.answer_text(Drip())
    with pytest.raises(ModelUnavailable, match=r"timed out after 0.4 s"):
        registry(server, clients, timeout_s=0.4).text(model).write(text_request())


def test_an_answer_whose_usage_is_not_told_has_no_known_cost(server: CompatibleServer, models: ModelRegistry) -> None:
    server.answer_text(Text("Fine.", usage=False))
    answer = models.text(OPENAI).write(text_request())
    assert (answer.text, answer.usage.tokens, answer.usage.cost_usd) == ("Fine.", 0, None)


@pytest.mark.parametrize("model", MODELS)
def test_a_request_that_never_left_costs_nothing(clients: list[BaseClient], model: str) -> None:
    with CompatibleServer() as gone:
        models = registry(gone, clients)
    with pytest.raises(ModelUnavailable, match="run the job again") as failed:
        models.text(model).write(text_request())
    assert failed.value.usage == Usage()


@pytest.mark.parametrize("model", HOSTS)
def test_an_answer_without_end_is_given_up(
    server: CompatibleServer, models: ModelRegistry, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "MAX_ANSWER_BYTES", 1_000)
    server.answer_text(Text("x" * 2_000))
    with pytest.raises(ModelAnswerUnusable, match="larger than any answer can be"):
        models.text(model).write(text_request())


@pytest.mark.parametrize("model", HOSTS)
def test_a_proxy_of_the_environment_is_not_asked_for_a_model_on_this_machine(
    server: CompatibleServer, models: ModelRegistry, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    models.text(model).write(text_request())
    assert len(server.requests) == 1


def test_one_bedrock_client_serves_all_calls_and_repeats_nothing(
    server: CompatibleServer, models: ModelRegistry, clients: list[BaseClient]
) -> None:
    for _ in range(3):
        models.text(BEDROCK).write(text_request())
    (client,) = clients
    assert client.meta.config.retries["total_max_attempts"] == 1  # type: ignore[attr-defined]  # the stubs lack it
    assert len(server.requests) == 3


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("written", ['{"n": 1}', '```json\n{"n": 1}\n```', '\n```\n{"n": 1}\n```\n'])
def test_json_is_returned_without_the_fence_around_it(
    server: CompatibleServer, models: ModelRegistry, model: str, written: str
) -> None:
    server.answer_text(Text(written))
    assert models.text(model).write(text_request(json_schema=SCHEMA)).text == '{"n": 1}'


@pytest.mark.parametrize(
    ("model", "sent"),
    [
        (OPENAI, lambda body: body["response_format"]["json_schema"]["schema"]["properties"]),
        (ANTHROPIC, lambda body: body["output_config"]["format"]["schema"]["properties"]),
    ],
)
def test_a_schema_goes_to_vendors_that_offer_structured_output_as_such(
    server: CompatibleServer, models: ModelRegistry, model: str, sent: Callable[[JsonObject], JsonObject]
) -> None:
    models.text(model).write(text_request(json_schema=SCHEMA))
    assert "n" in sent(server.requests[0].body)


@pytest.mark.parametrize(
    ("model", "schema"), [(BEDROCK, SCHEMA), (OPENAI, {"type": "array", "items": {"enum": ["a", "b"]}})]
)
def test_a_schema_is_put_into_words_where_the_vendor_takes_none(
    server: CompatibleServer, models: ModelRegistry, model: str, schema: JsonObject
) -> None:
    models.text(model).write(text_request(json_schema=schema))
    body = server.requests[0].body
    system = body["system"][0]["text"] if model == BEDROCK else body["messages"][0]["content"]
    assert json.loads(system.partition("JSON Schema:\n")[2]) == schema
    assert "response_format" not in body
