"""Pictures from OpenAI's image API, or anything that speaks it."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Literal, cast

from openai import APIConnectionError, APIStatusError, AsyncOpenAI, OpenAIError
from pydantic import BaseModel, ValidationError

from leadmagnet.adapters.models import options as read
from leadmagnet.adapters.models.access import NO_KEY, VendorAccess
from leadmagnet.adapters.models.calling import call_within
from leadmagnet.adapters.models.http_client import AnswerTooLarge, http_client
from leadmagnet.adapters.models.picture import MAX_PICTURE_BYTES, NoPicture, measure
from leadmagnet.adapters.models.prices import usage_of
from leadmagnet.adapters.models.vendor_errors import causes, from_status, timed_out, unreachable, unusable
from leadmagnet.domain.errors import ModelFailed
from leadmagnet.domain.execution_step import Usage
from leadmagnet.engine.model_options import QUALITIES
from leadmagnet.engine.ports import ImageAnswer, ImageRequest

#: Widths and heights that OpenAI's image models draw.
_SIZES = ((1024, 1024), (1536, 1024), (1024, 1536))

_Quality = Literal["auto", "low", "medium", "high"]


class _Drawn(BaseModel):
    b64_json: str | None = None


class _Used(BaseModel):
    input_tokens: int
    output_tokens: int


class _Billed(BaseModel):
    """What can be read of any answer, also of one whose pictures cannot."""

    usage: _Used | None = None


class _Pictures(BaseModel):
    """What of the vendor's answer is used. The SDK itself takes any JSON for an answer."""

    data: list[_Drawn] = []


def image_model(*, model: str, access: VendorAccess) -> HostedImage:
    """The image model called `model`."""
    return HostedImage(model=model, access=access)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedImage:
    """An OpenAI-compatible image model. The option `quality` is passed on."""

    model: str
    access: VendorAccess

    def draw(self, request: ImageRequest) -> ImageAnswer:
        """The picture in the vendor's size that is nearest to the one asked for.

        An error of the kind of ModelFailed, with the vendor's reason and what it billed, if there is none.
        """
        timeout_s = self.access.timeout_s if request.timeout_s is None else request.timeout_s
        quality = read.choice(request.options, "quality", among=QUALITIES, default="auto")
        try:
            body = call_within(timeout_s, lambda: self._ask(request, cast(_Quality, quality), timeout_s))
        except TimeoutError as exc:
            raise timed_out(timeout_s, self._name) from exc
        except (OpenAIError, AnswerTooLarge) as exc:
            raise self._error(exc) from exc
        usage = self._usage(body)
        try:
            content = _content(body)
            measured = measure(content)
        except NoPicture as exc:
            raise unusable(str(exc), self._name, usage=usage) from exc
        return ImageAnswer(
            content=content,
            content_type=measured.content_type,
            width=measured.width,
            height=measured.height,
            model=self._name,
            usage=usage,
        )

    @property
    def _name(self) -> str:
        return f"openai:{self.model}"

    async def _ask(self, request: ImageRequest, quality: _Quality, timeout_s: float) -> bytes:
        width, height = nearest_size(request.width, request.height)
        async with AsyncOpenAI(
            api_key=self.access.openai_api_key or NO_KEY,
            base_url=self.access.openai_url,
            # Retries are the engine's, so that each call that may be billed is counted.
            max_retries=0,
            http_client=http_client(self.access.openai_url, timeout_s=timeout_s),
        ) as client:
            answer = await client.images.with_raw_response.generate(
                model=self.model, prompt=request.prompt, size=f"{width}x{height}", quality=quality, n=1
            )
            return answer.content

    def _error(self, exc: OpenAIError | AnswerTooLarge) -> ModelFailed:
        if any(isinstance(cause, AnswerTooLarge) for cause in causes(exc)):
            return unusable("it is larger than any answer can be", self._name)
        if isinstance(exc, APIStatusError):
            return from_status(exc.status_code, exc, self._name)
        if isinstance(exc, APIConnectionError):
            return unreachable(exc, self._name)
        return unusable("it does not follow OpenAI's image API", self._name)

    def _usage(self, body: bytes) -> Usage:
        try:
            used = _Billed.model_validate_json(body).usage
        except ValidationError:
            used = None
        if used is None:
            return Usage(cost_usd=None)
        return usage_of(
            vendor="openai", model=self.model, input_tokens=used.input_tokens, output_tokens=used.output_tokens
        )


def nearest_size(width: int, height: int) -> tuple[int, int]:
    """The vendor's size whose shape is nearest to `width` x `height`."""
    wanted = width / height
    return min(_SIZES, key=lambda size: abs(size[0] / size[1] - wanted))


def _content(body: bytes) -> bytes:
    """The first picture's bytes; NoPicture if there are none."""
    try:
        pictures = _Pictures.model_validate_json(body).data
    except ValidationError as exc:
        raise NoPicture("it does not follow OpenAI's image API") from exc
    first = pictures[0].b64_json if pictures else None
    if not first:
        raise NoPicture("it sent no picture")
    if len(first) // 4 * 3 > MAX_PICTURE_BYTES + 3:
        raise NoPicture(f"its picture has more than {MAX_PICTURE_BYTES:,} bytes")
    try:
        return base64.b64decode(first, validate=True)
    except ValueError as exc:  # of which binascii.Error is one; another is text that is not ASCII
        raise NoPicture("its picture is not valid base64") from exc
