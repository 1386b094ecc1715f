"""The `leadmagnet` command and its sub-commands."""

from __future__ import annotations

import typer

from leadmagnet.cli import jobs, queue, workflows
from leadmagnet.cli.demo import demo
from leadmagnet.cli.dev import dev
from leadmagnet.cli.doctor import doctor
from leadmagnet.cli.migrate import migrate_command
from leadmagnet.cli.sweep import sweep_command
from leadmagnet.cli.token import token
from leadmagnet.cli.usage import usage

app = typer.Typer(
    name="leadmagnet",
    help="Multi-step AI workflows as jobs, with a complete record of every step, whatever its size.",
    no_args_is_help=True,
    add_completion=False,
    # A fault of ours shows Python's own traceback; a user's mistake never gets that far.
    pretty_exceptions_enable=False,
)
app.command()(demo)
app.command()(dev)
app.command()(doctor)
app.command("migrate")(migrate_command)
app.command("sweep")(sweep_command)
app.command()(token)
app.command()(usage)
app.add_typer(jobs.app, name="jobs")
app.add_typer(queue.app, name="queue")
app.add_typer(workflows.app, name="workflows")
