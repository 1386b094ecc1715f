"""`leadmagnet doctor`: examine table, bucket and every job's record."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from leadmagnet.cli.counting import counting
from leadmagnet.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir
from leadmagnet.cli.output import answers, print_json
from leadmagnet.cli.storage import MOST_LISTED, storage
from leadmagnet.steplog.examining import examine
from leadmagnet.steplog.findings import Examination, Finding

Deep = Annotated[bool, typer.Option("--deep", help="Read every byte of every log, and check the hashes.")]


def doctor(deep: Deep = False, data_dir: DataDir = DEFAULT_DATA_DIR, as_json: AsJson = False) -> None:
    """Examine table, bucket and every job's record; exit code 1 if anything is found."""
    listed: list[dict[str, Any]] = []

    with storage(data_dir) as store, counting("Examining ...") as shown:

        def tell(finding: Finding) -> None:
            if not as_json:
                shown.answer(_finding_text(finding))
            elif len(listed) < MOST_LISTED:
                listed.append(_finding_json(finding))

        examination = examine(
            dynamodb=store.clients.dynamodb,
            s3=store.clients.s3,
            table=store.table,
            bucket=store.bucket,
            deep=deep,
            on_finding=tell,
            on_progress=lambda so_far: shown.count(_summary(so_far)),
        )
    if as_json:
        print_json(_examination_json(examination, listed))
    else:
        answers().print(_summary(examination), markup=False)
    if not examination.healthy:
        raise typer.Exit(1)


def _finding_text(finding: Finding) -> str:
    where = " ".join(part for part in (finding.key, finding.version) if part)
    line = f"{finding.job_id or 'storage'}  {finding.kind}: {finding.message}" + (f" [{where}]" if where else "")
    return f"{line}\n    {finding.advice}"


def _summary(examination: Examination) -> str:
    forms = ", ".join(f"{form} {count:,}" for form, count in sorted(examination.forms.items()))
    jobs = f"{examination.jobs:,} jobs" + (f" ({forms})" if forms else "")
    if examination.healthy:
        return f"{jobs}: nothing found."
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in sorted(examination.findings.items()))
    return f"{jobs}: {examination.findings.total():,} findings: {kinds}."


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "job_id": finding.job_id,
        "message": finding.message,
        "advice": finding.advice,
        "key": finding.key,
        "version": finding.version,
    }


def _examination_json(examination: Examination, listed: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "deep": examination.deep,
        "healthy": examination.healthy,
        "jobs": examination.jobs,
        "forms": dict(examination.forms),
        "findings_by_kind": dict(examination.findings),
        "findings": listed,
    }
