"""Workers killed with `kill -9` while jobs run: all finish, each step once, and no call is paid for unseen."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from leadmagnet.adapters.jobs import JobTable
from leadmagnet.adapters.queue import SqsQueue
from leadmagnet.adapters.step_record import LoggedSteps
from leadmagnet.adapters.stranded import StrandedJobTable
from leadmagnet.adapters.workflows import WorkflowTable
from leadmagnet.domain.execution_step import ExecutionStep, StepStatus
from leadmagnet.domain.job import Job, JobStatus
from leadmagnet.engine.recovery import recover_jobs
from leadmagnet.engine.submit import submit_job
from leadmagnet.engine.workflow_file import parse_workflow
from leadmagnet.steplog import StepLog
from leadmagnet.wiring.identity import new_id, now

if TYPE_CHECKING:
    from tests.conftest import Aws

    from leadmagnet.local.resources import Resources

pytestmark = pytest.mark.long
#: CI gives a minute; a developer's run is content with less.
_SECONDS = float(os.environ.get("CHAOS_SECONDS", "5"))
_JOBS = 200 if _SECONDS >= 60 else 24
_WORKERS = 3
#: So many paid calls after one kill comes the next.
_CALLS_PER_KILL = 25
_LEAST_KILLS = 2
_PATIENCE_S = 300
_PROGRAM = Path(__file__).with_name("worker_program.py")
_TENANT = "acme"
_STEPS = ("a", "b", "c", "report", "deliver")
_PAID = ("a", "b", "c")
_WORKFLOW = dedent("""
    name: chaos
    submission:
      - {name: number}
    steps:
      - {name: a, type: ai_generation, order: 1, instructions: x, title: a}
      - {name: b, type: ai_generation, order: 1, instructions: x, title: b}
      - {name: c, type: ai_generation, order: 2, instructions: x, title: c}
      - {name: report, type: html_generation, order: 3, instructions: "<body>{{ steps.c.output }}</body>"}
      - {name: deliver, type: final_output, order: 4}
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Tables and queue of one run, and the file in which models note that they were paid."""

    aws: Aws
    resources: Resources
    calls: Path

    @property
    def step_log(self) -> StepLog:
        return StepLog(
            dynamodb=self.aws.dynamodb, s3=self.aws.s3, table=self.resources.jobs_table, bucket=self.resources.bucket
        )

    @property
    def jobs(self) -> JobTable:
        return JobTable(dynamodb=self.aws.dynamodb, table=self.resources.jobs_table, step_log=self.step_log)

    @property
    def queue(self) -> SqsQueue:
        return SqsQueue(sqs=self.aws.sqs, queue_url=self.resources.queue_url)

    def submit(self, numbers: range, *, times: int = 1) -> list[str]:
        """Jobs with these numbers in their submissions, each message sent so many times."""
        workflows = WorkflowTable(dynamodb=self.aws.dynamodb, table=self.resources.workflows_table)
        workflow = workflows.put(parse_workflow(_WORKFLOW))
        submitted = [
            submit_job(
                tenant=_TENANT,
                workflow=workflow.name,
                submission={"number": str(number)},
                jobs=self.jobs,
                workflows=workflows,
                queue=self.queue,
                clock=now,
                new_id=new_id,
            ).id
            for number in numbers
        ]
        for job_id in submitted * (times - 1):
            self.queue.send(job_id)
        return submitted

    def job(self, job_id: str) -> Job:
        return self.jobs.get(tenant=_TENANT, job_id=job_id)

    def records(self, job_id: str) -> list[ExecutionStep]:
        return list(LoggedSteps(step_log=self.step_log).read(job_id))

    def recover(self) -> None:
        stranded = StrandedJobTable(dynamodb=self.aws.dynamodb, table=self.resources.jobs_table)
        recover_jobs(stranded=stranded, queue=self.queue, clock=now, idle_s=20)

    def paid(self) -> Counter[tuple[str, str]]:
        """How often each step of each job's number was paid for."""
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        return Counter((line.split()[0], line.split()[1]) for line in lines)

    def start_worker(self, *, model_s: float) -> subprocess.Popen[bytes]:
        of = self.resources
        where = [self.aws.endpoint_url, of.jobs_table, of.workflows_table, of.bucket, of.queue_url, str(self.calls)]
        return subprocess.Popen(
            [sys.executable, str(_PROGRAM), *where, str(model_s)],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )


