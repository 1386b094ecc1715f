"""`leadmagnet queue`: jobs that no worker could handle, or that none will come for."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from leadmagnet.cli.durations import duration
from leadmagnet.cli.options import DEFAULT_DATA_DIR, ApiUrl, AsJson, DataDir, Token, connect
from leadmagnet.cli.output import answers, plain_table, print_json, print_table, remarks, status_text
from leadmagnet.cli.storage import StorageFailed, storage_settings
from leadmagnet.wiring.recovery import recover_stranded

app = typer.Typer(no_args_is_help=True, help="Jobs that no worker could handle, or that none will come for.")
dead = typer.Typer(no_args_is_help=True, help="The dead-letter queue: messages that were delivered in vain.")
app.add_typer(dead, name="dead")


@dead.command("list")
def list_dead(
    api_url: ApiUrl = None,
    token: Token = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """List the messages that no worker could handle."""
    with connect(api_url=api_url, token=token, data_dir=data_dir) as client:
        letters = client.dead_letters()
    if as_json:
        print_json(letters)
        return
    if not letters:
        answers().print("No dead letters.")
        return
    table = plain_table("job", "status", "workflow", "sent")
    for letter in letters:
        status = status_text(letter["status"]) if letter["status"] else "-"
        table.add_row(letter["job_id"] or "names no job", status, letter["workflow"] or "-", letter["sent_at"])
    print_table(table)
    remarks().print("Ask for their jobs again with: leadmagnet queue dead redrive", soft_wrap=True)


@dead.command()
def redrive(
    job_ids: Annotated[
        list[str] | None, typer.Argument(help="The jobs to ask for again; all, if none are named.", show_default=False)
    ] = None,
    api_url: ApiUrl = None,
    token: Token = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Ask for the jobs of dead letters again."""
    with connect(api_url=api_url, token=token, data_dir=data_dir) as client:
        sent = client.redrive(job_ids)
    if as_json:
        print_json(sent)
        return
    for job_id in sent:
        answers().print(f"{job_id} asked for again")
    missing = [job_id for job_id in job_ids or () if job_id not in sent]
    if missing:
        remarks().print(f"Not among the dead letters: {', '.join(missing)}", soft_wrap=True)
        raise typer.Exit(1)
    if not sent:
        answers().print("No dead letters.")


@app.command()
def recover(
    idle: Annotated[
        timedelta,
        typer.Option(
            parser=duration, metavar="DURATION", help="Jobs that nothing has happened to for so long: 15m, 2h."
        ),
    ] = "15m",  # type: ignore[assignment] # typer parses the default too
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Ask again for jobs that are not at rest and that nobody runs, because their message was lost."""
    settings = storage_settings(os.environ, data_dir)
    try:
        found = recover_stranded(settings, idle_s=idle.total_seconds())
    except (BotoCoreError, ClientError) as error:
        raise StorageFailed(f"Table or queue could not be worked with: {error}") from error
    if as_json:
        print_json(found)
        return
    for job_id in found:
        answers().print(f"{job_id} asked for again")
    if not found:
        answers().print("No job is stranded.")
