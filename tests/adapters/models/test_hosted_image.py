from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image
from tests.adapters.models.requests import image_request
from tests.compatible_server import CompatibleServer, Failure, ImageReply, Picture, Raw, Silence

from leadmagnet.adapters.models.registry import ModelRegistry
from leadmagnet.domain.errors import Invalid, ModelFailed
from leadmagnet.engine.ports import ImageModel


@pytest.fixture
def server() -> Iterator[CompatibleServer]:
    with CompatibleServer() as running:
        yield running


def model(server: CompatibleServer, name: str = "openai:gpt-image-1", *, timeout_s: float = 20) -> ImageModel:
    return ModelRegistry(openai_base_url=server.base_url, timeout_s=timeout_s, retries=0).image(name)


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


@pytest.mark.parametrize(("status", "later"), [(400, False), (401, False), (429, True), (500, True)])
def test_a_vendors_refusal_is_quoted(server: CompatibleServer, status: int, later: bool) -> None:
    server.answer_images(Failure(status, "Not this picture."))
    with pytest.raises(ModelFailed, match=r"\(Not this picture\)") as failed:
        model(server).draw(image_request())
    assert failed.value.facts == {"model": "openai:gpt-image-1", "status": status, "retry": later}


@pytest.mark.parametrize(
    "reply",
    [
        Raw(b"{"),
        Raw(b""),
        Raw(b"[]"),
        Raw(b'{"data": 3}'),
        Raw(b'{"data": []}'),
        Raw(b'{"data": [{"url": "https://example.com/a.png"}]}'),
        Raw(b'{"data": [{"b64_json": "#"}]}'),
        Raw(b"<html></html>", "text/html"),
        Picture(b"no picture"),
        Picture(encoded("PNG", (60, 60))[:60]),
        Picture(encoded("BMP", (6, 6))),
        Picture(b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    ],
)
def test_an_answer_without_a_picture_that_browsers_show_is_a_failure(
    server: CompatibleServer, reply: ImageReply
) -> None:
    server.answer_images(reply)
    with pytest.raises(ModelFailed, match="cannot be used"):
        model(server).draw(image_request())


def test_a_vendor_that_stays_silent_fails_at_the_deadline(server: CompatibleServer) -> None:
    server.answer_images(Silence())
    with pytest.raises(ModelFailed, match="timed out"):
        model(server, timeout_s=0.2).draw(image_request())


def test_an_unknown_quality_is_refused_with_the_known_ones(server: CompatibleServer) -> None:
    with pytest.raises(Invalid, match="one of auto, low, medium, high"):
        model(server).draw(image_request(quality="best"))
