"""How a step names its model, and what each vendor's models can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leadmagnet.engine.suggest import did_you_mean

#: Drafts and pictures made on this machine.
OFFLINE = "offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorOffer:
    """What a vendor's models do beside writing text."""

    draws: bool = False
    searches: bool = False


#: `adapters.models.registry` knows how to reach each of them.
VENDORS: Mapping[str, VendorOffer] = {
    "openai": VendorOffer(draws=True, searches=True),
    "anthropic": VendorOffer(searches=True),
    "bedrock": VendorOffer(),
}


def name_problem(name: str) -> str | None:
    """Why no model can be called `name`; None if one can."""
    vendor, colon, model = name.partition(":")
    if name == OFFLINE:
        return None
    if not colon or not model.strip():
        hint = did_you_mean(name, [OFFLINE])
        return f'"{name}" names no model: write vendor:model, as in openai:gpt-5-mini, or {OFFLINE}{hint}'
    if vendor not in VENDORS:
        hint = did_you_mean(vendor, VENDORS) or f"; there are: {', '.join(VENDORS)}"
        return f'"{vendor}" is not a vendor of models{hint}'
    return None


def offer_of(name: str) -> VendorOffer:
    """What can be asked of the model called `name`, which has no `name_problem`."""
    return VendorOffer(draws=True) if name == OFFLINE else VENDORS[name.partition(":")[0]]


def who(*, draws: bool = False, searches: bool = False) -> str:
    """The vendors that offer all of this, for a message."""
    able = [name for name, offer in VENDORS.items() if offer.draws >= draws and offer.searches >= searches]
    return ", ".join(able)
