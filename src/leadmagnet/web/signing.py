"""What only this service can have made."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """One key that signs for several purposes; nothing signed for one can be passed off as another's."""

    key: str = field(repr=False)

    def mac(self, purpose: str, message: bytes) -> str:
        """The signature, in hexadecimal."""
        return hmac.new(self.key.encode(), purpose.encode() + b"\0" + message, hashlib.sha256).hexdigest()

    def is_mac(self, mac: str, purpose: str, message: str) -> bool:
        """Whether `mac` signs `message` for this purpose; False for anything that is not ASCII."""
        if not mac.isascii() or not message.isascii():
            return False
        return hmac.compare_digest(self.mac(purpose, message.encode()), mac)
