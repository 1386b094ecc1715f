"""`leadmagnet workflows`: what can be run, and the files that define it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from leadmagnet.cli.options import DEFAULT_DATA_DIR, ApiUrl, AsJson, DataDir, Token, connect
from leadmagnet.cli.output import answers, plain_table, print_json, print_table
from leadmagnet.domain.errors import Invalid
from leadmagnet.domain.workflow import Workflow
from leadmagnet.engine.workflow_file import parse_workflow

app = typer.Typer(no_args_is_help=True, help="See, check and store workflows.")

File = Annotated[Path, typer.Argument(help="A workflow's YAML file.", exists=True, dir_okay=False, show_default=False)]


@app.command("list")
def list_workflows(
    api_url: ApiUrl = None, token: Token = None, data_dir: DataDir = DEFAULT_DATA_DIR, as_json: AsJson = False
) -> None:
    """List the workflows."""
    with connect(api_url=api_url, token=token, data_dir=data_dir) as client:
        found = client.workflows()
    if as_json:
        print_json({"workflows": found})
        return
    table = plain_table("workflow", "version", "title", "fields", right=("version",))
    for each in found:
        fields = ", ".join(field["name"] + ("" if field["required"] else "?") for field in each["fields"])
        table.add_row(escape(each["name"]), str(each["version"]), escape(each["title"]), escape(fields))
    print_table(table)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Name of the workflow.", show_default=False)],
    version: Annotated[int | None, typer.Option(help="The newest if left out.", min=1, show_default=False)] = None,
    source: Annotated[bool, typer.Option("--source", help="Print the YAML text instead.")] = False,
    api_url: ApiUrl = None,
    token: Token = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Show a workflow: its fields and its steps."""
    with connect(api_url=api_url, token=token, data_dir=data_dir) as client:
        found = client.workflow(name, version=version)
    if as_json:
        print_json(found)
    elif source:
        print(found["source"], end="")
    else:
        _print_workflow(found)


@app.command()
def put(
    file: File,
    api_url: ApiUrl = None,
    token: Token = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Store a workflow file as the workflow's next version."""
    workflow = _read(file)
    with connect(api_url=api_url, token=token, data_dir=data_dir) as client:
        stored = client.put_workflow(workflow.name, workflow.source)
    if as_json:
        print_json(stored)
    else:
        answers().print(f"{escape(stored['name'])} is version {stored['version']} now.")


@app.command()
def validate(file: File, as_json: AsJson = False) -> None:
    """Check a workflow file, without any service."""
    workflow = _read(file)
    if as_json:
        print_json({"name": workflow.name, "fields": len(workflow.fields), "steps": len(workflow.steps)})
        return
    answers().print(
        f"{file} is good: workflow {workflow.name}, {len(workflow.fields)} fields, {len(workflow.steps)} steps.",
        markup=False,
        soft_wrap=True,
    )


def _read(file: Path) -> Workflow:
    try:
        return parse_workflow(file.read_text("utf-8"), source_name=str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{file} cannot be read: {error}") from error


def _print_workflow(workflow: dict[str, Any]) -> None:
    console = answers()
    console.print(f"[bold]{escape(workflow['name'])}[/] version {workflow['version']}: {escape(workflow['title'])}")
    if workflow["description"]:
        console.print(escape(workflow["description"].strip()))
    console.print()
    fields = plain_table("field", "type", "required", "example")
    for field in workflow["fields"]:
        example = "-" if field["example"] is None else str(field["example"])
        fields.add_row(escape(field["name"]), field["type"], "yes" if field["required"] else "no", escape(example))
    print_table(fields)
    console.print()
    steps = plain_table("order", "step", "type", "needs", "model", right=("order",))
    for step in workflow["steps"]:
        needs = ", ".join(step["depends_on"]) or "-"
        steps.add_row(
            str(step["order"]), escape(step["name"]), step["type"], escape(needs), escape(step["model"] or "default")
        )
    print_table(steps)
