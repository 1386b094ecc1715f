from __future__ import annotations

import subprocess
import sys

import pytest
from tests.adapters.models.requests import image_request, text_request

from leadmagnet.adapters.models.registry import ModelRegistry
from leadmagnet.domain.errors import ModelNotConfigured

LOADS_NO_VENDOR = """
import sys
from leadmagnet.adapters.models.registry import ModelRegistry
ModelRegistry(openai_api_key="k", anthropic_api_key="k").text(None)
print(sorted({"pydantic_ai", "openai", "anthropic", "boto3", "PIL"} & set(sys.modules)))
"""


def test_without_a_name_the_configured_default_writes() -> None:
    answer = ModelRegistry(default_text="offline").text(None).write(text_request())
    assert answer.model == "offline"


def test_without_a_name_the_configured_default_draws() -> None:
    answer = ModelRegistry(default_image="offline").image(None).draw(image_request())
    assert answer.model == "offline"


def test_the_configured_default_may_be_a_vendor_and_needs_its_credentials() -> None:
    registry = ModelRegistry(default_text="openai:gpt-5-mini", default_image="openai:gpt-image-1")
    with pytest.raises(ModelNotConfigured, match="OPENAI_API_KEY"):
        registry.text(None)
    with pytest.raises(ModelNotConfigured, match="OPENAI_API_KEY"):
        registry.image(None)


@pytest.mark.parametrize(
    ("name", "what_to_set"),
    [
        ("openai:gpt-5-mini", "OPENAI_API_KEY .or OPENAI_BASE_URL"),
        ("anthropic:claude-sonnet-5", "ANTHROPIC_API_KEY"),
        ("bedrock:amazon.nova-lite-v1:0", "LEADMAGNET_BEDROCK=1"),
    ],
)
def test_a_vendor_without_credentials_says_what_to_set(name: str, what_to_set: str) -> None:
    with pytest.raises(ModelNotConfigured, match=what_to_set) as failed:
        ModelRegistry().text(name)
    assert "`offline`" in failed.value.message


@pytest.mark.parametrize("name", ["gpt-5-mini", "openai:", "openai: ", "Offline", ":gpt"])
def test_a_name_that_is_none_is_refused_with_an_example_or_the_vendors(name: str) -> None:
    with pytest.raises(ModelNotConfigured, match=r"openai:gpt-5-mini|use one of openai, anthropic, bedrock"):
        ModelRegistry(openai_api_key="k").text(name)


def test_an_unknown_vendor_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ModelNotConfigured, match="No vendor is called 'acme'; use one of openai, anthropic, bedrock"):
        ModelRegistry().image("acme:model")


def test_a_vendor_that_draws_nothing_says_which_does() -> None:
    with pytest.raises(ModelNotConfigured, match=r"'anthropic' draws no pictures here; use an `openai:` model"):
        ModelRegistry(anthropic_api_key="k").image("anthropic:claude-sonnet-5")


def test_an_empty_setting_counts_as_none() -> None:
    with pytest.raises(ModelNotConfigured):
        ModelRegistry(openai_api_key="", openai_base_url="").text("openai:gpt-5-mini")


def test_neither_the_registry_nor_offline_text_loads_a_vendors_sdk() -> None:
    done = subprocess.run([sys.executable, "-c", LOADS_NO_VENDOR], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
