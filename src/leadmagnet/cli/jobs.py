"""`leadmagnet jobs`: submit jobs, watch them run, and read their records."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from leadmagnet.cli.client import ApiClient
from leadmagnet.cli.job_files import JobId, delete, export, import_job
from leadmagnet.cli.job_report import print_job, print_jobs, print_steps
from leadmagnet.cli.options import DEFAULT_DATA_DIR, ApiUrl, AsJson, DataDir, Token, connect
from leadmagnet.cli.output import answers, print_json, remarks
from leadmagnet.cli.progress import watch as watch_jobs
from leadmagnet.cli.submission import read_instructions, read_submission

app = typer.Typer(no_args_is_help=True, help="Submit jobs, watch them run, and read their records.")

app.command()(export)
app.command("import")(import_job)
app.command()(delete)


@app.command()
def submit(
    workflow: Annotated[str, typer.Argument(help="Name of the workflow.", show_default=False)],
    field: Annotated[list[str] | None, typer.Option(help="A field of the submission: name=value.")] = None,
    file: Annotated[
        Path | None, typer.Option(help="JSON file with the submission.", exists=True, dir_okay=False)
    ] = None,
    example: Annotated[bool, typer.Option("--example", help="Use the examples of the workflow's fields.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Stay until the job is at rest.")] = False,
    api_url: ApiUrl = None,
    token: Token = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Submit a job."""
    with connect(api_url=api_url, token=token, data_dir=data_dir) as client:
        form = client.workflow(workflow)
        submission = read_submission(form, fields=field or [], file=file, example=example)
        _report_new(client, client.submit(workflow, submission), watch=watch, as_json=as_json, told=workflow)


@app.command("list")
def list_jobs(
    limit: Annotated[int, typer.Option(help="The most jobs to show.", min=1, max=100)] = 20,
    cursor: Annotated[str | None, typer.Option(help="The `next` of the page before.", show_default=False)] = None,
    api_url: ApiUrl = None,
    token: Token = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """List jobs, newest first."""
    with connect(api_url=api_url, token=token, data_dir=data_dir) as client:
        page = client.jobs(limit=limit, cursor=cursor)
    if as_json:
        print_json(page)
        return
    print_jobs(page["jobs"])
    if page["next"]:
        remarks().print(f"More: leadmagnet jobs list --cursor {shlex.quote(page['next'])}", soft_wrap=True)


@app.command()
def show(
    job_id: JobId,
    api_url: ApiUrl = None,
    token: Token = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Show a job. With --json: all of it, every execution step included."""
    with connect(api_url=api_url, token=token, data_dir=data_dir) as client:
        if as_json:
            sys.stdout.buffer.write(client.whole_job(job_id) + b"\n")
        else:
            print_job(client.job(job_id), client.steps(job_id, limit=100)["steps"])


@app.command()
def watch(
    job_id: JobId,
    api_url: ApiUrl = None,
    token: Token = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Stay with a job until it is at rest; exit code 1 if it does not complete."""
    with connect(api_url=api_url, token=token, data_dir=data_dir) as client:
        _watch(client, client.job(job_id), as_json=as_json)


@app.command()
def steps(
    job_id: JobId,
    start: Annotated[int, typer.Option(help="Place of the first step, from 0.", min=0)] = 0,
    limit: Annotated[int, typer.Option(help="The most steps to show.", min=1, max=1_000)] = 50,
    api_url: ApiUrl = None,
    token: Token = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """List a job's execution steps. With --json: with their inputs and outputs."""
    with connect(api_url=api_url, token=token, data_dir=data_dir) as client:
        page = client.steps(job_id, start=start, limit=limit)
    if as_json:
        print_json(page)
        return
    print_steps(page["steps"], start=start)
    if page["next_start"] is not None:
        remarks().print(f"More: leadmagnet jobs steps {job_id} --start {page['next_start']}", soft_wrap=True)


@app.command()
def cancel(
    job_ids: Annotated[list[str], typer.Argument(help="The jobs' ids.", show_default=False)],
    api_url: ApiUrl = None,
    token: Token = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Cancel jobs; one that a worker runs ends within seconds."""
    with connect(api_url=api_url, token=token, data_dir=data_dir) as client:
        cancelled = [client.cancel(job_id) for job_id in job_ids]
    if as_json:
        print_json(cancelled)
        return
    for job in cancelled:
        answers().print(f"{job['job_id']} {'cancelled' if job['status'] == 'cancelled' else 'is being cancelled'}")


@app.command()
def rerun(
    job_id: JobId,
    from_step: Annotated[str | None, typer.Option("--from", help="Keep what comes before this step.")] = None,
    from_failure: Annotated[bool, typer.Option("--from-failure", help="Keep what completed.")] = False,
    instructions: Annotated[
        list[str] | None, typer.Option(help="Other instructions for a step: step=text, or step=@file.")
    ] = None,
    field: Annotated[list[str] | None, typer.Option(help="A field of the submission that changes: name=value.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Stay until the job is at rest.")] = False,
    api_url: ApiUrl = None,
    token: Token = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Run a job again: all of it, or from a step with what came before it kept."""
    wanted = {
        "from_step": from_step,
        "from_failure": from_failure,
        "instructions": read_instructions(instructions or []),
    }
    with connect(api_url=api_url, token=token, data_dir=data_dir) as client:
        if field:
            before = client.job(job_id)
            form = client.workflow(before["workflow"], version=before["workflow_version"])
            wanted["submission"] = read_submission(form, fields=field, file=None, example=False)
        _report_new(client, client.rerun(job_id, wanted), watch=watch, as_json=as_json, told=f"as a rerun of {job_id}")


def _report_new(client: ApiClient, job: dict[str, Any], *, watch: bool, as_json: bool, told: str) -> None:
    """Tell of a job that was just submitted, or stay with it."""
    if watch:
        _watch(client, job, as_json=as_json)
    elif as_json:
        print_json(job)
    else:
        answers().print(f"Submitted job [bold]{job['job_id']}[/] ({told}).", soft_wrap=True)
        remarks().print(f"Watch it with: leadmagnet jobs watch {job['job_id']}", soft_wrap=True)


def _watch(client: ApiClient, job: dict[str, Any], *, as_json: bool) -> None:
    [ended] = watch_jobs(client, [job], console=remarks())
    if as_json:
        print_json(ended)
    else:
        print_job(ended, client.steps(ended["job_id"], limit=100)["steps"])
    if ended["status"] != "completed":
        raise typer.Exit(1)
