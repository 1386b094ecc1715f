"""Keeps a delivery ours while its job runs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from leadmagnet.worker.deliveries import Messages

logger = logging.getLogger(__name__)


@contextmanager
def heartbeat(messages: Messages, receipt: str, *, visibility_s: int, every_s: float) -> Iterator[None]:
    """While the block runs, the delivery is extended by `visibility_s` every `every_s` seconds."""
    ended = Event()

    def beat() -> None:
        while not ended.wait(every_s):
            extend(messages, receipt, seconds=visibility_s)

    thread = Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def extend(messages: Messages, receipt: str, *, seconds: int) -> None:
    """Keep the message from others for that long from now; a queue that does not answer is logged and no more.

    The message then comes again at another time, which the lease of its job makes harmless.
    """
    try:
        messages.extend(receipt, seconds=seconds)
    except Exception:
        logger.warning("Delivery not extended", exc_info=True, extra={"event": "delivery_not_extended"})
