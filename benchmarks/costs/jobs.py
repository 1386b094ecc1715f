"""Jobs of several sizes, counted request by request: the record alone, ours and the obvious way, and whole jobs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from benchmarks.costs.metering import Meter
from benchmarks.stack import Stack, Wire
from benchmarks.steplog.subjects import Obvious, Ours, Subject, make_step
from leadmagnet.adapters.jobs import JobTable
from leadmagnet.adapters.workflows import WorkflowTable
from leadmagnet.domain.execution_step import Usage
from leadmagnet.engine.ports import ImageModel, TextAnswer, TextRequest
from leadmagnet.engine.runner import run_job
from leadmagnet.engine.submit import submit_job
from leadmagnet.engine.workflow_file import parse_workflow
from leadmagnet.steplog import Limits, StepLog, item_size
from leadmagnet.wiring.clients import connect
from leadmagnet.wiring.engine import build_engine
from leadmagnet.wiring.identity import new_id, now

_S3_WRITES = (
    "PutObject", "CreateMultipartUpload", "UploadPart", "UploadPartCopy", "CompleteMultipartUpload", "CopyObject",
)  # fmt: skip
#: Whether the bucket keeps versions is asked once by each process, not by each job.
_S3_READS = ("GetObject", "HeadObject")


#: What a lower LEADMAGNET_INLINE_BYTES would save.
SOONER_KIB = 32
SOONER = f"step log, inline to {SOONER_KIB} KB"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A job's record: so many steps of so many KB."""

    name: str
    steps: int
    kib: int


