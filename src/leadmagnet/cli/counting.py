"""How far a long command is, while its answers go by: a line that moves on a terminal, now and then one elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.status import Status

from leadmagnet.cli.output import answers, remarks

#: Without a terminal, lines that come more often would drown the answers in a log.
_EVERY_S = 10.0


class Counting(Protocol):
    """Shows how far a command is."""

    def count(self, sentence: str) -> None:
        """Say how far it is now."""

    def answer(self, line: str) -> None:
        """Write a line of the answer."""


@contextmanager
def counting(start: str) -> Iterator[Counting]:
    """Show how far the command is on stderr for as long as the block lasts, beginning with `start`."""
    console = remarks()
    if not console.is_terminal:
        yield _Lines(console)
        return
    with console.status(start) as status:
        yield _Moving(console, status)


class _Moving:
    """One line that is written over."""

    def __init__(self, console: Console, status: Status) -> None:
        self._status = status
        # Only who draws the moving line can write above it; where answers go elsewhere, they do not meet.
        self._answers = console if answers().is_terminal else answers()

    def count(self, sentence: str) -> None:
        """Put the sentence in place of the last one."""
        self._status.update(sentence)

    def answer(self, line: str) -> None:
        """Write above the moving line."""
        self._answers.print(line, markup=False, soft_wrap=True)


class _Lines:
    """Lines one after the other."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = time.monotonic()

    def count(self, sentence: str) -> None:
        """Write the sentence, if the last one is a while ago."""
        if time.monotonic() - self._last >= _EVERY_S:
            self._last = time.monotonic()
            self._console.print(sentence, markup=False)

    def answer(self, line: str) -> None:
        """Write to stdout."""
        answers().print(line, markup=False, soft_wrap=True)
