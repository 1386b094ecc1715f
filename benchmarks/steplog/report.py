"""The table and the charts under benchmarks/results/."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

from benchmarks.steplog.jobs import JobRun
from benchmarks.steplog.reads import MemoryRun, ReadRun
from benchmarks.steplog.writers import WriterRun

RESULTS = Path(__file__).parents[1] / "results"
OURS, OBVIOUS, FLOOR = "step log", "obvious way", "raw floor"
_COLOURS = {OURS: "#1b6b52", OBVIOUS: "#c0562f", FLOOR: "#9aa5ad"}


def write(
    jobs: Sequence[JobRun], writers: Sequence[WriterRun], reads: Sequence[ReadRun], memory: Sequence[MemoryRun]
) -> None:
    """results.json, README.md with the tables, and the charts it shows."""
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    everything = {
        "date": now.isoformat(timespec="seconds"),
        "jobs": [asdict(run) for run in jobs],
        "writers": [asdict(run) for run in writers],
        "reads": [asdict(run) for run in reads],
        "memory": [asdict(run) for run in memory],
    }
    (RESULTS / "steplog.json").write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")
    _draw_jobs(jobs)
    sections = [
        "# Step log: measured\n",
        f"{now:%d %B %Y}, {_machine()}, everything in one run on the embedded engine (MiniStack), the ways in turns.\n"
        "Seconds are the engine's more than ours and differ from run to run; bytes, requests and write units do not.\n"
        "Again with: `make bench`.\n",
        "![Bytes and seconds of whole jobs, by steps and KB](steplog-jobs.png)\n",
        _goals(jobs, writers, reads, memory),
        "## Whole jobs, seal included\n",
        _job_table(jobs),
        "## Eight writers on one job, 25 appends each\n",
        _writer_table(writers),
        "## Reading\n",
        _read_table(reads),
        "## Memory growth on a log of 200 MB\n",
        _table(("operation", "MiB"), ((run.operation, f"{run.growth_mib:.0f}") for run in memory)),
        (RESULTS / "notes.md").read_text(encoding="utf-8") if (RESULTS / "notes.md").exists() else "",
    ]
    (RESULTS / "README.md").write_text("\n".join(sections).rstrip() + "\n", encoding="utf-8")
    print(f"\nWritten: {RESULTS}/README.md, steplog.json, steplog-jobs.png")


def _machine() -> str:
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} shared cores, Python {platform.python_version()}"
    )


def _goals(
    jobs: Sequence[JobRun], writers: Sequence[WriterRun], reads: Sequence[ReadRun], memory: Sequence[MemoryRun]
) -> str:
    ran = {(run.shape, run.way): run for run in jobs}
    shapes = list(dict.fromkeys(run.shape for run in jobs))
    by_mib = {run.mib: run for run in reads}
    inline, offloaded = shapes[:2], shapes[2:]

    def worst(field: str, among: Iterable[str], against: str | None = None) -> float:
        values = []
        for shape in among:
            value = getattr(ran[shape, OURS], field)
            values.append(value / getattr(ran[shape, against], field) if against else value)
        return float(max(values))

    last = shapes[-1]
    slower = max(ours.seconds / floor.seconds for ours, floor in zip(writers[::2], writers[1::2], strict=True))
    kept = min(run.kept for run in writers if run.kept is not None)
    rows = [
        ("bytes per byte, inline", "<= 1.5", worst("bytes_per_byte", inline), 1.5),
        ("bytes per byte, offloaded", "<= 2.2", worst("bytes_per_byte", offloaded), 2.2),
        ("requests per append, inline", "1", worst("append_requests", inline), 1.005),
        ("requests per append, large steps", "<= 2", worst("append_requests", offloaded), 2.0),
        ("seconds against the floor, inline", "<= 1.5", worst("seconds", inline, FLOOR), 1.5),
        ("seconds against the floor, offloaded", "<= 2", worst("seconds", offloaded, FLOOR), 2.0),
        ("bytes against the obvious way, " + last, "<= 1/20", worst("bytes_per_byte", [last], OBVIOUS), 0.05),
        ("seconds against the obvious way, " + last, "<= 1/20", worst("seconds", [last], OBVIOUS), 0.05),
        ("write units against the obvious way, " + last, "<= 1/20", worst("write_units", [last], OBVIOUS), 0.05),
        ("eight writers, steps not kept or errors", "0", 200 - kept + sum(run.errors for run in writers), 0),
        ("eight writers, seconds against the floor", "<= 2", slower, 2.0),
        ("stream of 20 MB against a plain get", "<= 1.2", by_mib[20].stream_s / by_mib[20].plain_get_s, 1.2),
        ("page of 50 from 100 MB against 20 MB, bytes", "<= 1.2", by_mib[100].page_bytes / by_mib[20].page_bytes, 1.2),
        ("page of 50 from 100 MB against 20 MB, seconds", "<= 1.2", by_mib[100].page_s / by_mib[20].page_s, 1.2),
        ("memory growth at 200 MB, MiB", "<= 64", max(run.growth_mib for run in memory), 64.0),
    ]
    cells = (
        (name, goal, f"{value:.3g}", "reached" if value <= most else "**missed**") for name, goal, value, most in rows
    )
    return _table(("figure (worst of the shapes)", "goal", "measured", ""), cells)


def _job_table(runs: Sequence[JobRun]) -> str:
    header = (
        "steps x KB",
        "way",
        "seconds",
        "bytes per byte of steps",
        "requests per append",
        "with seal",
        "write units",
    )
    rows = (
        (
            run.shape,
            run.way,
            f"{run.seconds:.2f}",
            f"{run.bytes_per_byte:.2f}",
            f"{run.append_requests:.2f}",
            f"{run.requests_per_append:.2f}",
            f"{run.write_units:,.0f}",
        )
        for run in runs
    )
    return _table(header, rows)


def _writer_table(runs: Sequence[WriterRun]) -> str:
    rows = (
        (
            f"{run.kib}",
            run.kind,
            run.way,
            f"{run.seconds:.2f}",
            "" if run.kept is None else f"{run.kept} of 200",
            f"{run.errors}",
        )
        for run in runs
    )
    return _table(("KB", "writers", "way", "seconds", "kept", "errors"), rows)


def _read_table(runs: Sequence[ReadRun]) -> str:
    header = (
        "log",
        "plain S3 get, s",
        "stream, s",
        "read (parsed), s",
        "page of 50, s",
        "its JSON, KB",
        "its requests",
    )
    rows = (
        (
            f"{run.mib} MB",
            f"{run.plain_get_s:.3f}",
            f"{run.stream_s:.3f}",
            f"{run.read_s:.3f}",
            f"{run.page_s:.3f}",
            f"{run.page_bytes / 1024:,.0f}",
            f"{run.page_requests}",
        )
        for run in runs
    )
    return _table(header, rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def _draw_jobs(runs: Sequence[JobRun]) -> None:
    mpl.use("Agg")
    shapes = list(dict.fromkeys(run.shape for run in runs))
    figure, axes = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    for axis, field, title in zip(
        axes, ("bytes_per_byte", "seconds"), ("Bytes sent per byte of steps", "Seconds for the job"), strict=True
    ):
        for place, way in enumerate((OURS, OBVIOUS, FLOOR)):
            values = [getattr(run, field) for run in runs if run.way == way]
            positions = [number + (place - 1) * 0.27 for number in range(len(shapes))]
            bars = axis.bar(positions, values, width=0.25, label=way, color=_COLOURS[way])
            axis.bar_label(bars, fmt="%.3g", fontsize=7, padding=1)
        axis.set_yscale("log")
        axis.set_xticks(range(len(shapes)), shapes)
        axis.set_xlabel("steps x KB")
        axis.set_title(title)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].legend(frameon=False)
    figure.savefig(RESULTS / "steplog-jobs.png", dpi=110)
    plt.close(figure)