SHAPES = (
    Shape(name="10 KB", steps=5, kib=2),
    Shape(name="100 KB", steps=10, kib=10),
    Shape(name="260 KB", steps=13, kib=20),
    Shape(name="1 MB", steps=25, kib=40),
    Shape(name="5 MB", steps=50, kib=100),
    Shape(name="20 MB", steps=100, kib=200),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What one job asked of AWS, and what it left there."""

    shape: Shape
    way: str
    write_units: float
    read_units: float
    s3_writes: int
    s3_reads: int
    sent_bytes: int
    #: The item, and the S3 objects that it means, which stay.
    item_bytes: int
    live_bytes: int
    #: Other versions and objects, until a sweep takes them.
    old_bytes: int
    requests: dict[str, int] = field(default_factory=dict)


class Counter:
    """Counts what happens to one job."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._plain = connect(stack.settings)
        self._wire = Wire()
        self._wire.watch(stack.clients)
        self._meter = Meter(table=stack.resources.jobs_table, plain=self._plain.dynamodb)
        self._meter.watch(stack.clients.dynamodb)

    def count(self, shape: Shape, way: str, run: Callable[[], str]) -> Counted:
        """What `run` asks for; it answers with its job's id."""
        self._wire.reset()
        self._meter.reset()
        job_id = run()
        asked = dict(self._wire.by_operation)
        item_bytes, live, old = self._left(job_id)
        return Counted(
            shape=shape,
            way=way,
            write_units=self._meter.write_units,
            read_units=self._meter.read_units,
            s3_writes=sum(asked.get(name, 0) for name in _S3_WRITES),
            s3_reads=sum(asked.get(name, 0) for name in _S3_READS),
            sent_bytes=self._wire.bytes,
            item_bytes=item_bytes,
            live_bytes=live,
            old_bytes=old,
            requests=asked,
        )

    def _left(self, job_id: str) -> tuple[int, int, int]:
        """Bytes of the item, of the objects that it means, and of all others of the job."""
        resources = self._stack.resources
        item: Any = self._plain.dynamodb.get_item(TableName=resources.jobs_table, Key={"job_id": {"S": job_id}})["Item"]
        live = old = 0
        for page in self._plain.s3.get_paginator("list_object_versions").paginate(
            Bucket=resources.bucket, Prefix=f"jobs/{job_id}/"
        ):
            for each in page.get("Versions", ()):
                # At rest the document holds all steps: chunks are left over. Artifacts and pages of ids stay.
                if each["IsLatest"] and "/steps/" not in each["Key"]:
                    live += each["Size"]
                else:
                    old += each["Size"]
        return item_size(item), live, old


def record_alone(counter: Counter, subject: Subject, shape: Shape) -> Counted:
    """The job's steps, appended one by one and sealed, with nothing else on the item."""
    steps = [make_step(number, shape.kib * 1024) for number in range(shape.steps)]

    def run() -> str:
        job_id = subject.new_job()
        for number, step in enumerate(steps):
            subject.append(job_id, number, step)
        subject.finish(job_id)
        return job_id

    return counter.count(shape, subject.name, run)


@dataclass(frozen=True, slots=True)
class _Texts:
    """Models, all of them one that writes so much."""

    size_bytes: int

    def text(self, name: str | None) -> _Texts:
        del name
        return self

    def image(self, name: str | None) -> ImageModel:
        raise NotImplementedError(name)

    def write(self, request: TextRequest) -> TextAnswer:
        usage = Usage(input_tokens=812, output_tokens=1544, cost_usd=0.0123)
        text = str(make_step(len(request.title), self.size_bytes)["output"])
        return TextAnswer(text=text, model="fixed", usage=usage)


def whole_job(counter: Counter, stack: Stack, shape: Shape) -> Counted:
    """A job from its submission to its end by the real engine: leases, claims, progress, steps, seal."""
    settings = replace(
        stack.settings,
        jobs_table=stack.resources.jobs_table,
        workflows_table=stack.resources.workflows_table,
        artifacts_bucket=stack.resources.bucket,
        queue_url=stack.resources.queue_url,
    )
    clients = stack.clients
    parts = replace(build_engine(settings, clients), models=_Texts(shape.kib * 1024))
    workflows = WorkflowTable(dynamodb=clients.dynamodb, table=settings.workflows_table)
    workflow = workflows.put(parse_workflow(_source(shape)))
    log = StepLog(dynamodb=clients.dynamodb, s3=clients.s3, table=settings.jobs_table, bucket=settings.artifacts_bucket)
    jobs = JobTable(dynamodb=clients.dynamodb, table=settings.jobs_table, step_log=log)

    def run() -> str:
        job = submit_job(
            tenant="costs",
            workflow=workflow.name,
            submission={"company": "Harbour Coffee"},
            jobs=jobs,
            workflows=workflows,
            queue=_NoQueue(),
            clock=now,
            new_id=new_id,
        )
        ended = run_job(job.id, parts=parts)
        assert ended.status == "completed", ended
        return job.id

    return counter.count(shape, "whole job", run)


class _NoQueue:
    """A queue that takes messages; theirs are counted by arithmetic."""

    def send(self, job_id: str, *, delay_s: int = 0) -> None:
        """Nothing."""


def _source(shape: Shape) -> str:
    """A workflow of that many texts, one after the other, and a page that is delivered."""
    steps: list[dict[str, Any]] = [
        {"name": f"s{number}", "type": "ai_generation", "order": number + 1, "instructions": "Write."}
        for number in range(shape.steps)
    ]
    steps.append({"name": "page", "type": "html_generation", "order": shape.steps + 1, "instructions": "<h1>Done</h1>"})
    steps.append({"name": "deliver", "type": "final_output", "order": shape.steps + 2})
    name = f"costs-{uuid4().hex[:8]}"
    # JSON is YAML.
    return json.dumps({"name": name, "submission": [{"name": "company"}], "steps": steps})


def _subjects(stack: Stack) -> tuple[Subject, ...]:
    sooner = Ours(stack, Limits(inline_bytes=SOONER_KIB * 1024))
    sooner.name = SOONER
    return Ours(stack), sooner, Obvious(stack)


def measure(stack: Stack) -> list[Counted]:
    """Every shape: the record alone both ways, and the whole job."""
    counter = Counter(stack)
    found: list[Counted] = []
    for shape in SHAPES:
        counted = [record_alone(counter, subject, shape) for subject in _subjects(stack)]
        found += [*counted, whole_job(counter, stack, shape)]
        for each in found[-len(counted) - 1 :]:
            print(
                f"{shape.name:>7} {each.way:<12} {each.write_units:>8,.0f} WU {each.read_units:>6,.1f} RU "
                f"{each.s3_writes:>4} S3 writes {each.s3_reads:>4} reads {each.sent_bytes / 1e6:>8,.1f} MB sent "
                f"{each.old_bytes / 1e6:>7,.1f} MB old",
                flush=True,
            )
    return found
