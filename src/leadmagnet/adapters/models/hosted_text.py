"""Text from vendors, through pydantic-ai: one request, one answer, tokens and cost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from anthropic import AnthropicError, AsyncAnthropic
from botocore.exceptions import BotoCoreError, ClientError
from genai_prices import Usage as PricedUsage
from openai import AsyncOpenAI, OpenAIError
from pydantic_ai.direct import model_request
from pydantic_ai.exceptions import AgentRunError, UserError
from pydantic_ai.messages import ModelRequest, ModelResponse
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.bedrock import BedrockConverseModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.bedrock import BedrockProvider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.settings import ModelSettings

from leadmagnet.adapters.models import options as read
from leadmagnet.adapters.models.access import ANTHROPIC_BASE_URL, NO_KEY, OPENAI_BASE_URL, VendorAccess
from leadmagnet.adapters.models.prices import usage_of
from leadmagnet.adapters.models.vendor_errors import model_failed, what_they_said
from leadmagnet.domain.errors import ModelFailed, ModelNotConfigured
from leadmagnet.engine.ports import TextAnswer, TextRequest

#: Anthropic's API wants a limit with each request; 5,000 words and some thought fit into this one.
_ANTHROPIC_MAX_TOKENS = 16_000


def text_model(*, vendor: str, model: str, access: VendorAccess) -> HostedText:
    """The vendor's model called `model`."""
    return HostedText(vendor=vendor, model=model, access=access)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedText:
    """A vendor's text model.

    Options that are passed on: `max_tokens`, `temperature`, `top_p`, `seed`, `words` (asked for in
    words) and `json_schema` (answered as JSON of that schema).
    """

    vendor: str
    model: str
    access: VendorAccess

    def write(self, request: TextRequest) -> TextAnswer:
        """The answer; ModelFailed with the vendor's reason if there is none that can be used."""
        messages, settings, parameters = _messages(request), self._settings(request), _parameters(request)
        try:
            response = asyncio.run(self._ask(messages, settings, parameters))
        except (AgentRunError, UserError, OpenAIError, AnthropicError, BotoCoreError, ClientError) as exc:
            raise model_failed(what_they_said(exc), self._name, exc) from exc
        return self._answer(response)

    @property
    def _name(self) -> str:
        return f"{self.vendor}:{self.model}"

    async def _ask(
        self, messages: list[ModelRequest], settings: ModelSettings, parameters: ModelRequestParameters
    ) -> ModelResponse:
        # Each request has its own loop and client: steps run in threads, and a client's connections
        # belong to the loop that opened them.
        async with _connected(self.vendor, self.model, self.access) as model:
            return await model_request(model, messages, model_settings=settings, model_request_parameters=parameters)

    def _settings(self, request: TextRequest) -> ModelSettings:
        chosen: dict[str, int | float | None] = {"request_timeout": self.access.timeout_s}
        default_max = _ANTHROPIC_MAX_TOKENS if self.vendor == "anthropic" else None
        max_tokens = read.whole_number(request.options, "max_tokens", low=1, high=1_000_000)
        chosen["max_tokens"] = max_tokens or default_max
        chosen["temperature"] = read.number(request.options, "temperature", low=0, high=2)
        chosen["top_p"] = read.number(request.options, "top_p", low=0, high=1)
        chosen["seed"] = read.whole_number(request.options, "seed", low=0, high=2**31 - 1)
        return cast(ModelSettings, {name: value for name, value in chosen.items() if value is not None})

    def _answer(self, response: ModelResponse) -> TextAnswer:
        used = response.usage
        name = response.model_name or self.model
        usage = usage_of(
            vendor=self.vendor,
            model=name,
            input_tokens=used.input_tokens,
            output_tokens=used.output_tokens,
            details=PricedUsage(
                input_tokens=used.input_tokens,
                output_tokens=used.output_tokens,
                cache_read_tokens=used.cache_read_tokens,
                cache_write_tokens=used.cache_write_tokens,
            ),
        )
        text = (response.text or "").strip()
        problem = _problem(response, text)
        if problem is not None:
            raise ModelFailed(problem, model=self._name, tokens=usage.tokens, cost_usd=usage.cost_usd, retry=False)
        return TextAnswer(text=text, model=f"{self.vendor}:{name}", usage=usage)


@asynccontextmanager
async def _connected(vendor: str, name: str, access: VendorAccess) -> AsyncIterator[Model]:
    """The model with an open client, closed at the end."""
    # Base URLs are always given, or the SDKs would look for them in the environment.
    if vendor == "openai":
        async with AsyncOpenAI(
            api_key=access.openai_api_key or NO_KEY,
            base_url=access.openai_base_url or OPENAI_BASE_URL,
            timeout=access.timeout_s,
            max_retries=access.retries,
        ) as client:
            yield OpenAIChatModel(name, provider=OpenAIProvider(openai_client=client))
    elif vendor == "anthropic":
        async with AsyncAnthropic(
            api_key=access.anthropic_api_key,
            base_url=access.anthropic_base_url or ANTHROPIC_BASE_URL,
            timeout=access.timeout_s,
            max_retries=access.retries,
        ) as anthropic:
            yield AnthropicModel(name, provider=AnthropicProvider(anthropic_client=anthropic))
    else:
        if access.bedrock is None:
            raise ModelNotConfigured("Set LEADMAGNET_BEDROCK=1, or use the model `offline`.", model=name)
        yield BedrockConverseModel(name, provider=BedrockProvider(bedrock_client=access.bedrock()))


def _messages(request: TextRequest) -> list[ModelRequest]:
    length = read.words(request.options)
    wanted = request.instructions if length is None else f"{request.instructions}\n\nWrite about {length} words."
    if read.json_schema(request.options) is not None:
        frame = f"You fill in the part titled {request.title!r} of a personalised report, as JSON."
    else:
        frame = (
            f"You write the part titled {request.title!r} of a personalised report. "
            "Answer in Markdown with the text alone: no greeting, no remarks about the task."
        )
    return [ModelRequest.user_text_prompt(wanted, instructions=frame)]


def _parameters(request: TextRequest) -> ModelRequestParameters:
    schema = read.json_schema(request.options)
    if schema is None:
        return ModelRequestParameters()
    return ModelRequestParameters(
        output_mode="native", output_object=OutputObjectDefinition(json_schema=dict(schema), name="answer")
    )


def _problem(response: ModelResponse, text: str) -> str | None:
    """Why this answer cannot go into a report; None if it can."""
    if response.finish_reason == "content_filter":
        return "The model refused to answer; change the step's instructions, or use another model."
    if response.finish_reason == "length":
        return "The model ran out of tokens before it was done; raise the step's option `max_tokens`."
    if not text:
        return "The model answered with nothing; run the job again, or use another model."
    return None
