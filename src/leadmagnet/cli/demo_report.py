"""What the demo tells at its end."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leadmagnet.cli.data_dir import Ready
from leadmagnet.cli.options import DEFAULT_DATA_DIR
from leadmagnet.cli.output import (
    answers,
    bytes_text,
    plain_table,
    print_table,
    seconds_between,
    seconds_text,
    status_text,
    where_text,
)
from leadmagnet.cli.programs import folder_option, typed

_COLUMNS = ("workflow", "job", "status", "steps", "bytes", "record lives in", "took", "deliverable")
#: What `jq length` says, on machines without jq.
_COUNT = """python3 -c 'import json, sys; print(len(json.load(sys.stdin)), "execution steps")'"""
#: Beyond any terminal: what the table would like to have.
_WIDEST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """One example's job at rest, and where its deliverable was saved."""

    job: dict[str, Any]
    path: Path | None

    def to_json(self) -> dict[str, Any]:
        """The job as the API answered it, with the path added."""
        return {**self.job, "path": None if self.path is None else str(self.path)}


def print_results(results: Sequence[DemoResult]) -> None:
    """What ran, how it went, where its record lives, and the file that came out: as a table where one fits."""
    table = plain_table(*_COLUMNS, right=("steps", "bytes", "took"))
    for result in results:
        table.add_row(*_cells(result))
    console = answers()
    console.print()
    if console.measure(table, options=console.options.update(width=_WIDEST)).maximum <= console.width:
        print_table(table)
    else:
        _print_blocks(results)
    for result in results:
        if result.job["error"]:
            message = f"{result.job['workflow']}: {result.job['error']['message']}"
            console.print(message, style="red", markup=False, soft_wrap=True)


def _cells(result: DemoResult) -> tuple[str, ...]:
    job = result.job
    return (
        job["workflow"],
        job["job_id"],
        status_text(job["status"]),
        str(job["steps_count"]),
        bytes_text(job["steps_bytes"]),
        where_text(job),
        seconds_text(seconds_between(job["started_at"], job["finished_at"])),
        "-" if result.path is None else str(result.path),
    )


def _print_blocks(results: Sequence[DemoResult]) -> None:
    for result in results:
        name, job_id, status, steps, size, where, took, path = _cells(result)
        answers().print(f"[bold]{name}[/]  {status}, {steps} steps, {size}, {took}")
        for label, value in (("job", job_id), ("record", where), ("deliverable", path)):
            answers().print(f"  [dim]{label:<11}[/]  {value}", soft_wrap=True)


def print_commands(ready: Ready, results: Sequence[DemoResult], data_dir: Path) -> None:
    """The AWS CLI's own view of both kinds of record."""
    say = answers()
    folder = folder_option(data_dir, DEFAULT_DATA_DIR)
    # In a checkout with the usual folder, `make dev` says the same in fewer words.
    start = f"{typed('leadmagnet')} dev{folder}" if folder or not Path("Makefile").exists() else "make dev"
    say.print()
    say.print("[bold]See both kinds of record[/]", soft_wrap=True)
    say.print(f"While `{start}` runs in another terminal (same data, same address):", style="dim", soft_wrap=True)
    say.print()
    for command in aws_commands(ready, results):
        say.print(f"  {command}", markup=False, soft_wrap=True)
    say.print()


def aws_commands(ready: Ready, results: Sequence[DemoResult]) -> list[str]:
    """Shell commands that show one record inline and one in S3."""
    aws = typed("aws")
    commands = [
        f"export AWS_ENDPOINT_URL={ready.aws_endpoint_url} AWS_DEFAULT_REGION={ready.region}",
        "export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test",
    ]
    inline = next((result.job for result in results if not result.job["execution_steps_s3_key"]), None)
    offloaded = next((result.job for result in results if result.job["execution_steps_s3_key"]), None)
    if inline is not None:
        commands.append(_get_item(aws, ready, inline, "length(Item.execution_steps.L)"))
    if offloaded is not None:
        query = "Item.{execution_steps: execution_steps, execution_steps_s3_key: execution_steps_s3_key}"
        commands.append(_get_item(aws, ready, offloaded, query))
        commands.append(f"{aws} s3 cp s3://{ready.bucket}/{offloaded['execution_steps_s3_key']} - | {_COUNT}")
    return commands


def _get_item(aws: str, ready: Ready, job: dict[str, Any], query: str) -> str:
    key = '{"job_id": {"S": "' + job["job_id"] + '"}}'
    return (
        f"{aws} dynamodb get-item --table-name {shlex.quote(ready.jobs_table)} "
        f"--key {shlex.quote(key)} --query {shlex.quote(query)}"
    )
