"""The `leadmagnet` command and its sub-commands, each loaded when it is called for.

Some are clients of the API and some are the whole service: `jobs list` must not wait for what `dev` needs.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperGroup
from typer.main import get_command

#: Where each command is: a function, or a group of commands.
_PLACES = {
    "demo": "leadmagnet.cli.demo:demo",
    "dev": "leadmagnet.cli.dev:dev",
    "deploy": "leadmagnet.cli.deploy:deploy",
    "destroy": "leadmagnet.cli.destroy:destroy",
    "doctor": "leadmagnet.cli.doctor:doctor",
    "engine": "leadmagnet.cli.engine:engine",
    "jobs": "leadmagnet.cli.jobs:app",
    "migrate": "leadmagnet.cli.migrate:migrate_command",
    "queue": "leadmagnet.cli.queue:app",
    "rollback": "leadmagnet.cli.rollback:rollback",
    "settle": "leadmagnet.cli.settle:settle_command",
    "sweep": "leadmagnet.cli.sweep:sweep_command",
    "token": "leadmagnet.cli.token:token",
    "usage": "leadmagnet.cli.usage:usage",
    "workflows": "leadmagnet.cli.workflows:app",
}


#: Typer's class of commands is private to it.
_Command = Any


class _Commands(MutableMapping[str, _Command]):
    """The commands by name."""

    def __init__(self) -> None:
        self._loaded: dict[str, _Command] = {}

    def __getitem__(self, name: str) -> _Command:
        if name not in self._loaded:
            self._loaded[name] = _load(name)
        return self._loaded[name]

    def __setitem__(self, name: str, command: _Command) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        raise TypeError(f"the command {name} belongs to leadmagnet")

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)


def _load(name: str) -> _Command:
    module, _, attribute = _PLACES[name].partition(":")
    found = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        group = get_command(found)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name)(found)
    return get_command(alone)


app = TyperGroup(
    name="leadmagnet",
    help="Multi-step AI workflows as jobs, with a complete record of every step, whatever its size.",
    no_args_is_help=True,
    # A mapping does; the group asks by name, and for all names.
    commands=cast(dict[str, _Command], _Commands()),
    rich_markup_mode="rich",
)
