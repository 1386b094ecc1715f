"""Lines as CloudWatch gets them."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

from leadmagnet.telemetry.lines import JsonLines


class Written:
    """What was logged while `lines_of` lasted."""

    def __init__(self, stream: StringIO) -> None:
        self._stream = stream

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    def of_event(self, event: str) -> list[dict[str, Any]]:
        return [line for line in map(json.loads, self.lines) if line.get("event") == event]


@contextmanager
def lines_of(service: str, *, namespace: str = "leadmagnet") -> Iterator[Written]:
    """Everything that is logged while the block lasts, as that service's lines."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines(service=service, namespace=namespace))
    root, ours = logging.getLogger(), logging.getLogger("leadmagnet")
    levels = root.level, ours.level
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    ours.setLevel(logging.INFO)
    try:
        yield Written(stream)
    finally:
        root.removeHandler(handler)
        root.setLevel(levels[0])
        ours.setLevel(levels[1])


def one_line(log: Callable[[logging.Logger], None], *, name: str = "leadmagnet.somewhere") -> dict[str, Any]:
    """The one line that `log` writes."""
    with lines_of("api") as written:
        log(logging.getLogger(name))
    [line] = written.lines
    return dict(json.loads(line))
