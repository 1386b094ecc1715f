"""Whole jobs: seconds, bytes, requests and write units of each way, interleaved."""

from __future__ import annotations

import json
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.stack import Stack, Wire
from benchmarks.steplog.subjects import Floor, Obvious, Ours, Subject, make_step

#: Steps and their KB.
SHAPES = ((10, 2), (50, 5), (25, 20), (100, 50), (20, 500), (400, 50))
#: Rounds of each shape; the largest takes the obvious way 4 GB.
_ROUNDS = {(400, 50): 1, (100, 50): 2}
_MOST_ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """One way's figures for jobs of one shape; seconds are the median round's."""

    shape: str
    way: str
    seconds: float
    bytes_per_byte: float
    requests_per_append: float
    append_requests: float
    write_units: float


def measure(stack: Stack, wire: Wire) -> list[JobRun]:
    """Every shape, every way; within a shape the ways take turns."""
    runs = []
    ways: tuple[Subject, ...] = (Ours(stack), Obvious(stack), Floor(stack))
    for count, kib in SHAPES:
        steps = [make_step(number, kib * 1024) for number in range(count)]
        rounds = _ROUNDS.get((count, kib), _MOST_ROUNDS)
        results: dict[str, list[JobRun]] = {way.name: [] for way in ways}
        for _ in range(rounds):
            for way in ways:
                results[way.name].append(_one_job(way, wire, f"{count}x{kib}", steps))
        for found in results.values():
            middle = median(run.seconds for run in found)
            runs.append(min(found, key=lambda run: abs(run.seconds - middle)))
            print(_line(runs[-1]), flush=True)
    return runs


def _one_job(way: Subject, wire: Wire, shape: str, steps: list[dict[str, Any]]) -> JobRun:
    job_id = way.new_job()
    wire.reset()
    begin = perf_counter()
    for number, step in enumerate(steps):
        way.append(job_id, number, step)
    appends = wire.requests
    way.finish(job_id)
    seconds = perf_counter() - begin
    size = sum(len(json.dumps(step, separators=(",", ":"))) for step in steps)
    return JobRun(
        shape=shape,
        way=way.name,
        seconds=seconds,
        bytes_per_byte=wire.bytes / size,
        requests_per_append=wire.requests / len(steps),
        append_requests=appends / len(steps),
        write_units=wire.write_units,
    )


def _line(run: JobRun) -> str:
    return (
        f"{run.shape:>8}  {run.way:<12} {run.seconds:8.2f} s  {run.bytes_per_byte:8.2f} bytes/byte  "
        f"{run.append_requests:5.2f} requests/append  {run.write_units:9.0f} write units"
    )
