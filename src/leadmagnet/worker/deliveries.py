"""What the worker needs of a queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Delivery(Protocol):
    """One message, handed to one worker for a while."""

    @property
    def body(self) -> str:
        """The text that was sent."""

    @property
    def receipt(self) -> str:
        """What names this delivery of the message to the queue."""

    @property
    def deliveries(self) -> int:
        """How often the message was handed out, this time included."""


class Sender(Protocol):
    """The sending side of the queue."""

    def send(self, job_id: str, *, delay_s: int = 0) -> None:
        """Ask for the job to be run, after `delay_s` seconds."""


class Messages(Sender, Protocol):
    """A queue that somebody else takes the messages from."""

    def extend(self, receipt: str, *, seconds: int) -> None:
        """Keep the message from others for that many seconds from now; 0 hands it out again at once."""


class Deliveries(Messages, Protocol):
    """A queue that hands each message out at least once."""

    def receive(self, *, limit: int, wait_s: int) -> Sequence[Delivery]:
        """Up to `limit` messages; waits up to `wait_s` seconds for the first."""

    def ack(self, receipt: str) -> None:
        """The message is done with: never hand it out again."""
