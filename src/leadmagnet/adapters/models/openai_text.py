"""OpenAI's text models, and those of any server that speaks its protocol."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from openai import AsyncOpenAI, OpenAIError
from pydantic_ai.models import Model
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider

from leadmagnet.adapters.models.access import NO_KEY, VendorAccess
from leadmagnet.adapters.models.hosted_text import HostedText
from leadmagnet.adapters.models.http_client import http_client


def text_model(*, model: str, access: VendorAccess) -> HostedText:
    """The model called `model`."""
    return HostedText(vendor="openai", model=model, access=access, connect=_connect, errors=(OpenAIError,))


@asynccontextmanager
async def _connect(name: str, access: VendorAccess, *, timeout_s: float, searches: bool) -> AsyncIterator[Model]:
    # The base URL is always given, or the SDK would look for one in the environment. It repeats nothing: retries
    # are the engine's, so that each call that may be billed is counted.
    async with AsyncOpenAI(
        api_key=access.openai_api_key or NO_KEY,
        base_url=access.openai_url,
        max_retries=0,
        http_client=http_client(access.openai_url, timeout_s=timeout_s),
    ) as client:
        provider = OpenAIProvider(openai_client=client)
        # The web is searched only through the Responses API; everything that calls itself compatible speaks the other.
        yield OpenAIResponsesModel(name, provider=provider) if searches else OpenAIChatModel(name, provider=provider)
