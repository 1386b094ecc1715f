"""`leadmagnet dev`: the whole service on this machine, until it is told to stop."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from leadmagnet.cli.data_dir import Ready, write_ready
from leadmagnet.cli.log_file import log_path, warnings_shown
from leadmagnet.cli.options import DEFAULT_DATA_DIR, DataDir
from leadmagnet.cli.output import notice, tell
from leadmagnet.cli.programs import folder_option, typed
from leadmagnet.cli.stack import StackOptions, running_stack
from leadmagnet.cli.stop_signals import stop_signals

Port = Annotated[int, typer.Option(help="Port of the API; 0 takes a free one.", min=0, max=65_535)]
ReadyFile = Annotated[
    Path | None,
    typer.Option(help="Write a JSON file that says where everything is, once it is up.", dir_okay=False),
]
Embedded = Annotated[
    bool,
    typer.Option(
        "--embedded/--no-embedded",
        help="Start the embedded AWS engine, or talk to AWS_ENDPOINT_URL or real AWS instead.",
    ),
]


def dev(
    port: Port = 8000,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    ready_file: ReadyFile = None,
    embedded: Embedded = True,
) -> None:
    """Start API, worker and the embedded AWS engine; Ctrl-C stops them in good order."""
    options = StackOptions(data_dir=data_dir, port=port, embedded=embedded, environ=dict(os.environ))
    with stop_signals():
        try:
            tell("[dim]Starting ...[/]")
            with (
                running_stack(options, notify=notice) as ready,
                warnings_shown(),
                _announced(ready, ready_file),
            ):
                _welcome(ready, options)
                _wait_for_signal()
        except KeyboardInterrupt:
            tell("[dim]Stopped. Jobs and their records are kept.[/]")


@contextmanager
def _announced(ready: Ready, path: Path | None) -> Iterator[None]:
    """The ready file is there for as long as the service answers."""
    if path is None:
        yield
        return
    write_ready(path, ready)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _wait_for_signal() -> None:
    try:
        threading.Event().wait()
    finally:
        # Told before the closing begins: with much data the saving takes seconds.
        tell("\n[dim]Stopping: running steps end, the data is saved ...[/]")


def _welcome(ready: Ready, options: StackOptions) -> None:
    folder = folder_option(options.data_dir, DEFAULT_DATA_DIR)
    program = typed("leadmagnet")
    tell(
        "",
        f"[bold]leadmagnet[/] is up at [bold cyan]{ready.api_url}[/]",
        "",
        f"  In a browser, within 15 minutes:  [cyan]{ready.sign_in_url}[/]",
        "",
        "  In another terminal:",
        "",
        f"    {program} workflows list{folder}",
        f"    {program} jobs submit market-report --example --watch{folder}",
        f"    {program} jobs list{folder}",
        f'    curl -H "Authorization: Bearer $({program} token{folder})" {ready.api_url}/admin/jobs',
        "",
        f"  [dim]AWS engine[/]  {ready.aws_endpoint_url or 'AWS itself'}",
        f"  [dim]Table[/]       {ready.jobs_table}",
        f"  [dim]Bucket[/]      {ready.bucket}",
        f"  [dim]Log[/]         {log_path(options.data_dir)}",
        "",
        "[dim]Ctrl-C stops it; jobs and their records are kept.[/]",
    )
