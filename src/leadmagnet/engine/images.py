"""A step's pictures, as templates see them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from leadmagnet.domain.artifact import Artifact
from leadmagnet.domain.execution_step import ExecutionStep, StepType


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One picture that an earlier step drew."""

    artifact_id: str
    content_type: str
    width: int
    height: int
    #: Path of the picture in the API.
    url: str
    _load: Callable[[str], Artifact]

    @property
    def data_uri(self) -> str:
        """The whole picture as a `data:` address; the file is read when a template asks for this."""
        content = base64.b64encode(self._load(self.artifact_id).content).decode("ascii")
        return f"data:{self.content_type};base64,{content}"


def images_of(record: ExecutionStep, *, load: Callable[[str], Artifact]) -> tuple[Image, ...]:
    """The pictures of a recorded step; none unless it is an image step."""
    if record.step_type is not StepType.IMAGE_GENERATION or not isinstance(record.output, list):
        return ()
    return tuple(_image(entry, load=load) for entry in record.output)


def _image(entry: Mapping[str, Any], *, load: Callable[[str], Artifact]) -> Image:
    return Image(
        artifact_id=entry["artifact_id"],
        content_type=entry["content_type"],
        width=entry["width"],
        height=entry["height"],
        url=entry["url"],
        _load=load,
    )
