"""The one client for Amazon Bedrock, made when it is first needed."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

from botocore.config import Config

if TYPE_CHECKING:
    from botocore.client import BaseClient

_CONNECT_TIMEOUT_S = 10
#: Enough for the steps that one worker runs at the same time.
_CONNECTIONS = 64


class BedrockClient:
    """Calls `make` (a boto3 session's `client` method, for `bedrock-runtime`) once, and never for nothing.

    Making a client takes 0.1 s, and a session may not make two at the same time; a client serves all threads.
    """

    def __init__(self, make: Callable[..., BaseClient], *, timeout_s: float) -> None:
        self._make = make
        self._timeout_s = timeout_s
        self._lock = Lock()
        self._client: BaseClient | None = None

    def __call__(self) -> BaseClient:
        """The client. It sends each request once: botocore's own default is to pay for up to five."""
        with self._lock:
            if self._client is None:
                config = Config(
                    retries={"total_max_attempts": 1, "mode": "standard"},
                    connect_timeout=_CONNECT_TIMEOUT_S,
                    read_timeout=self._timeout_s,
                    max_pool_connections=_CONNECTIONS,
                )
                self._client = self._make(config=config)
            return self._client
