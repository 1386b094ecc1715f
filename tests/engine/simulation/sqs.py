"""A queue in memory that hands out at least once, in any order, and counts what it handed out."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Message:
    """One message and where it stands."""

    id: str
    body: str
    visible_at_s: float
    receives: int = 0


class MemoryQueue:
    """A standard queue with a dead-letter queue."""

    def __init__(
        self, rng: random.Random, now_s: Callable[[], float], *, most_receives: int, duplicates: float
    ) -> None:
        self._rng = rng
        self._now_s = now_s
        self._most_receives = most_receives
        self._duplicates = duplicates
        self._made = 0
        self.messages: dict[str, Message] = {}
        self.dead: dict[str, Message] = {}

    def send_message(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Put a message in, visible after its delay."""
        self._made += 1
        message = Message(f"m{self._made}", request["MessageBody"], self._now_s() + request["DelaySeconds"])
        self.messages[message.id] = message
        return {"MessageId": message.id}

    def receive_message(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Some message that is visible; what was handed out too often becomes a dead letter instead."""
        for message in [each for each in self.messages.values() if each.receives >= self._most_receives]:
            if message.visible_at_s <= self._now_s():
                self.dead[message.id] = self.messages.pop(message.id)
        visible = [each for each in self.messages.values() if each.visible_at_s <= self._now_s()]
        if not visible:
            return {}
        message = visible[int(self._rng.random() * len(visible))]
        message.receives += 1
        if self._rng.random() >= self._duplicates:
            message.visible_at_s = self._now_s() + request["VisibilityTimeout"]
        told = {"Body": message.body, "ReceiptHandle": f"{message.id}/{message.receives}"}
        return {"Messages": [told | {"Attributes": {"ApproximateReceiveCount": str(message.receives)}}]}

    def change_message_visibility(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Hide a message for a while, by the receipt of any of its deliveries; nothing if it is gone."""
        hidden = self.named(request["ReceiptHandle"])
        if hidden is not None:
            hidden.visible_at_s = self._now_s() + request["VisibilityTimeout"]
        return {}

    def delete_message(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Take a message out, by the receipt of any of its deliveries."""
        gone = self.named(request["ReceiptHandle"])
        if gone is not None:
            del self.messages[gone.id]
        return {}

    def named(self, receipt: str) -> Message | None:
        """The message of that receipt, as long as it is there."""
        return self.messages.get(receipt.partition("/")[0])

    def next_visible_s(self) -> float | None:
        """How long until the next message can be handed out; None if there is none."""
        if not self.messages:
            return None
        return max(0.0, min(message.visible_at_s for message in self.messages.values()) - self._now_s())
