"""`leadmagnet demo`: the three examples, from submission to deliverable."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from leadmagnet.cli.client import ApiClient, ApiRefused, ApiUnreachable
from leadmagnet.cli.data_dir import Ready, read_ready, ready_path
from leadmagnet.cli.demo_report import DemoResult, print_commands, print_results
from leadmagnet.cli.log_file import log_path
from leadmagnet.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir
from leadmagnet.cli.output import notice, print_json, remarks, tell
from leadmagnet.cli.progress import watch
from leadmagnet.cli.shipped_workflows import shipped_workflows
from leadmagnet.cli.stack import StackOptions, running_stack
from leadmagnet.cli.stop_signals import stop_signals
from leadmagnet.cli.submission import read_submission
from leadmagnet.domain.errors import Invalid

Out = Annotated[Path, typer.Option("--out", help="Folder for the deliverables.", file_okay=False)]


def demo(data_dir: DataDir = DEFAULT_DATA_DIR, out: Out = Path("demo"), as_json: AsJson = False) -> None:
    """Run the three example workflows and show what came out and where it is stored."""
    running = _running_service(data_dir)
    if running is not None:
        tell(f"[dim]A service runs on {data_dir} already ({running.api_url}); the demo runs there.[/]")
        _report(running, _run(running, out), data_dir, as_json=as_json)
        return
    options = StackOptions(data_dir=data_dir, port=0, embedded=True, environ=dict(os.environ))
    with stop_signals():
        try:
            tell("[dim]Starting the service ...[/]")
            with running_stack(options, notify=notice) as ready:
                results = _run(ready, out)
                tell("[dim]Stopping the service, saving its data ...[/]")
        except KeyboardInterrupt:
            tell("[dim]Stopped. What was done is kept.[/]")
            raise typer.Exit(130) from None
    _report(ready, results, data_dir, as_json=as_json)


def _running_service(data_dir: Path) -> Ready | None:
    """The service that says it runs there, if it answers and knows its own token."""
    ready = read_ready(ready_path(data_dir))
    if ready is None:
        return None
    try:
        with ApiClient(ready.api_url, ready.token) as client:
            client.jobs(limit=1, cursor=None)
    except (ApiUnreachable, ApiRefused):
        return None
    return ready


def _run(ready: Ready, out: Path) -> list[DemoResult]:
    try:
        # Before anything is submitted: jobs whose deliverables cannot be saved would be for nothing.
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(out, error) from error
    with ApiClient(ready.api_url, ready.token) as client:
        jobs = []
        for workflow in shipped_workflows():
            form = client.workflow(workflow.name)
            submission = read_submission(form, fields=(), file=None, example=True)
            jobs.append(client.submit(workflow.name, submission))
        return [_collect(client, job, out) for job in watch(client, jobs, console=remarks())]


def _collect(client: ApiClient, job: dict[str, Any], out: Path) -> DemoResult:
    if not job["deliverable"]:
        return DemoResult(job=job, path=None)
    artifact = job["deliverable"]
    path = out / f"{job['workflow']}{Path(artifact['artifact_id']).suffix or '.html'}"
    _save(path, client.content(artifact["url"]))
    return DemoResult(job=job, path=path)


def _save(path: Path, content: bytes) -> None:
    """Write the file whole or not at all."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as error:
        raise _unwritable(path.parent, error) from error
    finally:
        # Gone already if all went well; what cannot be removed was never written.
        with suppress(OSError):
            draft.unlink()


def _unwritable(out: Path, error: OSError) -> Invalid:
    return Invalid(f"The folder {out} cannot be written to ({error.strerror}); name another one with --out.")


def _report(ready: Ready, results: list[DemoResult], data_dir: Path, *, as_json: bool) -> None:
    if as_json:
        print_json({"jobs": [result.to_json() for result in results]})
    else:
        print_results(results)
        print_commands(ready, results, data_dir)
    if any(result.job["status"] != "completed" for result in results):
        tell(f"[red]Not every job completed.[/] The log says more: {log_path(data_dir)}")
        raise typer.Exit(1)
