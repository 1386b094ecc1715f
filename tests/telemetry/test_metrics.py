"""Metrics as they come out of the code itself: jobs are run, and their lines read as CloudWatch reads them."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from tests.engine.fakes import Crash, FakeStepRecord, FakeWebhooks, Faults, World
from tests.engine.jobs import STEPS, submitted, workflow_of
from tests.telemetry.emf_spec import metrics_of
from tests.telemetry.written import Written, lines_of

from leadmagnet.domain.errors import LeaseLost, ModelAnswerUnusable, ModelUnavailable, WebhookFailed
from leadmagnet.domain.execution_step import Usage
from leadmagnet.domain.job import JobStatus
from leadmagnet.engine.ports import TextRequest
from leadmagnet.engine.rerun import Rerun, rerun_job
from leadmagnet.engine.runner import run_job
from leadmagnet.telemetry.metrics import METRICS

ONE_TEXT = workflow_of('- {name: a, type: ai_generation, order: 1, instructions: "x", retry: {backoff_s: 0}}')


#: The request to the stores that records what the first step answered.
FIRST_ANSWER = 5


@dataclass
class Overtaken(FakeStepRecord):
    """A record of steps during whose sealing another worker takes the job over."""

    taken_over: Callable[[], None] = lambda: None

    def seal(self, job_id: str) -> None:
        super().seal(job_id)
        self.taken_over()


class Refusing(FakeWebhooks):
    """A receiver that takes nothing."""

    def post(self, url: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> int:
        raise WebhookFailed("It says no.", url=url, body=body, headers=headers)


def metrics_in(written: Written, event: str) -> list[dict[str, float]]:
    return [
        {name: value for name, (_, value) in metrics_of(line).items()}
        for line in written.lines
        if json.loads(line).get("event") == event
    ]


@pytest.fixture
def written() -> Iterator[Written]:
    with lines_of("worker") as lines:
        yield lines


def test_a_job_that_runs_once_tells_its_time_cost_and_that_nothing_was_paid_twice(written: Written) -> None:
    world = World()
    job = run_job(submitted(world).id, parts=world.parts())

    [end] = metrics_in(written, "job_completed")
    assert job.started_at is not None
    assert job.finished_at is not None
    took_ms = round((job.finished_at - job.started_at).total_seconds() * 1_000)
    assert end == {
        "JobFailed": 0,
        "ExecutionsPerJob": 1,
        "PaidCallsPerStep": 1,
        "JobCost": job.cost_usd,
        "JobDuration": took_ms,
    }


def test_each_step_that_ran_tells_its_time_and_the_submission_none(written: Written) -> None:
    world = World()
    run_job(submitted(world).id, parts=world.parts())

    steps = metrics_in(written, "step_recorded")
    assert [each.keys() for each in steps if each] == [{"StepDuration", "StepFailed"}] * len(STEPS)
    assert sum(each["StepFailed"] for each in steps if each) == 0


def test_a_job_that_a_worker_died_on_was_executed_twice_and_its_interrupted_call_counts(written: Written) -> None:
    world = World()
    job = submitted(world, ONE_TEXT)
    # It took the job, recorded the submission, and said that it begins; the answer of the model it could not record.
    world.inject(Faults(crash_at=FIRST_ANSWER))
    with pytest.raises(Crash):
        run_job(job.id, parts=world.parts())
    world.inject(Faults())
    world.clock.jump(3_600)
    run_job(job.id, parts=world.parts())

    assert [step.error.code for step in world.steps.read_quietly(job.id) if step.error] == ["step_interrupted"]
    [end] = metrics_in(written, "job_completed")
    assert end["ExecutionsPerJob"] == 2
    assert end["PaidCallsPerStep"] == 2


def test_an_answer_that_was_billed_and_unusable_was_paid_for_twice(written: Written) -> None:
    world = World()
    asked: list[str] = []

    def answer(request: TextRequest) -> str:
        asked.append(request.title)
        if len(asked) == 1:
            raise ModelAnswerUnusable("Not what was asked for.", usage=Usage(output_tokens=9, cost_usd=0.01))
        return "text"

    world.models.texts.answer = answer
    run_job(submitted(world, ONE_TEXT).id, parts=world.parts())

    assert metrics_in(written, "job_completed")[0]["PaidCallsPerStep"] == 2


def test_a_vendor_that_does_not_answer_costs_nothing(written: Written) -> None:
    world = World()
    asked: list[str] = []

    def answer(request: TextRequest) -> str:
        asked.append(request.title)
        if len(asked) == 1:
            raise ModelUnavailable("Too many requests.")
        return "text"

    world.models.texts.answer = answer
    run_job(submitted(world, ONE_TEXT).id, parts=world.parts())

    assert metrics_in(written, "job_completed")[0]["PaidCallsPerStep"] == 1


def test_what_a_rerun_keeps_is_not_paid_again(written: Written) -> None:
    world = World()
    job = run_job(submitted(world).id, parts=world.parts())
    made = rerun_job(tenant=job.tenant, job_id=job.id, rerun=Rerun(from_step="advice"), parts=world.operator())
    run_job(made.id, parts=world.parts())

    first, second = written.of_event("job_completed")
    assert (first["paid_calls"], second["paid_calls"]) == (4, 1)


def test_a_worker_that_lost_its_job_at_the_last_moment_says_nothing_of_an_end(written: Written) -> None:
    world = World()
    job = submitted(world)
    world.steps = Overtaken(taken_over=lambda: world.jobs.leases.update({job.id: ("other", world.clock())}))
    with pytest.raises(LeaseLost):
        run_job(job.id, parts=world.parts())

    assert metrics_in(written, "lease_lost") == [{"LeasesLost": 1}]
    assert written.of_event("job_completed") == []


def test_a_job_that_fails_says_so_with_its_reason(written: Written) -> None:
    world = World(webhooks=Refusing())
    job = run_job(submitted(world).id, parts=world.parts())

    assert job.status is JobStatus.FAILED
    assert metrics_in(written, "job_failed")[0]["JobFailed"] == 1
    assert written.of_event("job_failed")[0]["code"] == "webhook_failed"
    [told] = [each for each in metrics_in(written, "step_recorded") if each.get("StepFailed")]
    assert told["WebhooksFailed"] == 1


def test_no_line_of_a_job_holds_what_was_asked_or_answered(written: Written) -> None:
    world = World()
    secret = "a word that only the customer knows"
    world.models.texts.answer = lambda request: f"{request.instructions} {secret}"
    run_job(submitted(world, submission={"company": secret}).id, parts=world.parts())

    assert world.recorded("job-1")["market"].output
    assert secret not in written.text


@pytest.mark.parametrize("event", sorted(METRICS))
def test_every_event_of_the_table_is_read_by_cloudwatch_with_its_units(event: str) -> None:
    facts: Mapping[str, Any] = {metric.reads: 7 for metric in METRICS[event] if metric.reads}
    conditions = {name: next(iter(wanted)) for metric in METRICS[event] for name, wanted in metric.when.items()}
    service = METRICS[event][0].services[0]
    with lines_of(service, namespace="leadmagnet-staging") as lines:
        logging.getLogger("leadmagnet.x").info("Something", extra={**facts, **conditions, "event": event})

    [line] = lines.lines
    read = metrics_of(line)
    assert read
    assert {name: unit for name, (unit, _) in read.items()}.items() <= {
        (metric.name, metric.unit) for metric in METRICS[event]
    }
    [directive] = json.loads(line)["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("leadmagnet-staging", [["service"]])


@pytest.mark.parametrize("event", sorted(METRICS))
def test_a_service_that_a_metric_does_not_name_adds_nothing_to_it(event: str) -> None:
    facts: Mapping[str, Any] = {metric.reads: 7 for metric in METRICS[event] if metric.reads}
    conditions = {name: next(iter(wanted)) for metric in METRICS[event] for name, wanted in metric.when.items()}
    # The check of a deployment runs the code of all others, and no alarm looks at it.
    with lines_of("check") as lines:
        logging.getLogger("leadmagnet.x").info("Something", extra={**facts, **conditions, "event": event})

    [line] = lines.lines
    assert metrics_of(line) == {}


def test_a_line_without_the_value_adds_nothing() -> None:
    with lines_of("worker") as lines:
        for value in (None, "12", True, float("nan")):
            extra = {"event": "steps_offloaded", "size_bytes": value}
            logging.getLogger("leadmagnet.x").info("execution_steps stored in S3", extra=extra)

    assert [metrics_of(line) for line in lines.lines] == [{}] * 4


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"MissingObjects": "1"}, "no number"),
        ({"MissingObjects": None}, "no number"),
        ({"service": 5}, "dimension"),
        ({"service": ""}, "dimension"),
    ],
)
def test_a_line_that_cloudwatch_would_pass_over_is_found(change: Mapping[str, Any], problem: str) -> None:
    with lines_of("api") as lines:
        logging.getLogger("leadmagnet.x").error("Missing", extra={"event": "steps_missing"})
    broken = json.dumps(json.loads(lines.lines[0]) | change)

    with pytest.raises(ValueError, match=problem):
        metrics_of(broken)
