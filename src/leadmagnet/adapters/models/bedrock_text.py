"""Text models on Amazon Bedrock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from pydantic_ai.models import Model
from pydantic_ai.models.bedrock import BedrockConverseModel
from pydantic_ai.providers.bedrock import BedrockProvider

from leadmagnet.adapters.models.access import VendorAccess
from leadmagnet.adapters.models.hosted_text import HostedText
from leadmagnet.domain.errors import ModelNotConfigured

if TYPE_CHECKING:
    from botocore.client import BaseClient


def text_model(*, model: str, access: VendorAccess) -> HostedText:
    """The model called `model`."""
    if access.bedrock is None:
        raise ModelNotConfigured("Set LEADMAGNET_BEDROCK=1, or use the model `offline`.", model=model)
    # Made here, where no call's time runs yet.
    connect = partial(_connect, access.bedrock())
    return HostedText(vendor="bedrock", model=model, access=access, connect=connect, errors=())


@asynccontextmanager
async def _connect(
    client: BaseClient, name: str, access: VendorAccess, *, timeout_s: float, searches: bool
) -> AsyncIterator[Model]:
    # The client has its own time limits and lives on; a call that is cut off gives up on its thread.
    del access, timeout_s, searches
    yield BedrockConverseModel(name, provider=BedrockProvider(bedrock_client=client))
