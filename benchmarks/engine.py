"""What the engine costs: alone, on the embedded stack, and with four worker processes.

make bench-engine        or one part: python -m benchmarks.engine alone|stack|workers|import
"""

from __future__ import annotations

import json
import logging
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent
from threading import Lock
from typing import Any

from tests.end_to_end.worker_program import CountedModel
from tests.engine.fakes import World

from benchmarks.stack import Stack, Wire, running
from leadmagnet.adapters.jobs import JobTable
from leadmagnet.adapters.queue import SqsQueue
from leadmagnet.adapters.workflows import WorkflowTable
from leadmagnet.domain.job import JobStatus
from leadmagnet.engine.runner import run_job
from leadmagnet.engine.submit import submit_job
from leadmagnet.engine.workflow_file import parse_workflow
from leadmagnet.settings import Settings
from leadmagnet.wiring.engine import build_engine
from leadmagnet.wiring.identity import new_id, now
from leadmagnet.wiring.step_logs import build_step_log

_RESULTS = Path(__file__).parent / "results"
_STEPS = 5
#: Five steps of which two run at the same time; what each does is next to nothing.
WORKFLOW = dedent("""
    name: bench
    submission:
      - {name: number}
    steps:
      - {name: a, type: ai_generation, order: 1, instructions: x}
      - {name: b, type: ai_generation, order: 1, instructions: x}
      - {name: c, type: ai_generation, order: 2, instructions: x}
      - {name: report, type: html_generation, order: 3, instructions: "<body>{{ steps.c.output }}</body>"}
      - {name: deliver, type: final_output, order: 4}
""")


def alone() -> dict[str, Any]:
    """Jobs per second in one process with ports in memory."""
    world = World()
    workflow = world.workflows.put(parse_workflow(WORKFLOW))
    jobs = [
        submit_job(
            tenant="acme",
            workflow=workflow.name,
            submission={"number": str(number)},
            jobs=world.jobs,
            workflows=world.workflows,
            queue=world.queue,
            clock=world.clock,
            new_id=lambda number=number: f"job-{number}",  # type: ignore[misc]
        )
        for number in range(300)
    ]
    # The fake clock goes on by a second whenever it is asked: a lease must not end of that.
    parts = world.parts(lease_s=1e6)
    run = partial(run_job, parts=parts)
    run(jobs.pop().id)
    begin, cpu = time.perf_counter(), time.process_time()
    for job in jobs:
        run(job.id)
    seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    return {
        "jobs_per_s": round(len(jobs) / seconds, 1),
        "ms_per_step": round(seconds / len(jobs) / _STEPS * 1_000, 2),
        # Does not depend on what else the machine does.
        "cpu_ms_per_step": round(cpu / len(jobs) / _STEPS * 1_000, 2),
        "jobs_per_s_of_cpu": round(len(jobs) / cpu, 1),
    }


def stack(jobs: int = 60) -> dict[str, Any]:
    """The same jobs on the embedded stack, in two threads of one process, and where their time goes."""
    with running() as running_stack:
        settings = _settings(running_stack)
        parts = replace(build_engine(settings, running_stack.clients), models=_model())
        submitted = _submit(settings, running_stack, jobs)
        wire = Wire()
        wire.watch(running_stack.clients)
        waited = _Waits(running_stack.clients)
        begin, cpu = time.perf_counter(), time.process_time()
        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(lambda job_id: run_job(job_id, parts=parts), submitted))
        seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    assert all(job.status is JobStatus.COMPLETED for job in done)
    return {
        "jobs_per_s": round(jobs / seconds, 1),
        "requests_per_job": round(wire.requests / jobs, 1),
        "by_operation_per_job": {name: round(n / jobs, 1) for name, n in sorted(wire.by_operation.items())},
        "write_units_per_job": round(wire.write_units / jobs, 1),
        "waiting_for_the_stack_share": round(waited.seconds / (2 * seconds), 2),
        "our_cpu_ms_per_step_boto3_included": round(cpu / jobs / _STEPS * 1_000, 1),
    }


