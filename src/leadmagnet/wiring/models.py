"""The models that steps may name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import boto3

from leadmagnet.adapters.models.registry import ModelRegistry

if TYPE_CHECKING:
    from leadmagnet.settings import Settings


def build_models(settings: Settings) -> ModelRegistry:
    """The models that steps may name."""
    session = boto3.session.Session(region_name=settings.region)
    return ModelRegistry(
        default_text=settings.text_model,
        default_image=settings.image_model,
        openai_api_key=settings.openai_api_key,
        openai_base_url=settings.openai_base_url,
        anthropic_api_key=settings.anthropic_api_key,
        anthropic_base_url=settings.anthropic_base_url,
        bedrock=partial(session.client, "bedrock-runtime") if settings.bedrock else None,
        timeout_s=settings.model_timeout_s,
    )
