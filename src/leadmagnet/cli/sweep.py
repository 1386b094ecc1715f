"""`leadmagnet sweep`: delete the S3 objects of step logs that nothing refers to, and of jobs that are gone."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Annotated, Any

import typer

from leadmagnet.adapters.sweep_reports import S3SweepReports
from leadmagnet.cli.counting import counting
from leadmagnet.cli.durations import duration
from leadmagnet.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir
from leadmagnet.cli.output import answers, bytes_text, notice, print_json
from leadmagnet.cli.storage import MOST_LISTED, storage
from leadmagnet.engine.sweep_run import run_sweep
from leadmagnet.steplog.sweep_report import Orphan, SweepReport
from leadmagnet.steplog.sweeping import LEAST_GRACE, sweep
from leadmagnet.wiring.identity import now

Grace = Annotated[
    timedelta,
    typer.Option(
        parser=duration,
        metavar="DURATION",
        help="Objects that were in use this lately are kept: 90m, 24h, 7d.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be deleted, and delete nothing.")]
ShortGrace = Annotated[
    bool, typer.Option("--allow-short-grace", help="Allow a grace below 1h; only while nothing writes.")
]
TrustTable = Annotated[
    bool, typer.Option("--trust-table", help="The table is the right one, even if no job in the bucket is in it.")
]
Artifacts = Annotated[
    bool, typer.Option("--artifacts", help="Of jobs that are gone, delete the artifacts too. Reads more of the table.")
]


def sweep_command(
    dry_run: DryRun = False,
    grace: Grace = "24h",  # type: ignore[assignment] # typer parses the default too
    allow_short_grace: ShortGrace = False,
    trust_table: TrustTable = False,
    artifacts: Artifacts = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Delete the S3 objects of step logs that no job refers to."""
    _require_grace(grace, allow_short=allow_short_grace)
    listed: list[dict[str, Any]] = []

    with storage(data_dir) as store, counting("Listing ...") as shown:

        def tell(orphan: Orphan) -> None:
            if not as_json:
                shown.answer(_orphan_line(orphan, dry_run=dry_run))
            elif len(listed) < MOST_LISTED:
                listed.append(_orphan_json(orphan))

        swept = partial(
            sweep,
            dynamodb=store.clients.dynamodb,
            s3=store.clients.s3,
            table=store.table,
            bucket=store.bucket,
            grace=grace,
            allow_short_grace=allow_short_grace,
            trust_table=trust_table,
            of_gone_jobs="folder" if artifacts else "log",
            dry_run=dry_run,
            on_orphan=tell,
            on_progress=lambda so_far: shown.count(_summary(so_far)),
        )
        reports = S3SweepReports(s3=store.clients.s3, bucket=store.bucket)
        # A dry run changes nothing, the report included.
        report = swept() if dry_run else run_sweep(sweep=swept, reports=reports, clock=now)
    if as_json:
        print_json(_report_json(report, listed))
    else:
        _print_report(report)
    if report.problems_count:
        raise typer.Exit(1)


def _require_grace(grace: timedelta, *, allow_short: bool) -> None:
    if grace < LEAST_GRACE and not allow_short:
        raise typer.BadParameter(
            "a grace below 1h can take objects from under a running writer; give 1h or more, or --allow-short-grace "
            "if nothing writes.",
            param_hint="--grace",
        )


def _print_report(report: SweepReport) -> None:
    for problem in report.problems:
        where = " ".join(part for part in (problem.key, problem.version) if part)
        notice(f"{problem.job_id}: {problem.message}" + (f" [{where}]" if where else ""))
    if report.problems_count > len(report.problems):
        notice(f"... and {report.problems_count - len(report.problems)} more.")
    answers().print(_summary(report), markup=False)


def _summary(report: SweepReport) -> str:
    verb = "would be deleted" if report.dry_run else "deleted"
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(report.removed.items()))
    text = (
        f"{report.objects:,} log objects: {report.removed_total:,} {verb} ({bytes_text(report.removed_bytes_total)}), "
        f"{report.young:,} too young"
    )
    if report.problems_count:
        text += f", {report.problems_count:,} problems"
    return f"{text}. {kinds}" if kinds else f"{text}."


def _orphan_line(orphan: Orphan, *, dry_run: bool) -> str:
    found = orphan.found
    verb = "would delete" if dry_run else "delete"
    return f"{verb}  {found.key}  {found.version_id}  {bytes_text(found.size)}  ({found.kind}, {orphan.reason})"


def _orphan_json(orphan: Orphan) -> dict[str, Any]:
    found = orphan.found
    return {
        "job_id": found.job_id,
        "key": found.key,
        "version": found.version_id,
        "kind": found.kind,
        "bytes": found.size,
        "out_of_use_since": found.since.isoformat(),
        "reason": orphan.reason,
    }


def _report_json(report: SweepReport, listed: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "dry_run": report.dry_run,
        "objects": report.objects,
        "too_young": report.young,
        "removed": {
            kind: {"objects": count, "bytes": report.removed_bytes[kind]} for kind, count in report.removed.items()
        },
        "removed_objects": report.removed_total,
        "removed_bytes": report.removed_bytes_total,
        "of_gone_jobs": report.of_gone_jobs,
        "orphans": listed,
        "problems_count": report.problems_count,
        "problems": [
            {"job_id": each.job_id, "message": each.message, "key": each.key, "version": each.version}
            for each in report.problems
        ],
    }
