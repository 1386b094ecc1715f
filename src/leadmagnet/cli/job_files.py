"""`leadmagnet jobs export`, `import` and `delete`: a whole job as one file, and its end."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from leadmagnet.cli.options import DEFAULT_DATA_DIR, ApiUrl, AsJson, DataDir, Token, connect
from leadmagnet.cli.output import answers, bytes_text, print_json, remarks
from leadmagnet.domain.errors import Invalid

JobId = Annotated[str, typer.Argument(help="The job's id.", show_default=False)]


def export(
    job_id: JobId,
    out: Annotated[
        Path | None, typer.Option(help="File to write; stdout if left out.", dir_okay=False, show_default=False)
    ] = None,
    api_url: ApiUrl = None,
    token: Token = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Write a job with its execution steps and files as one JSON file."""
    with connect(api_url=api_url, token=token, data_dir=data_dir) as client, client.exported(job_id) as chunks:
        if out is None:
            sys.stdout.buffer.writelines(chunks)
            return
        # Under another name until it is whole: half a job must not pass for one.
        part = out.with_name(f"{out.name}.part")
        try:
            with part.open("wb") as file:
                file.writelines(chunks)
            part.replace(out)
        except OSError as error:
            raise Invalid(f"{out} cannot be written: {error}") from error
        finally:
            part.unlink(missing_ok=True)
    answers().print(f"Wrote {out} ({bytes_text(os.stat(out).st_size)}).", soft_wrap=True, markup=False)


def import_job(
    file: Annotated[Path, typer.Argument(help="A file that `jobs export` wrote.", exists=True, dir_okay=False)],
    api_url: ApiUrl = None,
    token: Token = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Store an exported job under a new id; needs the role admin."""
    with connect(api_url=api_url, token=token, data_dir=data_dir) as client:
        job = client.import_job(file)
    if as_json:
        print_json(job)
    else:
        answers().print(f"Imported job [bold]{job['job_id']}[/].", soft_wrap=True)


def delete(
    job_ids: Annotated[list[str], typer.Argument(help="The jobs' ids.", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    api_url: ApiUrl = None,
    token: Token = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Delete jobs at rest, with their records and files, for good."""
    if not yes:
        typer.confirm(f"Delete {len(job_ids)} job(s) with all that they made?", abort=True, err=True)
    with connect(api_url=api_url, token=token, data_dir=data_dir) as client:
        for job_id in job_ids:
            client.delete(job_id)
            remarks().print(f"{job_id} deleted")
