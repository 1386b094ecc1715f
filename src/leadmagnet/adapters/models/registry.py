"""Finds models by name: `offline`, or `vendor:model` as in `openai:gpt-5-mini`."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, cast

from leadmagnet.adapters.models.access import VendorAccess
from leadmagnet.domain.errors import ModelNotConfigured
from leadmagnet.engine.ports import ImageModel, TextModel

if TYPE_CHECKING:
    from botocore.client import BaseClient

_PACKAGE = "leadmagnet.adapters.models"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Vendor:
    """Where a vendor's models are made, and what it needs before that."""

    #: Modules with a `text_model` and an `image_model` factory; None where the vendor offers none.
    text: str | None
    image: str | None
    ready: Callable[[VendorAccess], bool]
    #: What to set if the vendor is not ready.
    needs: str


_VENDORS = {
    "openai": _Vendor(
        text=f"{_PACKAGE}.hosted_text",
        image=f"{_PACKAGE}.hosted_image",
        ready=lambda access: bool(access.openai_api_key or access.openai_base_url),
        needs="OPENAI_API_KEY (or OPENAI_BASE_URL for a compatible server)",
    ),
    "anthropic": _Vendor(
        text=f"{_PACKAGE}.hosted_text",
        image=None,
        ready=lambda access: bool(access.anthropic_api_key),
        needs="ANTHROPIC_API_KEY",
    ),
    "bedrock": _Vendor(
        text=f"{_PACKAGE}.hosted_text",
        image=None,
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
        default_text: str = "offline",
        default_image: str = "offline",
        openai_api_key: str | None = None,
        openai_base_url: str | None = None,
        anthropic_api_key: str | None = None,
        anthropic_base_url: str | None = None,
        bedrock: Callable[[], BaseClient] | None = None,
        timeout_s: float = 120.0,
        retries: int = 2,
    ) -> None:
        self._default_text = default_text
        self._default_image = default_image
        self._access = VendorAccess(
            openai_api_key=openai_api_key or None,
            openai_base_url=openai_base_url or None,
            anthropic_api_key=anthropic_api_key or None,
            anthropic_base_url=anthropic_base_url or None,
            bedrock=bedrock,
            timeout_s=timeout_s,
            retries=retries,
        )

    def text(self, name: str | None) -> TextModel:
        """A text model; ModelNotConfigured if its vendor is unknown or has no credentials here."""
        name = name or self._default_text
        if name == "offline":
            return cast(TextModel, _load(f"{_PACKAGE}.offline.text").OfflineText())
        vendor_name, vendor, model = self._find(name)
        if vendor.text is None:
            raise _writes_or_draws_nothing(name, vendor_name, "writes no text")
        factory = _load(vendor.text).text_model
        return cast(TextModel, factory(vendor=vendor_name, model=model, access=self._access))

    def image(self, name: str | None) -> ImageModel:
        """An image model; ModelNotConfigured if its vendor is unknown or has no credentials here."""
        name = name or self._default_image
        if name == "offline":
            return cast(ImageModel, _load(f"{_PACKAGE}.offline.image").OfflineImage())
        vendor_name, vendor, model = self._find(name)
        if vendor.image is None:
            raise _writes_or_draws_nothing(name, vendor_name, "draws no pictures")
        factory = _load(vendor.image).image_model
        return cast(ImageModel, factory(model=model, access=self._access))

    def _find(self, name: str) -> tuple[str, _Vendor, str]:
        vendor_name, colon, model = name.partition(":")
        if not colon or not model.strip():
            raise ModelNotConfigured(
                "A model is named `vendor:model`, for example `openai:gpt-5-mini`; or use `offline`.",
                model=name,
            )
        vendor = _VENDORS.get(vendor_name)
        if vendor is None:
            known = ", ".join(_VENDORS)
            raise ModelNotConfigured(
                f"No vendor is called {vendor_name!r}; use one of {known}, or the model `offline`.",
                model=name,
            )
        if not vendor.ready(self._access):
            raise ModelNotConfigured(
                f"The model {name!r} needs {vendor.needs}; set it, or use the model `offline`.", model=name
            )
        return vendor_name, vendor, model.strip()


def _writes_or_draws_nothing(name: str, vendor: str, what: str) -> ModelNotConfigured:
    return ModelNotConfigured(f"The vendor {vendor!r} {what} here; use an `openai:` model or `offline`.", model=name)


def _load(module: str) -> ModuleType:
    """The module, imported now: pydantic-ai and the vendors' SDKs take 0.5 to 0.9 s each to import.

    A worker that only writes offline, and every command that runs no step, should not wait for them.
    This is the one place where a module is loaded late.
    """
    return importlib.import_module(module)
