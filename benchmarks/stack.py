"""An embedded engine for a benchmark, and clients that count what they send."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leadmagnet.local.engine import EmbeddedEngine
from leadmagnet.local.files import template_path
from leadmagnet.local.resources import Resources, create_resources
from leadmagnet.settings import Settings
from leadmagnet.wiring.clients import Clients, connect

_PRICED = ("UpdateItem", "PutItem", "GetItem")
_QUESTION = ', "ReturnConsumedCapacity": "TOTAL"'


@dataclass(slots=True)
class Wire:
    """What went over the wire since the last `reset`."""

    requests: int = 0
    bytes: int = 0
    write_units: float = 0.0
    by_operation: dict[str, int] = field(default_factory=dict)

    def reset(self) -> None:
        self.requests, self.bytes, self.write_units, self.by_operation = 0, 0, 0.0, {}

    def watch(self, clients: Clients) -> None:
        """Count all that these clients send, and have DynamoDB say what it costs."""
        for client in (clients.dynamodb, clients.s3):
            client.meta.events.register("before-send", self._sent)
            client.meta.events.register("after-call", self._answered)
        for operation in _PRICED:
            clients.dynamodb.meta.events.register(f"provide-client-params.dynamodb.{operation}", _ask_for_capacity)

    def _sent(self, request: Any, event_name: str, **_: Any) -> None:
        self.requests += 1
        operation = event_name.rsplit(".", 1)[-1]
        self.by_operation[operation] = self.by_operation.get(operation, 0) + 1
        if operation in _PRICED:
            # Asking for the price is the measurement's, not the subject's.
            self.bytes -= len(_QUESTION)
        body = request.body
        if isinstance(body, (bytes, str)):
            self.bytes += len(body)
        elif body is not None:
            self.bytes += int(request.headers.get("Content-Length") or request.headers["X-Amz-Decoded-Content-Length"])

    def _answered(self, parsed: Any, model: Any, **_: Any) -> None:
        if model.name in ("UpdateItem", "PutItem"):
            self.write_units += parsed.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0)


def _ask_for_capacity(params: dict[str, Any], **_: Any) -> None:
    params["ReturnConsumedCapacity"] = "TOTAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A running engine with empty resources."""

    settings: Settings
    resources: Resources
    clients: Clients
    engine_pid: int | None = None


@contextmanager
def running() -> Iterator[Stack]:
    """An engine of its own, gone at the end."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedEngine(Path(folder), notify=print) as engine:
        access = engine.access
        settings = Settings(
            region=access.region,
            endpoint_url=access.endpoint_url,
            access_key_id=access.access_key_id,
            secret_access_key=access.secret_access_key,
        )
        clients = connect(settings)
        made = create_resources(template_path(), dynamodb=clients.dynamodb, s3=clients.s3, sqs=clients.sqs)
        yield Stack(settings=settings, resources=made, clients=clients)
