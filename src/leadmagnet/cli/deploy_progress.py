"""A change of a stack while it goes on: one moving line on a terminal, a line per finished resource elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.markup import escape

from leadmagnet.cli.output import notice, remarks

#: What StackEvents says of a resource that has only begun.
_BEGUN = "in progress"


@contextmanager
def showing_progress() -> Iterator[Callable[[str], None]]:
    """Something to tell each event to, for as long as the block lasts."""
    console = remarks()
    if not console.is_terminal:
        yield _tell_finished
        return
    with console.status("Working") as status:

        def show(line: str) -> None:
            if ":" not in line or "failed" in line:
                console.print(line, markup=False, soft_wrap=True)
            status.update(escape(line))

        yield show


def _tell_finished(line: str) -> None:
    if not line.endswith(_BEGUN):
        notice(line)
