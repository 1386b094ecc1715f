"""What `leadmagnet deploy` says before, between and after."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.markup import escape

from leadmagnet.cli.output import bytes_text, tell
from leadmagnet.cli.programs import typed
from leadmagnet.deploy.deployment import Deployed, Plan
from leadmagnet.deploy.names import Names
from leadmagnet.deploy.package import Package
from leadmagnet.deploy.parameters import Parameter
from leadmagnet.deploy.runtime import Runtime
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


def say_package(package: Package) -> None:
    """How large the functions' package is."""
    tell(f"Package: {bytes_text(package.zipped_bytes)}, unfolded {bytes_text(package.unzipped_bytes)}")


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
