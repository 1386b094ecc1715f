"""The admin API beside what it stands on: `python -m benchmarks.api` writes benchmarks/results/api.md.

How long a job of some size takes to get beside a plain S3 get of the same bytes, how much memory the server grows by,
how long a page of a list among many jobs takes, and how long the API takes to be imported.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import urllib3
from tests.steplog.second_engine import binary
from tests.steplog.second_engine import running as dynoxide

from benchmarks.stack import Stack, Wire, running
from leadmagnet.adapters.job_item import item_of
from leadmagnet.adapters.job_list import JobLists
from leadmagnet.adapters.jobs import JobTable
from leadmagnet.adapters.tokens import HmacTokens
from leadmagnet.api.schemas import JobPageView
from leadmagnet.cli.api_server import listen
from leadmagnet.domain.access import Role
from leadmagnet.domain.job import Job, JobStatus
from leadmagnet.domain.job_filter import JobFilter
from leadmagnet.steplog import StepLog
from leadmagnet.wiring.identity import new_id

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

RESULT = Path(__file__).parent / "results" / "api.md"
KEY = "a key of the benchmark alone, 32 bytes and more"
TENANT = "bench"
JOBS = int(os.environ.get("BENCH_JOBS", "100000"))
LISTS = 200
#: Name, steps, characters of each, and how often each is got.
SIZES = [("10 KB", 5, 1_900, 200), ("1 MB", 50, 20_000, 60), ("20 MB", 100, 200_000, 15)]


def main() -> None:
    """Measure all, and write it down."""
    imports = {module: import_times(module) for module in ("leadmagnet.wiring.api", "leadmagnet.entry.asgi")}
    with running() as stack:
        log = StepLog(
            dynamodb=stack.clients.dynamodb,
            s3=stack.clients.s3,
            table=stack.resources.jobs_table,
            bucket=stack.resources.bucket,
        )
        table = JobTable(dynamodb=stack.clients.dynamodb, table=stack.resources.jobs_table, step_log=log)
        with served(stack) as (http, pid):
            gets = [got(stack, table, log, http, pid, *size) for size in SIZES]
            opened = first_pages(http)
            laptop = laptop_lists(stack, http)
        requests = list_requests(stack, table)
        same_table = table_like(stack)
    listed = engine_lists(same_table)
    RESULT.write_text(report(imports, gets, opened, laptop, listed, requests), encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


def import_times(module: str) -> list[tuple[float, float]]:
    """Seconds of a new interpreter that imports `module` and ends, on the clock and of the processor, several times."""
    # With bytecode, as it is deployed and installed; the first import writes what is missing.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    program = partial(subprocess.run, [sys.executable, "-c", f"import {module}"], check=True, env=environment)
    program()
    times = []
    for _ in range(9):
        began, used = time.perf_counter(), _children_s()
        program()
        times.append((time.perf_counter() - began, _children_s() - used))
    return times


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def first_pages(http: httpx2.Client) -> dict[str, tuple[int, list[float]]]:
    """Bytes (compressed) and milliseconds of the pages that people open first, signed in by the client's token."""
    token = http.headers["authorization"].removeprefix("Bearer ")
    pages = {}
    with httpx2.Client(base_url=http.base_url, trust_env=False, timeout=120) as visitor:
        form = {"token": token}
        visitor.post("/sign-in", data=form, headers={"Origin": str(http.base_url).rstrip("/")})
        for name, path in (("jobs", "/jobs"), ("workflows", "/workflows"), ("usage", "/usage")):
            with visitor.stream("GET", path) as answer:
                answer.raise_for_status()
                size = sum(len(block) for block in answer.iter_raw())
            pages[name] = (size, timed(partial(visitor.get, path), times=50))
    return pages


@contextmanager
def served(stack: Stack) -> Iterator[tuple[httpx2.Client, int]]:
    """The API as a process of its own, as it would be deployed."""
    with listen(0) as listener:
        port = listener.getsockname()[1]
    settings = stack.settings
    environment = {
        "AWS_REGION": settings.region,
        "AWS_ENDPOINT_URL": settings.endpoint_url or "",
        "AWS_ACCESS_KEY_ID": settings.access_key_id or "",
        "AWS_SECRET_ACCESS_KEY": settings.secret_access_key or "",
        "JOBS_TABLE": stack.resources.jobs_table,
        "WORKFLOWS_TABLE": stack.resources.workflows_table,
        "ARTIFACTS_BUCKET": stack.resources.bucket,
        "JOBS_QUEUE_URL": stack.resources.queue_url,
        "LEADMAGNET_TOKEN_KEY": KEY,
    }
    program = [sys.executable, "-m", "uvicorn", "--factory", "leadmagnet.entry.asgi:build", "--port", str(port)]
    token = HmacTokens(key=KEY).issue(tenant=TENANT, role=Role.VIEWER, ttl=timedelta(hours=2), now=datetime.now(UTC))
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
    with subprocess.Popen([*program, "--log-level", "warning"], env=os.environ | environment) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            with httpx2.Client(base_url=url, headers=headers, trust_env=False, timeout=120) as http:
                until_ready(http)
                yield http, process.pid
        finally:
            process.terminate()


