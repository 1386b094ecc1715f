"""`leadmagnet rollback`: back to the version that served before."""

from __future__ import annotations

from typing import Annotated

import typer

from leadmagnet.cli.cloud_options import (
    DEFAULT_ENGINE_DIR,
    EngineDir,
    Environment,
    OnEngine,
    Region,
    Yes,
    chosen_account,
    commands_for,
)
from leadmagnet.cli.options import AsJson
from leadmagnet.cli.output import notice, plain_table, print_json, print_table, tell
from leadmagnet.deploy.names import Names
from leadmagnet.deploy.rollback import Move, plan_rollback, roll_back
from leadmagnet.wiring.deployment import build_deployment

To = Annotated[str | None, typer.Option(help="A version's number; the one before, if left out.", show_default=False)]


def rollback(
    to: To = None,
    environment: Environment = "production",
    region: Region = None,
    embedded: OnEngine = False,
    data_dir: EngineDir = DEFAULT_ENGINE_DIR,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Give all traffic to the version that served before, at once, and check it."""
    names = Names.of(environment)
    account = chosen_account(embedded=embedded, data_dir=data_dir, region=region)
    commands = commands_for(names, embedded=embedded, data_dir=data_dir, region=region)
    deployment = build_deployment(account, names, commands=commands, tell=notice)
    move = plan_rollback(deployment, to=to)
    if not as_json:
        _say(move, names)
    if not move.is_needed:
        tell("Nothing moves: this version serves already. Name another one with --to.")
    elif not yes and not typer.confirm("Go on?", err=True):
        raise typer.Exit(1)
    roll_back(deployment, move, tell=notice)
    if as_json:
        print_json(
            {role: {"before": move.before[role].number, "after": move.after[role].number} for role in move.after}
        )
    else:
        tell(
            "[bold green]Checked:[/] what serves now works."
            + (" The log of the version before says what was wrong with it." if move.is_needed else "")
        )


def _say(move: Move, names: Names) -> None:
    table = plain_table("function", "before", "after", right=("before", "after"))
    for role, function in names.functions.items():
        table.add_row(function, move.before[role].number, move.after[role].number)
    print_table(table)