class _Waits:
    """Seconds from a request's sending to its answer, over all threads."""

    def __init__(self, clients: Any) -> None:
        self.seconds = 0.0
        self._lock = Lock()
        for client in (clients.dynamodb, clients.s3):
            session = client._endpoint.http_session  # noqa: SLF001 (botocore has no other place to look at)
            session.send = partial(self._sent, session.send)

    def _sent(self, send: Callable[[Any], Any], request: Any) -> Any:
        begin = time.perf_counter()
        answer = send(request)
        with self._lock:
            self.seconds += time.perf_counter() - begin
        return answer


def workers(jobs: int = 1_000, processes: int = 4) -> dict[str, Any]:
    """1,000 queued jobs, finished by four worker processes, and whether anything is missing."""
    with running() as running_stack, TemporaryDirectory() as folder:
        settings = _settings(running_stack)
        submitted = set(_submit(settings, running_stack, jobs))
        calls = Path(folder) / "calls"
        begin = time.perf_counter()
        started = [_start_worker(settings, calls) for _ in range(processes)]
        store = JobTable(
            dynamodb=running_stack.clients.dynamodb,
            table=settings.jobs_table,
            step_log=build_step_log(settings, running_stack.clients),
        )
        left = set(submitted)
        while left:
            time.sleep(1)
            left = {job_id for job_id in left if not store.get(tenant="acme", job_id=job_id).status.at_rest}
        seconds = time.perf_counter() - begin
        for process in started:
            process.kill()
            process.communicate()
        ended = [store.get(tenant="acme", job_id=job_id) for job_id in submitted]
        paid = len(calls.read_text().splitlines())
    return {
        "jobs": jobs,
        "completed": sum(job.status is JobStatus.COMPLETED and job.steps_done == _STEPS for job in ended),
        "paid_calls": paid,
        "paid_calls_per_job": paid / jobs,
        "jobs_per_s": round(jobs / seconds, 1),
    }


def imports() -> dict[str, Any]:
    """Seconds to start a process that can build a worker, the best of three."""
    wall, cpu = [], []
    for _ in range(3):
        begin, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", "import leadmagnet.wiring.worker"], check=True)
        wall.append(time.perf_counter() - begin)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu.append(after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime)
    return {"seconds": round(min(wall), 2), "cpu_seconds": round(min(cpu), 2)}


def _settings(running_stack: Stack) -> Settings:
    of = running_stack.resources
    return replace(
        running_stack.settings,
        jobs_table=of.jobs_table,
        workflows_table=of.workflows_table,
        artifacts_bucket=of.bucket,
        queue_url=of.queue_url,
    )


def _model() -> CountedModel:
    return CountedModel(Path(os.devnull), 0.0)


def _submit(settings: Settings, running_stack: Stack, jobs: int) -> list[str]:
    clients = running_stack.clients
    workflows = WorkflowTable(dynamodb=clients.dynamodb, table=settings.workflows_table)
    workflow = workflows.put(parse_workflow(WORKFLOW))
    store = JobTable(dynamodb=clients.dynamodb, table=settings.jobs_table, step_log=build_step_log(settings, clients))
    return [
        submit_job(
            tenant="acme",
            workflow=workflow.name,
            submission={"number": str(number)},
            jobs=store,
            workflows=workflows,
            queue=SqsQueue(sqs=clients.sqs, queue_url=settings.queue_url),
            clock=now,
            new_id=new_id,
        ).id
        for number in range(jobs)
    ]


def _start_worker(settings: Settings, calls: Path) -> subprocess.Popen[bytes]:
    where = [str(settings.endpoint_url), settings.jobs_table, settings.workflows_table, settings.artifacts_bucket]
    program = Path("tests/end_to_end/worker_program.py")
    return subprocess.Popen(
        [sys.executable, str(program), *where, settings.queue_url, str(calls), "0"], stdin=subprocess.PIPE
    )


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "alone": alone,
    "stack": stack,
    "workers": workers,
    "import": imports,
}


def main() -> None:
    logging.disable()
    wanted = sys.argv[1:] or list(PARTS)
    file = _RESULTS / "engine.json"
    found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    for name in wanted:
        found[name] = PARTS[name]()
        print(name, json.dumps(found[name]))
    found["machine"] = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    file.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
