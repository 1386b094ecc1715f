"""Keeps a delivery ours while its job runs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from leadmagnet.worker.deliveries import Deliveries

logger = logging.getLogger(__name__)


@contextmanager
def heartbeat(deliveries: Deliveries, receipt: str, *, visibility_s: int, every_s: float) -> Iterator[None]:
    """While the block runs, the delivery is extended by `visibility_s` every `every_s` seconds."""
    ended = Event()

    def beat() -> None:
        while not ended.wait(every_s):
            _extend(deliveries, receipt, visibility_s)

    thread = Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _extend(deliveries: Deliveries, receipt: str, visibility_s: int) -> None:
    try:
        deliveries.extend(receipt, seconds=visibility_s)
    except Exception:
        logger.warning("Delivery not extended", exc_info=True, extra={"event": "delivery_not_extended"})
