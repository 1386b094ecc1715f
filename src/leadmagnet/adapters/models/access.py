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
    #: Makes a `bedrock-runtime` client; asked only when a step names a Bedrock model.
    bedrock: Callable[[], BaseClient] | None = None
    #: Seconds for one answer, retries of the vendor's SDK included.
    timeout_s: float = 120.0
    #: How often a vendor's SDK may repeat a request that met 408, 409, 429, 5xx or a lost connection.
    retries: int = 2
