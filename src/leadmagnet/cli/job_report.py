"""Jobs and execution steps as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.markup import escape

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


def print_jobs(jobs: Sequence[dict[str, Any]]) -> None:
    """One line per job."""
    if not jobs:
        answers().print("No jobs yet. Submit one with: leadmagnet jobs submit WORKFLOW --example")
        return
    table = plain_table("job", "workflow", "label", "status", "steps", "tokens", "created", right=("steps", "tokens"))
    for job in jobs:
        table.add_row(
            job["job_id"],
            escape(job["workflow"]),
            escape(job.get("label") or "-"),
            status_text(job["status"]),
            f"{job['steps_done']}/{job['steps_total']}",
            f"{job['tokens']:,}",
            job["created_at"],
        )
    print_table(table)


def print_job(job: dict[str, Any], steps: Sequence[dict[str, Any]]) -> None:
    """What a job is, how it went, where its record lives, and its steps."""
    table = plain_table("", "")
    table.show_header = False
    for name, value in _facts(job):
        table.add_row(f"[dim]{name}[/]", value)
    print_table(table)
    if steps:
        answers().print()
        print_steps(steps)
    if job["steps_count"] > len(steps):
        answers().print(f"... and {job['steps_count'] - len(steps)} more: leadmagnet jobs steps {job['job_id']}")


def _facts(job: dict[str, Any]) -> list[tuple[str, str]]:
    facts = [
        ("job", job["job_id"]),
        ("workflow", f"{escape(job['workflow'])} version {job['workflow_version']}"),
        ("label", escape(job.get("label") or "-")),
        ("status", status_text(job["status"])),
        ("steps", f"{job['steps_done']}/{job['steps_total']}"),
        ("took", seconds_text(seconds_between(job["started_at"], job["finished_at"]))),
        ("tokens", f"{job['tokens']:,} (USD {job['cost_usd']:.4f})"),
        ("record", f"{job['steps_count']} execution steps, {bytes_text(job['steps_bytes'])}, in {where_text(job)}"),
    ]
    if job["deliverable"]:
        facts.append(("deliverable", escape(job["deliverable"]["url"])))
    if job["error"]:
        step = f"{job['error']['step_id']}: " if job["error"]["step_id"] else ""
        facts.append(("error", f"[red]{escape(step + job['error']['message'])}[/]"))
    return facts


def print_steps(steps: Sequence[dict[str, Any]], *, start: int = 0) -> None:
    """One line per execution step."""
    right = ("#", "attempt", "took", "tokens")
    table = plain_table("#", "step", "type", "status", "attempt", "took", "tokens", "model", right=right)
    for place, step in enumerate(steps, start):
        usage = step.get("usage_info") or {}
        table.add_row(
            str(place),
            escape(str(step.get("step_name", "-"))),
            str(step.get("step_type", "-")),
            status_text(str(step.get("status", "-"))),
            str(step.get("attempt", "-")),
            seconds_text((step.get("duration_ms") or 0) / 1000),
            f"{usage.get('total_tokens') or 0:,}",
            escape(str(step.get("model") or "-")),
        )
    print_table(table)
    for step in steps:
        if step.get("error"):
            message = escape(str(step["error"].get("message")))
            answers().print(f"[red]{escape(str(step.get('step_name')))}: {message}[/]", soft_wrap=True)
