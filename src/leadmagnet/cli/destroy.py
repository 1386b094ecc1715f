"""`leadmagnet destroy`: the deployment away, its data only if that is said twice."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

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
from leadmagnet.cli.data_dir import read_ready, ready_path
from leadmagnet.cli.deploy_progress import showing_progress
from leadmagnet.cli.output import notice, tell
from leadmagnet.deploy.data import Kept
from leadmagnet.deploy.deployment import Deployment
from leadmagnet.deploy.names import Names
from leadmagnet.deploy.stack import StackState
from leadmagnet.deploy.stack_status import must_stand_still
from leadmagnet.domain.errors import Invalid
from leadmagnet.wiring.deployment import build_deployment

DeleteData = Annotated[
    bool, typer.Option("--delete-data", help="Delete tables and bucket too, with every job and file in them.")
]
YesDeleteData = Annotated[
    str | None,
    typer.Option(help="With --delete-data: the stack's name, instead of typing it when asked.", show_default=False),
]


def destroy(
    environment: Environment = "production",
    region: Region = None,
    embedded: OnEngine = False,
    data_dir: EngineDir = DEFAULT_ENGINE_DIR,
    delete_data: DeleteData = False,
    yes_delete_data: YesDeleteData = None,
    yes: Yes = False,
) -> None:
    """Delete the stack: functions, queues, logs, the secret with its keys. Tables and bucket stay."""
    names = Names.of(environment)
    if yes_delete_data is not None and (not delete_data or yes_delete_data != names.stack):
        raise Invalid(f"--yes-delete-data takes the stack's name, {names.stack}, and goes with --delete-data.")
    account = chosen_account(embedded=embedded, data_dir=data_dir, region=region)
    commands = commands_for(names, embedded=embedded, data_dir=data_dir, region=region)
    deployment = build_deployment(account, names, commands=commands, tell=notice)
    data = deployment.data
    state, kept = deployment.state(), data.must_be_ours() if delete_data else data.kept()
    _say_plan(names, state, kept, delete_data=delete_data)
    if state is None and not (delete_data and kept):
        return
    if state is not None and not state.is_new:
        must_stand_still(names.stack, state)
    if delete_data:
        _ask_for_name(names, given=yes_delete_data)
    elif not yes and not typer.confirm("Go on?", err=True):
        raise typer.Exit(1)
    with showing_progress() as show:
        shown = build_deployment(account, names, commands=commands, tell=show)
        _destroy(shown, has_stack=state is not None, delete_data=delete_data)
    if account.embedded and _forget(names, data_dir):
        tell(
            f"Commands with --data-dir {escape(str(data_dir))} led to it and lead nowhere now; deploying another "
            "installation again leads them there."
        )
    left = deployment.data.kept()
    tell("[bold green]Gone.[/]" + (" A later deployment takes the data up again." if left else ""))


def _destroy(deployment: Deployment, *, has_stack: bool, delete_data: bool) -> None:
    if has_stack:
        deployment.stack.delete()
    if delete_data:
        deployment.data.delete(notice)


def _forget(names: Names, data_dir: Path) -> bool:
    """Lead no command to an API that is gone; whether one was led there."""
    path = ready_path(data_dir)
    ready = read_ready(path)
    if ready is None or ready.jobs_table != names.tables[0]:
        return False
    path.unlink(missing_ok=True)
    return True


def _say_plan(names: Names, state: StackState | None, kept: list[Kept], *, delete_data: bool) -> None:
    if state is None:
        tell(f"There is no stack [bold]{names.stack}[/].")
    else:
        tell(
            f"Delete the stack [bold]{names.stack}[/]: functions, API, queues and their messages, logs, and the secret"
        )
    for each in kept:
        tell(f"  [bold red]deleted[/] {each.name}" if delete_data else f"  [green]kept[/]    {each.name}")


def _ask_for_name(names: Names, *, given: str | None) -> None:
    typed = (
        given if given is not None else typer.prompt(f"All data will be gone. Type {names.stack} to go on", err=True)
    )
    if typed != names.stack:
        raise Invalid(f"That is not {names.stack}: nothing was deleted.")