@contextmanager
def workers(service: Service, count: int, *, model_s: float) -> Iterator[list[subprocess.Popen[bytes]]]:
    running = [service.start_worker(model_s=model_s) for _ in range(count)]
    try:
        yield running
    finally:
        for worker in running:
            end(worker)


def end(worker: subprocess.Popen[bytes]) -> None:
    worker.kill()
    worker.communicate()


def until(condition: Callable[[], bool]) -> None:
    """Come back once `condition` holds."""
    latest = monotonic() + _PATIENCE_S
    while not condition():
        assert monotonic() < latest, "it did not come about in time"
        Event().wait(0.05)


def test_jobs_whose_workers_are_killed_all_finish_and_pay_for_no_step_unseen(
    aws: Aws, resources: Resources, tmp_path: Path
) -> None:
    service = Service(aws=aws, resources=resources, calls=tmp_path / "calls")
    chance, end_s, kills = random.Random(11), monotonic() + _SECONDS, 0
    submitted = service.submit(range(_JOBS))
    left = set(submitted)

    def at_rest() -> bool:
        left.difference_update([job_id for job_id in left if service.job(job_id).status.at_rest])
        return not left

    with workers(service, _WORKERS, model_s=0.1) as running:
        while not at_rest() or kills < _LEAST_KILLS or monotonic() < end_s:
            if not left:
                more = service.submit(range(len(submitted), len(submitted) + _JOBS))
                submitted += more
                left.update(more)
            before = service.paid().total()
            until(lambda before=before: service.paid().total() >= before + _CALLS_PER_KILL or at_rest())  # type: ignore[misc]
            victim = chance.randrange(_WORKERS)
            end(running[victim])
            running[victim] = service.start_worker(model_s=0.1)
            kills += 1
            service.recover()
        until(at_rest)

    for number, job_id in enumerate(submitted):
        assert_whole(service, job_id, number)
    interrupted = sum(r.attempt - 1 for job_id in submitted for r in service.records(job_id) if completed(r))
    # Three threads of a worker run up to two such steps each.
    assert interrupted <= kills * 6


def assert_whole(service: Service, job_id: str, number: int) -> None:
    """Completed, each step once, totals right, and each paid call on the record."""
    job, records = service.job(job_id), service.records(job_id)
    assert job.status is JobStatus.COMPLETED, job.error
    assert sorted(r.step_id for r in records if completed(r)) == sorted(["form_submission", *_STEPS])
    assert (job.steps_done, job.tokens) == (5, sum(r.usage.tokens for r in records))
    paid = service.paid()
    for step in _PAID:
        attempts = [r.attempt for r in records if r.step_id == step]
        assert attempts == list(range(1, len(attempts) + 1))
        assert 1 <= paid[str(number), step] <= len(attempts)


def completed(record: ExecutionStep) -> bool:
    return record.status is StepStatus.COMPLETED


def test_messages_that_are_all_delivered_twice_cost_not_one_call_more(
    aws: Aws, resources: Resources, tmp_path: Path
) -> None:
    service = Service(aws=aws, resources=resources, calls=tmp_path / "calls")
    submitted = service.submit(range(20), times=2)
    with workers(service, 2, model_s=0.05):
        until(lambda: all(service.job(job_id).status.at_rest for job_id in submitted))
        until(lambda: messages(service) == 0)

    for number, job_id in enumerate(submitted):
        assert_whole(service, job_id, number)
        assert [r.step_id for r in service.records(job_id) if r.attempt > 1] == []
    assert service.paid().total() == len(submitted) * len(_PAID)


def messages(service: Service) -> int:
    """Messages that are there, seen or not."""
    answer = service.aws.sqs.get_queue_attributes(QueueUrl=service.resources.queue_url, AttributeNames=["All"])
    numbers = {name: value for name, value in answer["Attributes"].items() if name.startswith("ApproximateNumberOf")}
    return sum(map(int, numbers.values()))
