"""`leadmagnet deploy`: the service in AWS, or in the embedded engine."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from leadmagnet.adapters.tokens import HmacTokens
from leadmagnet.cli.cache_dir import cache_dir
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
from leadmagnet.cli.data_dir import Ready, keep_token_key, ready_path, write_ready
from leadmagnet.cli.deploy_progress import showing_progress
from leadmagnet.cli.deploy_report import say_building, say_done, say_package, say_plan
from leadmagnet.cli.options import AsJson
from leadmagnet.cli.output import notice, print_json
from leadmagnet.cli.shipped_workflows import put_workflows, shipped_workflows
from leadmagnet.deploy.dependencies import are_installed
from leadmagnet.deploy.deployment import Deployed, Wish
from leadmagnet.deploy.names import Names
from leadmagnet.deploy.package import build_package
from leadmagnet.deploy.parameters import check_parameters, in_force
from leadmagnet.deploy.runtime import VERSIONS, Runtime, own_python
from leadmagnet.domain.access import Role
from leadmagnet.domain.errors import Invalid
from leadmagnet.domain.job import DEFAULT_TENANT
from leadmagnet.local.files import functions_lock, template_path
from leadmagnet.local.template import read_template
from leadmagnet.wiring.deployment import Account, build_deployment
from leadmagnet.wiring.identity import now

#: A deployment's token for the laptop that made it, as `leadmagnet dev` makes one.
_TOKEN_TTL = timedelta(days=30)
#: Bytecode can only be made for the Python that runs here.
_PYTHON = own_python() if own_python() in VERSIONS else VERSIONS[-1]

Parameters = Annotated[
    list[str],
    typer.Option(
        "--parameter",
        help="A parameter of the template, as in TextModel=openai:gpt-5; may be given more than once. "
        "What is not named keeps its value.",
        show_default=False,
    ),
]
Python = Annotated[
    str, typer.Option(help="3.12 or 3.13; left out, the one that runs this if it can be; on the embedded engine that.")
]
Architecture = Annotated[str, typer.Option(help="arm64 or x86_64; on the embedded engine its own.")]


def deploy(
    environment: Environment = "production",
    parameter: Parameters = [],  # noqa: B006 (typer reads it and never changes it)
    python: Python = _PYTHON,
    architecture: Architecture = "arm64",
    region: Region = None,
    embedded: OnEngine = False,
    data_dir: EngineDir = DEFAULT_ENGINE_DIR,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Deploy the service, or what changed in it; what serves goes on serving until the new code has been checked."""
    names = Names.of(environment)
    named = Runtime.of(python=python, architecture=architecture)
    runtime = Runtime.here() if embedded else named
    # Whatever of this installation is broken is told before anything is changed.
    document, workflows = read_template(template_path()), shipped_workflows()
    parameters = _parameters(parameter, names, runtime, embedded=embedded)
    check_parameters(document, parameters)
    account = chosen_account(embedded=embedded, data_dir=data_dir, region=region)
    commands = commands_for(names, embedded=embedded, data_dir=data_dir, region=region)
    plan = build_deployment(account, names, commands=commands, tell=notice).plan()
    say_plan(account, names, runtime, in_force(document, parameters, plan.parameters), plan)
    if not yes and not typer.confirm("Go on?", err=True):
        raise typer.Exit(1)
    say_building(installed=are_installed(functions_lock(), runtime, cache=cache_dir()))
    package = build_package(functions_lock(), runtime, cache=cache_dir())
    say_package(package, runtime)
    with showing_progress() as show:
        wish = Wish(document=document, parameters=parameters, package=package)
        done = build_deployment(account, names, commands=commands, tell=show).deploy(wish)
    # After every deployment: the first may have failed in its check, and what somebody changed stays as it is.
    put_workflows(account.workflow_store(done.outputs["WorkflowsTableName"]), workflows)
    _finish(account, done, data_dir=data_dir, as_json=as_json)


def _parameters(given: list[str], names: Names, runtime: Runtime, *, embedded: bool) -> dict[str, str]:
    named = dict(_named(each) for each in given)
    # What the command's own options decide, and what the engine cannot do.
    decided = {
        "Environment": names.environment,
        "Architecture": runtime.architecture,
        "PythonRuntime": runtime.name,
    }
    if embedded:
        decided |= {"RequireTls": "false", "Canary": "false"}
    for name in named.keys() & decided.keys():
        raise Invalid(f"{name} is not given with --parameter: the command's own options decide it.")
    return named | decided


def _named(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise Invalid(f"--parameter {text!r} is not of the form NAME=VALUE.")
    return name, value


def _finish(account: Account, done: Deployed, *, data_dir: Path, as_json: bool) -> None:
    if account.embedded:
        key = account.token_key(done.outputs["SecretArn"])
        keep_token_key(data_dir, key)
        write_ready(ready_path(data_dir), _ready(account, done, key))
    if as_json:
        print_json({"changed": done.changed, "account": account.account, "region": account.region, **done.outputs})
    else:
        say_done(account, done, data_dir=data_dir)


def _ready(account: Account, done: Deployed, key: str) -> Ready:
    """What commands with this --data-dir need to use the deployment."""
    tokens = HmacTokens(key=key)
    url = account.path_url(done.outputs["ApiId"])
    return Ready(
        api_url=url,
        sign_in_url=done.outputs["ApiUrl"],
        aws_endpoint_url=account.endpoint_url,
        region=account.region,
        token=tokens.issue(tenant=DEFAULT_TENANT, role=Role.ADMIN, ttl=_TOKEN_TTL, now=now()),
        jobs_table=done.outputs["JobsTableName"],
        bucket=done.outputs["ArtifactsBucketName"],
        queue_url=done.outputs["JobsQueueUrl"],
    )
