from __future__ import annotations

import subprocess
import sys

import pytest
from tests.adapters.models.requests import image_request, text_request

from leadmagnet.adapters.models.registry import _VENDORS, ModelRegistry
from leadmagnet.domain.errors import ModelNotConfigured
from leadmagnet.engine.model_names import VENDORS

#: What is loaded once a model is found. botocore is there in any worker.
LOADED = """
import sys
from leadmagnet.adapters.models.registry import ModelRegistry
ModelRegistry(openai_api_key="k", anthropic_api_key="k", bedrock=lambda config: None).text(sys.argv[1])
print(" ".join(sorted({"pydantic_ai", "openai", "anthropic", "boto3", "PIL", "genai_prices"} & set(sys.modules))))
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
    with pytest.raises(ModelNotConfigured, match=r"openai:gpt-5-mini|there are: openai, anthropic, bedrock"):
        ModelRegistry(openai_api_key="k").text(name)


def test_an_unknown_vendor_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ModelNotConfigured, match='"acme" is not a vendor of models; there are: openai, anthropic'):
        ModelRegistry().image("acme:model")


def test_a_misspelt_vendor_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(ModelNotConfigured, match='"openia" is not a vendor of models; did you mean "openai"'):
        ModelRegistry().text("openia:gpt-5-mini")


def test_the_engine_knows_the_vendors_that_can_be_reached_and_what_they_draw() -> None:
    drawing = {name for name, vendor in _VENDORS.items() if vendor.image is not None}
    assert set(_VENDORS) == set(VENDORS)
    assert drawing == {name for name, offer in VENDORS.items() if offer.draws}


def test_a_vendor_that_draws_nothing_says_which_does() -> None:
    with pytest.raises(ModelNotConfigured, match=r"'anthropic:.*' draws no pictures here; use an `openai:` model"):
        ModelRegistry(anthropic_api_key="k").image("anthropic:claude-sonnet-5")


def test_an_empty_setting_counts_as_none() -> None:
    with pytest.raises(ModelNotConfigured):
        ModelRegistry(openai_api_key="", openai_base_url="").text("openai:gpt-5-mini")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("offline", set()),
        ("openai:gpt-5-mini", {"genai_prices", "openai", "pydantic_ai"}),
        ("anthropic:claude-haiku-5-5", {"anthropic", "genai_prices", "pydantic_ai"}),
        ("bedrock:amazon.nova-lite-v1:0", {"boto3", "genai_prices", "pydantic_ai"}),
    ],
)
def test_only_the_sdk_of_the_vendor_that_a_step_names_is_loaded(name: str, expected: set[str]) -> None:
    done = subprocess.run([sys.executable, "-c", LOADED, name], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == expected
