"""Which deployment a command is about: AWS or the embedded engine, and which environment there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadmagnet.cli.engine_file import read_engine
from leadmagnet.cli.programs import folder_option
from leadmagnet.deploy.commands import Commands
from leadmagnet.deploy.names import Names
from leadmagnet.domain.errors import Invalid
from leadmagnet.wiring.deployment import Account, account_of_aws, account_of_engine

DEFAULT_ENGINE_DIR = Path(".leadmagnet/deployed")

EngineDir = Annotated[
    Path, typer.Option("--data-dir", help="Where `leadmagnet engine` keeps its state.", file_okay=False)
]
OnEngine = Annotated[
    bool, typer.Option("--embedded", help="The engine that `leadmagnet engine` runs on this machine, instead of AWS.")
]
Environment = Annotated[
    str, typer.Option(help="Which installation: every one but production has its name behind all names.")
]
Region = Annotated[
    str | None,
    # boto3 itself reads AWS_DEFAULT_REGION and no AWS_REGION, which everything else of AWS does.
    typer.Option(envvar="AWS_REGION", help="AWS region; left out, the one of your AWS settings.", show_default=False),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def commands_for(names: Names, *, embedded: bool, data_dir: Path, region: str | None) -> Commands:
    """Our commands with the options that lead to the same installation again."""
    options = "" if names.suffix == "" else f" --environment {names.environment}"
    if embedded:
        options += f" --embedded{folder_option(data_dir, DEFAULT_ENGINE_DIR)}"
    elif region is not None:
        options += f" --region {region}"
    return Commands(options=options)


def chosen_account(*, embedded: bool, data_dir: Path, region: str | None) -> Account:
    """The account that the options name; an error that says what to do if it cannot be reached."""
    if not embedded:
        return account_of_aws(region=region)
    access = read_engine(data_dir)
    if access is None:
        raise Invalid(
            f"No engine runs on the data folder {data_dir}. Start one in another terminal with: "
            f"leadmagnet engine{folder_option(data_dir, DEFAULT_ENGINE_DIR)}"
        )
    return account_of_engine(access)
