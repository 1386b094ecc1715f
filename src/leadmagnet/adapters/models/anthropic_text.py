"""Anthropic's text models."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from anthropic import AnthropicError, AsyncAnthropic
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.native_tools import WebSearchTool
from pydantic_ai.providers.anthropic import AnthropicProvider

from leadmagnet.adapters.models.access import ANTHROPIC_BASE_URL, VendorAccess
from leadmagnet.adapters.models.hosted_text import HostedText
from leadmagnet.adapters.models.http_client import http_client

#: Anthropic's API wants a limit with each request; 5,000 words and some thought fit into this one.
_MAX_TOKENS = 16_000
#: Each search is billed. After ten the API pauses the answer, and going on would be a second request.
_MOST_SEARCHES = 5


def text_model(*, model: str, access: VendorAccess) -> HostedText:
    """The model called `model`."""
    return HostedText(
        vendor="anthropic",
        model=model,
        access=access,
        connect=_connect,
        errors=(AnthropicError,),
        max_tokens=_MAX_TOKENS,
        web_search=partial(WebSearchTool, max_uses=_MOST_SEARCHES),
    )


@asynccontextmanager
async def _connect(name: str, access: VendorAccess, *, timeout_s: float, searches: bool) -> AsyncIterator[Model]:
    del searches  # the same API does
    base_url = access.anthropic_base_url or ANTHROPIC_BASE_URL
    # As with OpenAI: nothing from the environment, nothing repeated.
    async with AsyncAnthropic(
        api_key=access.anthropic_api_key,
        base_url=base_url,
        max_retries=0,
        http_client=http_client(base_url, timeout_s=timeout_s),
    ) as client:
        yield AnthropicModel(name, provider=AnthropicProvider(anthropic_client=client))
