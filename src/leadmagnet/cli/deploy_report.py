"""What `leadmagnet deploy` says before, between and after."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.markup import escape

from leadmagnet.cli.output import bytes_text, notice, tell
from leadmagnet.cli.programs import typed
from leadmagnet.deploy.deployment import Deployed, Plan
from leadmagnet.deploy.names import Names
from leadmagnet.deploy.package import Package
from leadmagnet.deploy.parameters import Parameter
from leadmagnet.deploy.runtime import Runtime
from leadmagnet.deploy.starts import ENTRIES, Start, measure_starts
from leadmagnet.wiring.deployment import Account


def say_plan(account: Account, names: Names, runtime: Runtime, parameters: Sequence[Parameter], plan: Plan) -> None:
    """What will be done, where and as whom."""
    where = "the embedded engine" if account.embedded else f"AWS account {account.account}"
    what = "Make the new" if plan.is_new else "Update the"
    tell(
        f"{what} stack [bold]{names.stack}[/] in {where}, region {account.region}, as {escape(account.caller)}",
        f"  [dim]Functions[/]   {runtime.name} on {runtime.architecture}",
        *_parameter_lines(parameters),
    )
    if plan.kept:
        tell(f"  [dim]Takes up[/]    the data of an earlier deployment: {', '.join(each.name for each in plan.kept)}")


def _parameter_lines(parameters: Sequence[Parameter]) -> list[str]:
    own = [each for each in parameters if each.origin != "default"]
    defaults = ", ".join(f"{each.name}={each.value}" for each in parameters if each.origin == "default")
    return [
        *(f"  [dim]{'Parameters' if each is own[0] else '':10}[/]  {escape(_parameter_text(each))}" for each in own),
        f"  [dim]Defaults[/]    {escape(defaults)}",
    ]


def _parameter_text(parameter: Parameter) -> str:
    origin = f"was {parameter.before or 'empty'}" if parameter.origin == "changed" else parameter.origin
    return f"{parameter.name}={parameter.value}  ({origin})"


def say_building(*, installed: bool) -> None:
    """That it begins, and what takes long the first time."""
    notice(
        "Building the package of the functions."
        if installed
        else "Building the package of the functions; its wheels are installed first, which takes half a minute."
    )


def say_package(package: Package, runtime: Runtime) -> None:
    """How large the functions' package is, and what each function imports of it."""
    tell(f"Package: {bytes_text(package.zipped_bytes)}, unfolded {bytes_text(package.unzipped_bytes)}")
    if not runtime.runs_here:
        here = Runtime.here()
        tell(
            f"[dim]Imports are not measured: they are for {runtime.name} on {runtime.architecture}, and this is "
            f"{here.name} on {here.architecture}.[/]"
        )
        return
    starts = {each.function: each for each in measure_starts(package)}
    for function in ENTRIES:
        tell(f"  [dim]{function:11}[/] {_start_text(starts.get(function))}")


def _start_text(start: Start | None) -> str:
    if start is None:
        return "does not start on this machine; the check will say whether it does where it is deployed"
    bytecode = bytes_text(start.bytecode_bytes)
    return f"imports {start.modules:,} modules, {bytecode} of bytecode, in {start.seconds:.2f} s here"


def say_done(account: Account, done: Deployed, *, data_dir: Path) -> None:
    """Where everything is, and how to go on."""
    outputs = done.outputs
    tell(
        "",
        "[bold green]Deployed.[/]" if done.changed else "[bold]Nothing to change: all is deployed as it should be.[/]",
        "",
        f"  [dim]API, pages[/]  [bold cyan]{outputs['ApiUrl']}[/]",
        f"  [dim]Table[/]       {outputs['JobsTableName']}",
        f"  [dim]Bucket[/]      {outputs['ArtifactsBucketName']}",
        f"  [dim]Secret[/]      {outputs['SecretArn']}",
        "",
        "  To sign in, and to use it from a terminal:",
        "",
    )
    for line in _for_engine(data_dir) if account.embedded else _for_aws(account.region, outputs):
        tell(f"    {escape(line)}")


def _for_engine(data_dir: Path) -> list[str]:
    program, folder = typed("leadmagnet"), f" --data-dir {shlex.quote(str(data_dir))}"
    return [
        f"{program} token --role admin{folder}  # paste it on the sign-in page",
        f"{program} jobs submit market-report --example --watch{folder}",
    ]


def _for_aws(region: str, outputs: Mapping[str, str]) -> list[str]:
    # The key goes from the secret to the one who may read it, and nowhere else.
    return [
        f"export AWS_REGION={region}",
        f"export LEADMAGNET_API_URL={outputs['ApiUrl']}",
        f"export LEADMAGNET_TOKEN=$({typed('leadmagnet')} token --secret {outputs['SecretArn']})",
        f"{typed('leadmagnet')} jobs submit market-report --example --watch",
    ]
