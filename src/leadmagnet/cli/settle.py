"""`leadmagnet settle`: make every record plain, before a release is taken back."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from leadmagnet.cli.counting import Counting, counting
from leadmagnet.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir
from leadmagnet.cli.output import answers, notice, print_json
from leadmagnet.cli.position_file import Resume, keep_position, kept_position
from leadmagnet.cli.storage import MOST_LISTED, storage
from leadmagnet.domain.errors import Invalid
from leadmagnet.steplog.settle_report import Settled, SettleReport
from leadmagnet.steplog.settling import settle

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be sealed, and write nothing.")]
Wait = Annotated[
    float, typer.Option(metavar="SECONDS", min=0, help="Wait this long for jobs in flight, and seal them then.")
]
InFlightToo = Annotated[
    bool, typer.Option("--in-flight", help="Seal what jobs in flight have so far too; their workers add to it.")
]


def settle_command(
    dry_run: DryRun = False,
    wait: Wait = 0.0,
    in_flight: InFlightToo = False,
    resume: Resume = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Seal every record, so that the plainest older reader sees all of it; exit code 1 if one could not be."""
    listed: list[str] = []

    with storage(data_dir) as store, counting("Reading the table ...") as shown:

        def tell(settled: Settled) -> None:
            if as_json and settled.sealed and len(listed) < MOST_LISTED:
                listed.append(settled.job_id)
            if not as_json:
                _say(shown, settled, dry_run=dry_run)

        def progress(report: SettleReport) -> None:
            keep_position(resume, report.position)
            shown.count(_summary(report))

        try:
            report = settle(
                dynamodb=store.clients.dynamodb,
                s3=store.clients.s3,
                table=store.table,
                bucket=store.bucket,
                limits=store.limits,
                in_flight="sealed" if in_flight else "counted",
                wait_s=wait,
                dry_run=dry_run,
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
    if not report.settled or (wait > 0 and report.in_flight_count):
        raise typer.Exit(1)


def _say(shown: Counting, settled: Settled, *, dry_run: bool) -> None:
    if settled.problem is not None:
        shown.answer(f"{settled.job_id}  not settled: {settled.problem}")
    elif settled.sealed:
        verb = "would be sealed" if dry_run else "sealed"
        shown.answer(f"{settled.job_id}  {verb}" + (" so far, in flight" if settled.in_flight else ""))


def _print_report(report: SettleReport) -> None:
    answers().print(_summary(report), markup=False)
    for job_id, partial in list(report.in_flight.items())[:MOST_LISTED]:
        answers().print(f"{job_id}  in flight{': an older reader sees its first steps only' if partial else ''}")
    if report.partial_count:
        notice("Jobs in flight go on under any release since 0.1.0. For older ones: settle --wait SECONDS")


def _summary(report: SettleReport) -> str:
    text = f"{report.jobs:,} jobs: {report.sealed:,} {'would be sealed' if report.dry_run else 'sealed'}"
    if report.in_flight_count:
        text += f", {report.in_flight_count:,} in flight"
        notes = {"partial": report.partial_count, "sealed so far": report.sealed_in_flight}
        said = ", ".join(f"{count:,} {note}" for note, count in notes.items() if count)
        text += f" ({said})" if said else ""
    return f"{text}, {report.problems_count:,} not settled."


def _report_json(report: SettleReport, listed: list[str]) -> dict[str, Any]:
    return {
        "dry_run": report.dry_run,
        "settled": report.settled,
        "jobs": report.jobs,
        "sealed_count": report.sealed,
        "sealed": listed,
        "in_flight_count": report.in_flight_count,
        "in_flight_partial": report.partial_count,
        "in_flight_sealed": report.sealed_in_flight,
        "in_flight": list(report.in_flight)[:MOST_LISTED],
        "problems_count": report.problems_count,
        "problems": [{"job_id": job_id, "message": message} for job_id, message in report.problems.items()],
    }
