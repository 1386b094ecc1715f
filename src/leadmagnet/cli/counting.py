"""How far a long command is: one line that moves on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from leadmagnet.cli.output import remarks

#: Without a terminal, lines that come more often would drown the answers in a log.
_EVERY_S = 10.0

#: Takes the sentence that says how far it is.
Count = Callable[[str], None]


@contextmanager
def counting(start: str) -> Iterator[Count]:
    """Show `start` on stderr, then whatever sentence is given last."""
    console = remarks()
    if console.is_terminal:
        with console.status(start) as status:
            yield status.update
        return
    last = time.monotonic()

    def now_and_then(sentence: str) -> None:
        nonlocal last
        if time.monotonic() - last >= _EVERY_S:
            last = time.monotonic()
            console.print(sentence, markup=False)

    yield now_and_then
