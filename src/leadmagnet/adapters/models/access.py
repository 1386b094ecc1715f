"""What the vendors need to know of us."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.client import BaseClient

OPENAI_BASE_URL = "https://api.openai.com/v1"
#: Sent where a compatible server asks for no key; OpenAI's SDK insists on one.
NO_KEY = "not-needed"
ANTHROPIC_BASE_URL = "https://api.anthropic.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorAccess:
    """Credentials and limits of every vendor; what is None is not configured."""

    openai_api_key: str | None = None
    #: Of anything that speaks OpenAI's protocol. Such a server may do without a key.
    openai_base_url: str | None = None
    anthropic_api_key: str | None = None
    anthropic_base_url: str | None = None
    #: Gives a `bedrock-runtime` client that does not retry; asked only when a step names a Bedrock model.
    bedrock: Callable[[], BaseClient] | None = None
    #: Seconds for a whole call, from the look-up of the vendor's address to the last byte.
    timeout_s: float = 120.0

    @property
    def openai_url(self) -> str:
        """Where OpenAI's protocol is spoken."""
        return self.openai_base_url or OPENAI_BASE_URL
