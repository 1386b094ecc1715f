"""Every way in which a vendor can fail a picture: the kind of error, what it cost, and one request each."""

from __future__ import annotations

import base64
import struct
import zlib
from dataclasses import dataclass
from io import BytesIO

import pytest
from PIL import Image
from tests.adapters.models.requests import image_request
from tests.compatible_server import CompatibleServer, Drip, Failure, ImageReply, Picture, Raw, Reset, Silence

from leadmagnet.adapters.models import hosted_image, http_client, picture
from leadmagnet.adapters.models.picture import NoPicture, measure
from leadmagnet.adapters.models.registry import ModelRegistry
from leadmagnet.domain.errors import ModelAnswerUnusable, ModelFailed, ModelRefused, ModelUnavailable
from leadmagnet.domain.execution_step import Usage

MODEL = "openai:gpt-image-1"
BILLED = 20 + 400


def encoded(kind: str, size: tuple[int, int]) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", size, "#884422").save(buffer, kind)
    return buffer.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it has so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    reply: ImageReply
    kind: type[ModelFailed] = ModelAnswerUnusable
    says: str
    #: Tokens that were billed.
    tokens: int = 0
    retry_after_s: float | None = None


CASES = {
    "bad request": Case(reply=Failure(400, "No."), kind=ModelFailed, says="model or options"),
    "bad key": Case(reply=Failure(401, "No."), kind=ModelFailed, says="API key"),
    "refusal": Case(
        reply=Failure(400, "Flagged.", {}, "moderation_blocked"), kind=ModelRefused, says="refused to answer .Flagged"
    ),
    "rate limit": Case(
        reply=Failure(429, "Slow.", {"retry-after": "3"}), kind=ModelUnavailable, says="Slow", retry_after_s=3
    ),
    "quota used up": Case(reply=Failure(429, "No credit.", {}, "insufficient_quota"), kind=ModelFailed, says="top up"),
    "server error": Case(reply=Failure(500, "Oh."), kind=ModelUnavailable, says="Oh"),
    "reset": Case(reply=Reset(), kind=ModelUnavailable, says="run the job again"),
    "half JSON": Case(reply=Raw(b"{"), says="image API"),
    "nothing": Case(reply=Raw(b""), says="image API"),
    "another shape": Case(reply=Raw(b'{"data": 3}'), says="image API"),
    "no pictures": Case(reply=Raw(b'{"data": []}'), says="no picture"),
    "an address": Case(reply=Raw(b'{"data": [{"url": "https://example.com/a.png"}]}'), says="no picture"),
    "broken base64": Case(reply=Picture(written="#"), says="base64", tokens=BILLED),
    "other letters": Case(reply=Picture(written="\u00e9\u00e9"), says="base64", tokens=BILLED),
    "no picture": Case(reply=Picture(b"no picture"), says="is no picture", tokens=BILLED),
    "cut off PNG": Case(reply=Picture(encoded("PNG", (60, 60))[:90]), says="is no picture", tokens=BILLED),
    "cut off JPEG": Case(reply=Picture(encoded("JPEG", (600, 600))[:1_000]), says="is no picture", tokens=BILLED),
    "type that is not shown": Case(reply=Picture(encoded("BMP", (6, 6))), says="is no picture", tokens=BILLED),
    "SVG": Case(reply=Picture(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), says="is no picture", tokens=BILLED),
    "bomb": Case(reply=Picture(bomb(5_000, 5_000)), says="pixels", tokens=BILLED),
    "bomb that Pillow warns of": Case(reply=Picture(bomb(10_000, 10_000)), says="pixels", tokens=BILLED),
    "bomb that Pillow refuses": Case(reply=Picture(bomb(30_000, 30_000)), says="pixels", tokens=BILLED),
}


def registry(server: CompatibleServer, *, timeout_s: float = 20) -> ModelRegistry:
    return ModelRegistry(openai_base_url=server.base_url, timeout_s=timeout_s)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_each_fault_is_an_error_of_its_kind_that_says_what_was_billed_after_one_request(
    server: CompatibleServer, case: Case
) -> None:
    server.answer_images(case.reply)
    with pytest.raises(ModelFailed, match=case.says) as failed:
        registry(server).image(MODEL).draw(image_request())
    error = failed.value
    assert type(error) is case.kind
    assert getattr(error, "retry_after_s", None) == case.retry_after_s
    assert error.usage.tokens == case.tokens
    if case.tokens:
        assert (error.usage.cost_usd or 0) > 0
    else:
        assert error.usage.cost_usd == (0 if "status" in error.facts else None)
    assert error.facts["model"] == MODEL
    assert len(server.requests) == 1


@pytest.mark.parametrize("reply", [Silence(), Drip()])
def test_a_call_is_cut_off_at_its_time_although_bytes_keep_coming(server: CompatibleServer, reply: ImageReply) -> None:
    server.answer_images(reply)
    with pytest.raises(ModelUnavailable, match=r"timed out after 0.3 s"):
        registry(server).image(MODEL).draw(image_request(timeout_s=0.3))
    with pytest.raises(ModelUnavailable, match=r"timed out after 0.2 s"):
        registry(server, timeout_s=0.2).image(MODEL).draw(image_request())


def test_a_request_that_never_left_costs_nothing() -> None:
    with CompatibleServer() as gone:
        model = registry(gone).image(MODEL)
    with pytest.raises(ModelUnavailable) as failed:
        model.draw(image_request())
    assert failed.value.usage == Usage()


def test_a_picture_of_too_many_bytes_is_refused_before_it_is_read(
    server: CompatibleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosted_image, "MAX_PICTURE_BYTES", 1_000)
    server.answer_images(Picture(b"x" * 1_010))
    with pytest.raises(ModelAnswerUnusable, match="more than 1,000 bytes") as failed:
        registry(server).image(MODEL).draw(image_request())
    assert failed.value.usage.tokens == BILLED


def test_an_answer_without_end_is_given_up(server: CompatibleServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "MAX_ANSWER_BYTES", 1_000)
    server.answer_images(Raw(base64.b64encode(b"x" * 2_000)))
    with pytest.raises(ModelAnswerUnusable, match="larger than any answer can be"):
        registry(server).image(MODEL).draw(image_request())


def test_a_proxy_of_the_environment_is_not_asked_for_a_model_on_this_machine(
    server: CompatibleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert registry(server).image(MODEL).draw(image_request()).content_type == "image/png"


@pytest.mark.parametrize(("height", "shown"), [(100, True), (101, False)])
def test_pictures_are_shown_up_to_a_number_of_pixels(monkeypatch: pytest.MonkeyPatch, height: int, shown: bool) -> None:
    monkeypatch.setattr(picture, "MAX_PICTURE_PIXELS", 10_000)
    if shown:
        assert measure(encoded("PNG", (100, height))).height == height
    else:
        with pytest.raises(NoPicture, match="100 x 101 pixels; 10,000 are the most"):
            measure(encoded("PNG", (100, height)))


def test_a_picture_of_too_many_bytes_is_none() -> None:
    with pytest.raises(NoPicture, match="33,554,433 bytes; 33,554,432 are the most"):
        measure(b"x" * (32 * 1024 * 1024 + 1))
