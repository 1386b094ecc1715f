"""Proof to a webhook's receiver that a post is ours and new."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

HEADER = "Leadmagnet-Signature"


def signature(secret: str, body: bytes, *, at: datetime) -> str:
    """`t=<Unix seconds>,v1=<hex>`: HMAC-SHA256 over the seconds, a full stop and the body.

    The time is signed too, so that a receiver can refuse what somebody kept and sends again later.
    """
    seconds = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"
