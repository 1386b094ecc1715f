"""Many writers on one job, in threads and in processes."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter

from benchmarks.stack import Stack
from benchmarks.steplog.subjects import Floor, Ours, Subject, make_step
from leadmagnet.local.resources import Resources
from leadmagnet.settings import Settings
from leadmagnet.wiring.clients import connect

WRITERS = 8
APPENDS = 25
SIZES_KIB = (4, 30, 400)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterRun:
    """One way with eight writers on one job."""

    kib: int
    kind: str
    way: str
    seconds: float
    kept: int | None
    errors: int


def measure(stack: Stack) -> list[WriterRun]:
    """Threads and processes, ours beside the floor in turns."""
    runs = []
    for kib in SIZES_KIB:
        for kind in ("threads", "processes"):
            for way in ("step log", "raw floor"):
                runs.append(_run(stack, kib, kind, way))
                print(runs[-1], flush=True)
    return runs


def _run(stack: Stack, kib: int, kind: str, way: str) -> WriterRun:
    ours = Ours(stack)
    job_id = ours.new_job()
    with _executor(kind) as pool:
        # Starting a process and building its clients is not what is measured.
        list(pool.map(_warm, [(stack.settings, stack.resources)] * WRITERS))
        begin = perf_counter()
        tasks = [(stack.settings, stack.resources, way, job_id, writer, kib) for writer in range(WRITERS)]
        errors = sum(pool.map(_write, tasks))
        seconds = perf_counter() - begin
    kept = len({step["step_id"] for step in ours.log.read(job_id)}) if way == "step log" else None
    return WriterRun(kib=kib, kind=kind, way=way, seconds=seconds, kept=kept, errors=errors)


def _executor(kind: str) -> Executor:
    if kind == "threads":
        return ThreadPoolExecutor(WRITERS)
    return ProcessPoolExecutor(WRITERS, mp_context=multiprocessing.get_context("spawn"))


_stacks: dict[str, Stack] = {}


def _stack(settings: Settings, resources: Resources) -> Stack:
    endpoint = str(settings.endpoint_url)
    if endpoint not in _stacks:
        _stacks[endpoint] = Stack(settings=settings, resources=resources, clients=connect(settings))
    return _stacks[endpoint]


def _warm(task: tuple[Settings, Resources]) -> None:
    stack = _stack(*task)
    stack.clients.dynamodb.describe_table(TableName=stack.resources.jobs_table)
    stack.clients.s3.get_bucket_versioning(Bucket=stack.resources.bucket)


def _write(task: tuple[Settings, Resources, str, str, int, int]) -> int:
    """One writer's appends; how many raised an error."""
    settings, resources, way, job_id, writer, kib = task
    stack = _stack(settings, resources)
    subject: Subject = Ours(stack) if way == "step log" else Floor(stack)
    errors = 0
    for number in range(writer * APPENDS, (writer + 1) * APPENDS):
        try:
            subject.append(job_id, number, make_step(number, kib * 1024))
        except Exception as error:  # noqa: BLE001 (whatever a caller would have met is counted)
            print(repr(error)[:300])
            errors += 1
    return errors
