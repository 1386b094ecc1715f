"""A check that nothing written in the template is passed over."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from leadmagnet.local.errors import TemplateNotUnderstood


def known(kind: str, properties: Mapping[str, Any], names: Set[str]) -> Mapping[str, Any]:
    """`properties`, all of which are among `names`; TemplateNotUnderstood otherwise."""
    unknown = sorted(properties.keys() - names)
    if unknown:
        raise TemplateNotUnderstood(
            "The template sets a property that the embedded engine cannot be given. "
            "Teach leadmagnet.local to set it, or take it out of the template.",
            type=kind,
            properties=", ".join(unknown),
        )
    return properties
