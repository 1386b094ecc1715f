"""Jobs while they run: a bar per job on a terminal, a line per step elsewhere."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from leadmagnet.cli.client import ApiClient
from leadmagnet.cli.output import status_text

_POLL_S = 0.2
#: When a bar that stands still is worth a word.
_STILL_S = 30
_AT_REST = frozenset({"completed", "failed", "cancelled"})
_SUBMISSION = "form_submission"


class Display(Protocol):
    """Shows jobs on their way."""

    def update(self, job: dict[str, Any], steps: Sequence[dict[str, Any]]) -> None:
        """Show where `job` is; `steps` are its execution steps since the last call."""

    def remark(self, text: str) -> None:
        """Show a sentence about all of them."""


@dataclass(slots=True)
class _Watched:
    job: dict[str, Any]
    #: Execution steps that were shown.
    seen: int = 0
    #: At rest, and shown so.
    done: bool = False


def watch(client: ApiClient, jobs: Sequence[dict[str, Any]], *, console: Console) -> list[dict[str, Any]]:
    """The jobs once all of them are at rest, in the order given; shows their progress on `console`."""
    if not console.is_terminal:
        return _follow(client, jobs, _Lines(console))
    with Progress(
        SpinnerColumn(finished_text="[green]✓[/]"),
        TextColumn("[bold]{task.description}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
        console=console,
    ) as progress:
        return _follow(client, jobs, _Bars(progress))


def _follow(client: ApiClient, jobs: Sequence[dict[str, Any]], display: Display) -> list[dict[str, Any]]:
    watched = [_Watched(job) for job in jobs]
    for each in watched:
        display.update(each.job, [])
    moved_at = time.monotonic()
    while not all(each.done for each in watched):
        moved = [_look(client, each, display) for each in watched if not each.done]
        now = time.monotonic()
        if any(moved):
            moved_at = now
        elif now - moved_at > _STILL_S:
            display.remark(
                f"Nothing has moved for {_STILL_S} s: a slow model, or no worker. The service's log says more."
            )
            moved_at = now
        time.sleep(_POLL_S)
    return [each.job for each in watched]


def _look(client: ApiClient, each: _Watched, display: Display) -> bool:
    """Show where the job is now; whether that is elsewhere than before."""
    before = each.job
    each.job = client.job(before["job_id"])
    fresh: list[dict[str, Any]] = []
    if (each.job["steps_count"] or 0) > each.seen:
        fresh = client.steps(before["job_id"], start=each.seen)["steps"]
        each.seen += len(fresh)
    each.done = each.job["status"] in _AT_REST
    display.update(each.job, fresh)
    return bool(fresh) or each.job["status"] != before["status"]


class _Bars:
    """One bar per job."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def update(self, job: dict[str, Any], steps: Sequence[dict[str, Any]]) -> None:
        """Move the job's bar, and say beside it which step ended last or why there is none."""
        task = self._tasks.get(job["job_id"])
        if task is None:
            task = self._progress.add_task(job["workflow"], total=None, note="")
            self._tasks[job["job_id"]] = task
        note = steps[-1]["step_name"] if steps else None
        if job["status"] in _AT_REST:
            note = status_text(job["status"])
        elif job["status"] == "pending":
            note = "waiting for a worker"
        total = job["steps_total"] or None
        self._progress.update(task, total=total, completed=job["steps_done"])
        if note is not None:
            self._progress.update(task, note=note)
        if job["status"] in _AT_REST:
            self._progress.stop_task(task)

    def remark(self, text: str) -> None:
        """Show a sentence above the bars."""
        self._progress.console.print(text, style="yellow")


class _Lines:
    """One line per step that ended, and one per job: for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._told: dict[str, str] = {}

    def update(self, job: dict[str, Any], steps: Sequence[dict[str, Any]]) -> None:
        """Write what is new since the last call."""
        for step in steps:
            if step["step_type"] != _SUBMISSION:
                self._write(job, f"{step['status']:<9}  {step['step_name']}  {step['duration_ms'] / 1000:.1f} s")
        if self._told.get(job["job_id"]) != job["status"]:
            self._told[job["job_id"]] = job["status"]
            self._write(job, f"job {job['job_id']} {job['status']}")

    def remark(self, text: str) -> None:
        """Write a sentence."""
        self._console.print(text, markup=False)

    def _write(self, job: dict[str, Any], text: str) -> None:
        self._console.print(f"{job['workflow']:<20}  {text}", markup=False)