def until_ready(http: httpx2.Client) -> None:
    """Return when the server answers."""
    for _ in range(600):
        try:
            http.get("/ready").raise_for_status()
        except httpx2.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the API did not start")


def got(
    stack: Stack,
    table: JobTable,
    log: StepLog,
    http: httpx2.Client,
    pid: int,
    name: str,
    steps: int,
    chars: int,
    n: int,
) -> dict[str, Any]:
    """Times of getting one job, by turns with a plain get of the same bytes."""
    job = Job(
        id=new_id(),
        tenant=TENANT,
        workflow="market-report",
        workflow_version=1,
        submission={},
        created_at=datetime.now(UTC),
        status=JobStatus.COMPLETED,
    )
    table.create(job)
    log.replace(
        job.id, [{"step_id": f"s{number}", "output": "lorem ipsum " * (chars // 12)} for number in range(steps)]
    )
    url = f"/admin/jobs/{job.id}"
    body = http.get(url).content
    stack.clients.s3.put_object(Bucket=stack.resources.bucket, Key="plain.json", Body=body)

    # boto3 reads by urllib3; so does this side, since what a client costs is not what is measured here.
    pool = urllib3.connection_from_url(str(http.base_url))
    headers = {name: http.headers[name] for name in ("authorization", "accept-encoding")}

    def by_api() -> None:
        answer = pool.request("GET", url, headers=headers, preload_content=False)
        assert drained(answer) == len(body)
        answer.release_conn()

    def by_s3() -> None:
        found = stack.clients.s3.get_object(Bucket=stack.resources.bucket, Key="plain.json")
        with found["Body"] as stream:
            assert drained(stream) == len(body)

    by_api()
    by_s3()
    before = peak_mb(pid)
    api, s3 = by_turns(by_api, by_s3, times=n)
    known = headers | {"if-none-match": http.get(url).headers["etag"]}
    same = timed(lambda: pool.request("GET", url, headers=known), times=n)
    return {"name": name, "bytes": len(body), "api": api, "s3": s3, "same": same, "grown_mb": peak_mb(pid) - before}


def drained(stream: Any) -> int:
    """How many bytes came until its end."""
    size = 0
    while block := stream.read(1 << 20):
        size += len(block)
    return size


def by_turns(one: Callable[[], None], other: Callable[[], None], *, times: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each, by turns, so that the machine's moods meet both."""
    first, second = [], []
    for _ in range(times):
        first += timed(one, times=1)
        second += timed(other, times=1)
    return first, second


def timed(work: Callable[[], Any], *, times: int) -> list[float]:
    """Milliseconds of each of so many turns."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1_000)
    return taken


def peak_mb(pid: int) -> float:
    """The most memory that the process has had."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1_024


def fill(dynamodb: DynamoDBClient, table: str, first: int, end: int) -> None:
    """Store the jobs of these numbers as the service does, 25 in a request."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(first, end, 25):
        puts = [{"PutRequest": {"Item": _item(start, each)}} for each in range(number, min(number + 25, end))]
        dynamodb.batch_write_item(RequestItems={table: puts})  # type: ignore[dict-item] # wire form


def _item(start: datetime, number: int) -> dict[str, Any]:
    job = Job(
        id=f"JOB{number:08}",
        tenant=TENANT,
        workflow=("market-report", "brand-guide", "research-dossier")[number % 3],
        workflow_version=1,
        submission={"company": "Harbour Coffee"},
        created_at=start + timedelta(seconds=number),
        status=JobStatus.FAILED if number % 100 == 0 else JobStatus.COMPLETED,
        steps_total=6,
        steps_done=6,
        tokens=12_000,
        cost_usd=0.12,
        deliverable="report.html",
    )
    return item_of(job, submission={"M": {"company": {"S": "Harbour Coffee"}}})


QUESTIONS = {
    "newest 50": JobFilter(),
    "50 of one workflow": JobFilter(workflow="brand-guide"),
    "failed ones (1 in 100)": JobFilter(status=JobStatus.FAILED),
    "50 of an hour in the middle": JobFilter(
        created_from=datetime(2026, 1, 1, 12, tzinfo=UTC), created_to=datetime(2026, 1, 1, 13, tzinfo=UTC)
    ),
}


def laptop_lists(stack: Stack, http: httpx2.Client) -> dict[int, list[float]]:
    """Milliseconds of the newest 50 over HTTP on the embedded engine, by the number of the tenant's jobs."""
    times, stored = {}, 0
    for count in (1_000, 10_000):
        fill(stack.clients.dynamodb, stack.resources.jobs_table, stored, count)
        stored = count
        assert len(http.get("/admin/jobs?limit=50").json()["jobs"]) == 50
        times[count] = timed(lambda: http.get("/admin/jobs?limit=50").raise_for_status(), times=100)
    return times


def table_like(stack: Stack) -> dict[str, Any]:
    """What makes a table like the service's own in another engine."""
    found = stack.clients.dynamodb.describe_table(TableName=stack.resources.jobs_table)["Table"]
    shape = ("IndexName", "KeySchema", "Projection")
    return {
        "TableName": "jobs",
        "KeySchema": found["KeySchema"],
        "AttributeDefinitions": found["AttributeDefinitions"],
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [{name: index[name] for name in shape} for index in found["GlobalSecondaryIndexes"]],  # type: ignore[literal-required] # names of the index's own
    }


def engine_lists(same_table: dict[str, Any]) -> dict[str, list[float]]:
    """Milliseconds of pages from an engine with a true index (dynoxide), made into the API's JSON; {} without it."""
    program = binary()
    if program is None:
        return {}
    with tempfile.TemporaryDirectory() as folder, dynoxide(Path(folder), program) as client:
        client.create_table(**same_table)
        fill(client, "jobs", 0, JOBS)
        pages = JobLists(dynamodb=client, table="jobs")

        def page(where: JobFilter) -> None:
            found = pages.page(tenant=TENANT, where=where, limit=50, cursor=None)
            assert JobPageView.of(found).model_dump_json().count("job_id") > 40

        return {name: timed(partial(page, where), times=LISTS) for name, where in QUESTIONS.items()}


def list_requests(stack: Stack, table: JobTable) -> dict[str, int]:
    """What one page asks of AWS."""
    wire = Wire()
    wire.watch(stack.clients)
    table.list(tenant=TENANT, limit=50, cursor=None)
    return dict(wire.by_operation)


def _row(name: str, times: list[float]) -> str:
    return f"| {name} | {statistics.median(times):.1f} | {statistics.quantiles(times, n=100)[98]:.1f} |"


def report(
    imports: dict[str, list[tuple[float, float]]],
    gets: list[dict[str, Any]],
    opened: dict[str, tuple[int, list[float]]],
    laptop: dict[int, list[float]],
    listed: dict[str, list[float]],
    requests: dict[str, int],
) -> str:
    """The page of results."""
    rows = "\n".join(
        f"| {each['name']} | {each['bytes']:,} | {statistics.median(each['api']):.1f} | "
        f"{statistics.median(each['s3']):.1f} | {statistics.median(each['api']) / statistics.median(each['s3']):.2f} | "
        f"{statistics.median(each['same']):.1f} | {each['grown_mb']:.1f} |"
        for each in gets
    )
    small = "\n".join(_row(f"{count:,} jobs", times) for count, times in laptop.items())
    pages = "\n".join(_row(name, times) for name, times in listed.items())
    imported = "\n".join(
        f"| `{module}` | {min(wall for wall, _ in times):.2f} | {statistics.median(wall for wall, _ in times):.2f} | "
        f"{statistics.median(cpu for _, cpu in times):.2f} |"
        for module, times in imports.items()
    )
    visited = "\n".join(_row(f"{name} | {size / 1_000:.1f}", times) for name, (size, times) in opened.items())
    asked = ", ".join(f"{count} {name}" for name, count in requests.items())
    return f"""# The API, measured

`.venv/bin/python -m benchmarks.api` on this project's laptop stack: two cores that others used too, the embedded
engine, one server process, one client. Times in milliseconds; what a busy machine does to one column it does to the
other, so look at the ratios.

## A job beside a plain S3 get of the same bytes

By turns, both by urllib3; medians. The goal is a ratio of at most 1.2, and memory that does not grow with the
record. A job costs one read of DynamoDB, whatever its size, and then a read of S3 if its steps lie there: the 304
shows what all but the steps takes. So a small job cannot come near the goal on an engine whose two reads take equally
long.

| job | bytes | API | S3 | ratio | 304 | server grew by (MB) |
|---|---|---|---|---|---|---|
{rows}

## A page of 50 jobs

The goal is a p99 below 100 ms among 100,000 jobs. A page of the newest asks for: {asked}. Neither S3 nor a job's own
item is read. Among {JOBS:,} jobs of one tenant on an engine with a true index (dynoxide, DynamoDB on SQLite), from the
question to the API's JSON:

| page | median | p99 |
|---|---|---|
{pages}

The embedded engine of the laptop has no index: it looks at all items for every query, so that a page costs there what
the tenant has jobs (3 s were seen among 100,000). Over HTTP, the newest 50:

| among | median | p99 |
|---|---|---|
{small}

## Import of the API

A new interpreter, the import, and its end, nine times; the goal is 0.6 s. Processor time is what a busy machine does
not change as much.

| module | best s | median s | processor, median s |
|---|---|---|---|
{imported}

## First pages

With the jobs of the first table there; the goal is below 100 KB and 200 ms.

| page | KB, compressed | median | p99 |
|---|---|---|---|
{visited}
"""


if __name__ == "__main__":
    main()
