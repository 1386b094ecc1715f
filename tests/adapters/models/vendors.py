"""Every vendor, played by one compatible server."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.client import BaseClient
from tests.compatible_server import CompatibleServer

from leadmagnet.adapters.models.registry import ModelRegistry

#: One text model of each vendor.
MODELS = ("openai:gpt-4o-mini", "anthropic:claude-haiku-5-5", "bedrock:anthropic.claude-3-5-haiku-20241022-v1:0")
#: A model that pydantic-ai asks for a stream, where a step says no `max_tokens`.
STREAMED = "bedrock:us.anthropic.claude-haiku-4-5-20251001-v1:0"


def registry(server: CompatibleServer, clients: list[BaseClient], *, timeout_s: float = 20) -> ModelRegistry:
    """All vendors at `server`; AWS clients that are made are added to `clients`, to be closed."""

    def bedrock(**given: Any) -> BaseClient:  # noqa: ANN401, what boto3 takes
        client: BaseClient = boto3.client(
            "bedrock-runtime",
            endpoint_url=server.origin,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            **given,
        )
        clients.append(client)
        return client

    return ModelRegistry(
        openai_api_key="key",
        openai_base_url=server.base_url,
        anthropic_api_key="key",
        anthropic_base_url=server.origin,
        bedrock=bedrock,
        timeout_s=timeout_s,
    )
