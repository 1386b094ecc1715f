from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from tests.adapters.models.requests import image_request
from tests.compatible_server import CompatibleServer, Picture

from leadmagnet.adapters.models.registry import ModelRegistry
from leadmagnet.domain.errors import Invalid
from leadmagnet.engine.ports import ImageModel


def model(server: CompatibleServer, name: str = "openai:gpt-image-1", *, timeout_s: float = 20) -> ImageModel:
    return ModelRegistry(openai_base_url=server.base_url, timeout_s=timeout_s).image(name)


def encoded(kind: str, size: tuple[int, int]) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", size, "#884422").save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("asked", "sent"),
    [((1200, 630), "1536x1024"), ((800, 1130), "1024x1536"), ((512, 512), "1024x1024"), ((2048, 64), "1536x1024")],
)
def test_the_vendors_size_nearest_in_shape_is_asked_for(
    server: CompatibleServer, asked: tuple[int, int], sent: str
) -> None:
    model(server).draw(image_request(prompt="A lake", width=asked[0], height=asked[1], quality="low"))
    body = server.requests[0].body
    assert (body["size"], body["prompt"], body["quality"], body["model"]) == (sent, "A lake", "low", "gpt-image-1")


@pytest.mark.parametrize(
    ("kind", "content_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")]
)
def test_type_and_true_size_are_measured(server: CompatibleServer, kind: str, content_type: str) -> None:
    content = encoded(kind, (321, 123))
    server.answer_images(Picture(content))
    answer = model(server).draw(image_request())
    assert (answer.content, answer.content_type, answer.width, answer.height) == (content, content_type, 321, 123)


def test_model_tokens_and_cost_are_recorded(server: CompatibleServer) -> None:
    server.answer_images(Picture(input_tokens=1_000_000, output_tokens=1_000_000))
    answer = model(server).draw(image_request())
    assert answer.model == "openai:gpt-image-1"
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (1_000_000, 1_000_000)
    # gpt-image-1: 5 USD for a million tokens of text in, 40 for a million out.
    assert answer.usage.cost_usd == pytest.approx(45)


def test_a_model_without_a_known_price_has_no_cost(server: CompatibleServer) -> None:
    assert model(server, "openai:our-own").draw(image_request()).usage.cost_usd is None


def test_an_unknown_quality_is_refused_with_the_known_ones(server: CompatibleServer) -> None:
    with pytest.raises(Invalid, match="one of auto, low, medium, high"):
        model(server).draw(image_request(quality="best"))
