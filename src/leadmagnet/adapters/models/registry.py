"""Finds models by name: `offline`, or `vendor:model` as in `openai:gpt-5-mini`."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, cast

from leadmagnet.adapters.models.access import VendorAccess
from leadmagnet.adapters.models.bedrock_client import BedrockClient
from leadmagnet.domain.errors import ModelNotConfigured
from leadmagnet.engine.model_names import OFFLINE, name_problem
from leadmagnet.engine.ports import ImageModel, TextModel

if TYPE_CHECKING:
    from botocore.client import BaseClient

_PACKAGE = "leadmagnet.adapters.models"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Vendor:
    """Where a vendor's models are made, and what it needs before that."""

    #: Module with a `text_model` factory.
    text: str
    #: Module with an `image_model` factory; None where the vendor draws nothing.
    image: str | None = None
    ready: Callable[[VendorAccess], bool]
    #: What to set if the vendor is not ready.
    needs: str


_VENDORS = {
    "openai": _Vendor(
        text=f"{_PACKAGE}.openai_text",
        image=f"{_PACKAGE}.hosted_image",
        ready=lambda access: bool(access.openai_api_key or access.openai_base_url),
        needs="OPENAI_API_KEY (or OPENAI_BASE_URL for a compatible server)",
    ),
    "anthropic": _Vendor(
        text=f"{_PACKAGE}.anthropic_text",
        ready=lambda access: bool(access.anthropic_api_key),
        needs="ANTHROPIC_API_KEY",
    ),
    "bedrock": _Vendor(
        text=f"{_PACKAGE}.bedrock_text",
        ready=lambda access: access.bedrock is not None,
        needs="LEADMAGNET_BEDROCK=1 (and AWS credentials that may call Bedrock)",
    ),
}


class ModelRegistry:
    """The models that can be used here.

    Reads no environment: credentials are arguments, and a vendor without them is refused when a step
    names it, not before. Vendors' SDKs are imported then, too.
    """

    def __init__(
        self,
        *,
        default_text: str = OFFLINE,
        default_image: str = OFFLINE,
        openai_api_key: str | None = None,
        openai_base_url: str | None = None,
        anthropic_api_key: str | None = None,
        anthropic_base_url: str | None = None,
        bedrock: Callable[..., BaseClient] | None = None,
        timeout_s: float = 120.0,
    ) -> None:
        """Keep what the vendors need; `bedrock` makes a `bedrock-runtime` client of a botocore `config`."""
        self._default_text = default_text
        self._default_image = default_image
        self._access = VendorAccess(
            openai_api_key=openai_api_key or None,
            openai_base_url=openai_base_url or None,
            anthropic_api_key=anthropic_api_key or None,
            anthropic_base_url=anthropic_base_url or None,
            bedrock=None if bedrock is None else BedrockClient(bedrock, timeout_s=timeout_s),
            timeout_s=timeout_s,
        )

    def text(self, name: str | None) -> TextModel:
        """A text model; ModelNotConfigured if its vendor is unknown or has no credentials here."""
        name = name or self._default_text
        if name == OFFLINE:
            return cast(TextModel, _load(f"{_PACKAGE}.offline.text").OfflineText())
        vendor, model = self._find(name)
        return cast(TextModel, _load(vendor.text).text_model(model=model, access=self._access))

    def image(self, name: str | None) -> ImageModel:
        """An image model; ModelNotConfigured if its vendor is unknown or has no credentials here."""
        name = name or self._default_image
        if name == OFFLINE:
            return cast(ImageModel, _load(f"{_PACKAGE}.offline.image").OfflineImage())
        vendor, model = self._find(name)
        if vendor.image is None:
            raise ModelNotConfigured(
                f"The model {name!r} draws no pictures here; use an `openai:` model or `offline`.", model=name
            )
        return cast(ImageModel, _load(vendor.image).image_model(model=model, access=self._access))

    def _find(self, name: str) -> tuple[_Vendor, str]:
        problem = name_problem(name)
        if problem is not None:
            raise ModelNotConfigured(f"{problem}; correct the workflow, or the setting of the default.", model=name)
        vendor_name, _, model = name.partition(":")
        vendor = _VENDORS[vendor_name]
        if not vendor.ready(self._access):
            raise ModelNotConfigured(
                f"The model {name!r} needs {vendor.needs}; set it, or use the model `offline`.", model=name
            )
        return vendor, model.strip()


def _load(module: str) -> ModuleType:
    """The module, imported now: pydantic-ai and a vendor's SDK take 1 to 2.5 s to import.

    A worker that only writes offline, and every command that runs no step, should not wait for them.
    This is the one place where a module is loaded late.
    """
    return importlib.import_module(module)
