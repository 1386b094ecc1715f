"""What a command writes: answers to stdout, everything else to stderr, JSON without decoration."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

#: Without a terminal there is nothing to fit into; wide enough that no id or key is ever folded.
_PLAIN_WIDTH = 400
_KIB = 1024


def answers() -> Console:
    """The console of what was asked for (stdout)."""
    return _console(stderr=False)


def remarks() -> Console:
    """The console of progress, hints and errors (stderr)."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    if stream.isatty():
        return Console(stderr=stderr, highlight=False, emoji=False)
    return Console(
        stderr=stderr, highlight=False, emoji=False, width=_PLAIN_WIDTH, force_terminal=False, color_system=None
    )


def tell(*lines: str) -> None:
    """Lines with rich's markup on stderr; long ones are left to the terminal to fold."""
    console = remarks()
    for line in lines:
        console.print(line, soft_wrap=True)


def notice(sentence: str) -> None:
    """A sentence on stderr, exactly as it is."""
    remarks().print(sentence, markup=False, soft_wrap=True)


def print_json(value: object) -> None:
    """`value` as JSON on stdout, and nothing else there."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def plain_table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """An empty table without lines; the columns named in `right` hold numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return table


def print_table(table: Table) -> None:
    """`table` on stdout, its lines without trailing blanks where nobody looks at a screen."""
    console = answers()
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():
        console.print(line.rstrip(), markup=False)


def bytes_text(size: int) -> str:
    """A size as people read it; KB is 1,024 bytes, as in DynamoDB's limits."""
    if size < _KIB:
        return f"{size} B"
    if size < _KIB**2:
        return f"{size / _KIB:.1f} KB"
    return f"{size / _KIB**2:.1f} MB"


def seconds_between(start: str | None, end: str | None) -> float | None:
    """Seconds from one ISO instant to another; None if one of them is not there yet."""
    if start is None or end is None:
        return None
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def seconds_text(seconds: float | None) -> str:
    """A duration in seconds as people read it."""
    return "-" if seconds is None else f"{seconds:.1f} s"


STATUS_STYLE = {
    "pending": "yellow",
    "processing": "cyan",
    "completed": "green",
    "failed": "bold red",
    "cancelled": "dim",
}


def status_text(status: str) -> str:
    """A job's or step's status in its colour."""
    style = STATUS_STYLE.get(status)
    return f"[{style}]{status}[/]" if style else status


def where_text(job: dict[str, Any]) -> str:
    """Where a job's record lives."""
    key = job.get("execution_steps_s3_key")
    return f"S3 {key}" if key else "DynamoDB"
