"""`leadmagnet migrate`: bring the records of older systems into today's form."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from leadmagnet.cli.counting import counting
from leadmagnet.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir
from leadmagnet.cli.output import answers, notice, print_json
from leadmagnet.cli.position_file import Resume, keep_position, kept_position
from leadmagnet.cli.storage import MOST_LISTED, storage
from leadmagnet.domain.errors import Invalid
from leadmagnet.steplog.migrating import Migrated, MigrationReport, migrate

Apply = Annotated[bool, typer.Option("--apply", help="Write; without it, only say what would be done.")]


def migrate_command(
    apply: Apply = False,
    resume: Resume = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Bring the records of older systems into today's form; a dry run unless --apply."""
    listed: list[dict[str, Any]] = []

    with storage(data_dir) as store, counting("Migrating ...") as shown:

        def tell(migrated: Migrated) -> None:
            if not as_json:
                shown.answer(_job_line(migrated, apply=apply))
            elif migrated.done is not None and len(listed) < MOST_LISTED:
                listed.append({"job_id": migrated.job_id, "done": migrated.done})

        def progress(report: MigrationReport) -> None:
            keep_position(resume, report.position)
            shown.count(_summary(report))

        try:
            report = migrate(
                dynamodb=store.clients.dynamodb,
                s3=store.clients.s3,
                table=store.table,
                bucket=store.bucket,
                limits=store.limits,
                dry_run=not apply,
                position=kept_position(resume),
                on_job=tell,
                on_progress=progress,
            )
        except ValueError as error:
            raise Invalid(f"The file {resume} cannot be gone on from: {error}.") from error
    if as_json:
        print_json(_report_json(report, listed))
    else:
        _print_report(report)
    if report.problems_count:
        raise typer.Exit(1)


def _print_report(report: MigrationReport) -> None:
    answers().print(_summary(report), markup=False)
    if report.dry_run and report.done:
        notice("Nothing was written. To write: leadmagnet migrate --apply")


def _job_line(migrated: Migrated, *, apply: bool) -> str:
    if migrated.problem is not None:
        return f"{migrated.job_id}  left alone: {migrated.problem}"
    return f"{migrated.job_id}  {migrated.done if apply else f'would be {migrated.done}'}"


def _summary(report: MigrationReport) -> str:
    done = ", ".join(f"{kind} {count:,}" for kind, count in sorted(report.done.items())) or "nothing to do"
    text = f"{report.jobs:,} jobs: {'would be: ' if report.dry_run and report.done else ''}{done}"
    return f"{text}, {report.problems_count:,} left alone." if report.problems_count else f"{text}."


def _report_json(report: MigrationReport, listed: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "dry_run": report.dry_run,
        "jobs": report.jobs,
        "done": dict(report.done),
        "migrated": listed,
        "problems_count": report.problems_count,
        "problems": [{"job_id": each.job_id, "message": each.problem} for each in report.problems],
    }
