"""Reading: whole records beside a plain S3 get, pages of small and large ones, and memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from time import perf_counter

from benchmarks.stack import Stack, Wire
from benchmarks.steplog.subjects import Ours, make_step

_MIB = 1024 * 1024
_STEP_BYTES = 50 * 1024
_ROUNDS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRun:
    """Reads of one log: seconds, medians of turns; and what a page fetched."""

    mib: int
    plain_get_s: float
    stream_s: float
    read_s: float
    page_s: float
    page_bytes: int
    page_requests: int


def measure(stack: Stack, wire: Wire) -> list[ReadRun]:
    """Logs of 1, 20 and 100 MB."""
    runs = []
    for mib in (1, 20, 100):
        runs.append(_reads(stack, wire, mib))
        print(runs[-1], flush=True)
    return runs


def _reads(stack: Stack, wire: Wire, mib: int) -> ReadRun:
    ours = Ours(stack)
    log, job_id = ours.log, ours.new_job()
    count = mib * _MIB // _STEP_BYTES
    log.replace(job_id, [make_step(number, _STEP_BYTES) for number in range(count)])
    key = f"jobs/{job_id}/execution_steps.json"

    def plain_get() -> None:
        body = stack.clients.s3.get_object(Bucket=stack.resources.bucket, Key=key)["Body"]
        while body.read(_MIB):
            pass

    def stream() -> None:
        for _ in log.stream(job_id):
            pass

    def page() -> None:
        log.page(job_id, start=count // 3, limit=50)

    calls: dict[str, Callable[[], object]] = {
        "plain": plain_get, "stream": stream, "read": lambda: log.read(job_id), "page": page
    }  # fmt: skip
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(_ROUNDS):
        for name, call in calls.items():
            begin = perf_counter()
            call()
            taken[name].append(perf_counter() - begin)
    wire.reset()
    found = log.page(job_id, start=count // 3, limit=50).steps
    return ReadRun(
        mib=mib,
        plain_get_s=median(taken["plain"]),
        stream_s=median(taken["stream"]),
        read_s=median(taken["read"]),
        page_s=median(taken["page"]),
        page_bytes=len(json.dumps(found)),
        page_requests=wire.requests,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryRun:
    """Growth of a fresh process's largest memory through one operation on a log of 200 MB."""

    operation: str
    growth_mib: float


#: Run in a process of its own, so that its largest memory is the operation's.
_PROBE = """
import re, sys, json
from pathlib import Path
from leadmagnet.settings import Settings
from leadmagnet.wiring.clients import connect
from leadmagnet.steplog import StepLog
facts = json.loads(sys.argv[1])
clients = connect(Settings(**facts["settings"]))
log = StepLog(dynamodb=clients.dynamodb, s3=clients.s3, table=facts["table"], bucket=facts["bucket"])
log.summary(facts["job"])
clients.s3.get_bucket_versioning(Bucket=facts["bucket"])
def peak():
    return int(re.search("VmHWM: *[\\t]* *([0-9]+)", Path("/proc/self/status").read_text()).group(1)) / 1024
# From here on the largest memory is counted anew (man 5 proc, clear_refs).
Path("/proc/self/clear_refs").write_text("5")
before = peak()
if facts["operation"] == "stream":
    sum(len(block) for block in log.stream(facts["job"]))
elif facts["operation"] == "page":
    log.page(facts["job"], start=2000, limit=50)
else:
    log.seal(facts["job"])
print(peak() - before)
"""


def measure_memory(stack: Stack, large_mib: int = 200) -> list[MemoryRun]:
    """Stream, page and seal of a log of 200 MB whose last 60 steps are still in the tail."""
    ours = Ours(stack)
    log, job_id = ours.log, ours.new_job()
    count = large_mib * _MIB // _STEP_BYTES
    log.replace(job_id, [make_step(number, _STEP_BYTES) for number in range(count)])
    for number in range(count, count + 60):
        ours.append(job_id, number, make_step(number, _STEP_BYTES))
    runs = []
    for operation in ("stream", "page", "seal"):
        settings = {
            name: value
            for name, value in asdict(stack.settings).items()
            if name in ("region", "endpoint_url", "access_key_id", "secret_access_key")
        }
        facts = {
            "settings": settings,
            "table": stack.resources.jobs_table,
            "bucket": stack.resources.bucket,
            "job": job_id,
            "operation": operation,
        }
        answer = subprocess.run(
            [sys.executable, "-c", _PROBE, json.dumps(facts)], capture_output=True, text=True, check=True
        )
        runs.append(MemoryRun(operation=operation, growth_mib=float(answer.stdout)))
        print(runs[-1], flush=True)
    return runs
