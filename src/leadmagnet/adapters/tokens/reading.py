"""What a token says before anything of it is believed."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from leadmagnet.domain.errors import Unauthorized

#: API Gateway takes 10,240 bytes of headers; what is longer than this was not made for us.
LONGEST_TOKEN_BYTES = 16_384
#: Longer than any tenant that a person would name; an index key may hold 2,048 bytes.
LONGEST_TENANT_CHARS = 128


def header_of(token: str, *, advice: str) -> dict[str, Any]:
    """The token's header; Unauthorized for what is not three parts of bounded size that each say a thing once.

    A claim that is there twice is read one way by one library and another way by the next, so none is believed.
    """
    parts = token.split(".")
    if len(token) > LONGEST_TOKEN_BYTES or len(parts) != 3 or not token.isascii():
        raise unusable(advice)
    header = _json_object(parts[0], advice)
    _json_object(parts[1], advice)
    if "crit" in header:
        # RFC 7515, section 4.1.11: refuse what demands an extension that we do not know; we know none.
        raise unusable(advice)
    return header


def unusable(advice: str) -> Unauthorized:
    """The refusal that tells a stranger nothing."""
    return Unauthorized(f"The token is not one that this service accepts. {advice}")


def tenant_of(value: object, *, advice: str) -> str:
    """The tenant that a claim names; Unauthorized if it is no short printable text."""
    if not isinstance(value, str) or not value.strip() or value != value.strip():
        raise Unauthorized(f"The token names no tenant. {advice}")
    if len(value) > LONGEST_TENANT_CHARS or not value.isprintable():
        raise Unauthorized(f"The token's tenant is no printable text of {LONGEST_TENANT_CHARS} characters. {advice}")
    return value


def _json_object(part: str, advice: str) -> dict[str, Any]:
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        found = json.loads(raw, object_pairs_hook=_each_once)
    except (ValueError, binascii.Error, RecursionError) as error:
        raise unusable(advice) from error
    if not isinstance(found, dict):
        raise unusable(advice)
    return found


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found
