"""Pictures from OpenAI's image API, or anything that speaks it."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from io import BytesIO
from typing import Literal, cast, get_args

from openai import OpenAI, OpenAIError
from PIL import Image, UnidentifiedImageError
from pydantic import BaseModel, ValidationError

from leadmagnet.adapters.models import options as read
from leadmagnet.adapters.models.access import NO_KEY, OPENAI_BASE_URL, VendorAccess
from leadmagnet.adapters.models.prices import usage_of
from leadmagnet.adapters.models.vendor_errors import model_failed, what_they_said
from leadmagnet.domain.errors import ModelFailed
from leadmagnet.domain.execution_step import Usage
from leadmagnet.engine.ports import ImageAnswer, ImageRequest

#: What vendors send and browsers show. SVG is not among them: it can carry scripts.
_CONTENT_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}

#: Widths and heights that OpenAI's image models draw.
_SIZES = ((1024, 1024), (1536, 1024), (1024, 1536))


_Quality = Literal["auto", "low", "medium", "high"]


class _Drawn(BaseModel):
    b64_json: str | None = None


class _Used(BaseModel):
    input_tokens: int
    output_tokens: int


class _Pictures(BaseModel):
    """What of the vendor's answer is used. The SDK itself takes any JSON for an answer."""

    data: list[_Drawn] = []
    usage: _Used | None = None


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

        ModelFailed with the vendor's reason if there is none that can be used.
        """
        try:
            response = _Pictures.model_validate_json(self._ask(request))
        except OpenAIError as exc:
            raise model_failed(what_they_said(exc), self._name, exc) from exc
        except ValidationError as exc:
            raise self._unusable("it does not follow OpenAI's image API") from exc
        content = self._content(response)
        content_type, width, height = self._measure(content)
        return ImageAnswer(
            content=content,
            content_type=content_type,
            width=width,
            height=height,
            model=self._name,
            usage=self._usage(response),
        )

    @property
    def _name(self) -> str:
        return f"openai:{self.model}"

    def _ask(self, request: ImageRequest) -> bytes:
        width, height = nearest_size(request.width, request.height)
        quality = read.choice(request.options, "quality", among=get_args(_Quality), default="auto")
        with OpenAI(
            api_key=self.access.openai_api_key or NO_KEY,
            base_url=self.access.openai_base_url or OPENAI_BASE_URL,
            timeout=self.access.timeout_s,
            max_retries=self.access.retries,
        ) as client:
            answer = client.images.with_raw_response.generate(
                model=self.model,
                prompt=request.prompt,
                size=f"{width}x{height}",
                quality=cast(_Quality, quality),
                n=1,
            )
            return answer.content

    def _content(self, response: _Pictures) -> bytes:
        first = response.data[0].b64_json if response.data else None
        if not first:
            raise self._unusable("it sent no picture")
        try:
            return base64.b64decode(first, validate=True)
        except binascii.Error as exc:
            raise self._unusable("its picture is not valid base64") from exc

    def _measure(self, content: bytes) -> tuple[str, int, int]:
        try:
            with Image.open(BytesIO(content)) as picture:
                picture.verify()
                kind, (width, height) = picture.format or "", picture.size
        except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError) as exc:
            raise self._unusable("what it sent is no picture") from exc
        if kind not in _CONTENT_TYPES:
            raise self._unusable(f"it sent {kind}, which browsers do not show")
        return _CONTENT_TYPES[kind], width, height

    def _usage(self, response: _Pictures) -> Usage:
        if response.usage is None:
            return Usage(cost_usd=None)
        return usage_of(
            vendor="openai",
            model=self.model,
            input_tokens=response.usage.input_tokens,
            output_tokens=response.usage.output_tokens,
        )

    def _unusable(self, why: str) -> ModelFailed:
        return ModelFailed(
            f"The model's answer cannot be used: {why}; run the job again, or use another model.",
            model=self._name,
            retry=True,
        )


def nearest_size(width: int, height: int) -> tuple[int, int]:
    """The vendor's size whose shape is nearest to `width` x `height`."""
    wanted = width / height
    return min(_SIZES, key=lambda size: abs(size[0] / size[1] - wanted))
