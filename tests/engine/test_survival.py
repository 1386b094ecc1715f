"""Retries, time limits, budgets and cancelling."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import Future
from dataclasses import replace
from threading import Event

import pytest
from tests.engine.fakes import World
from tests.engine.jobs import submitted, workflow_of

from leadmagnet.domain.errors import IllegalTransition, ModelFailed, ModelUnavailable
from leadmagnet.domain.execution_step import ExecutionStep, StepStatus, Usage
from leadmagnet.domain.job import Job, JobStatus
from leadmagnet.engine.cancel import cancel_job
from leadmagnet.engine.crew import T, Threads
from leadmagnet.engine.ports import TextRequest
from leadmagnet.engine.runner import run_job

Answer = Callable[[TextRequest], str]


class QuickThreads(Threads):
    """Threads by whose time a wait for nothing is over at once, and has taken as long as it should."""

    def __init__(self) -> None:
        self.passed_s = 0.0
        self.waits: list[float] = []

    def wait(self, futures: Collection[Future[T]], *, seconds: float) -> None:
        if futures:
            super().wait(futures, seconds=seconds)
        else:
            self.waits.append(seconds)
            self.passed_s += seconds

    def time_s(self) -> float:
        return super().time_s() + self.passed_s


class HastyThreads(Threads):
    """Threads by whose time hours pass in no time, so that every wait is one for the next renewal of the lease."""

    def wait(self, futures: Collection[Future[T]], *, seconds: float) -> None:
        super().wait(futures, seconds=seconds / 1e6)

    def time_s(self) -> float:
        return super().time_s() * 1e6


def one_text(*, retry: str = "", more: str = "") -> str:
    extra = (f", retry: {{{retry}}}" if retry else "") + (f", {more}" if more else "")
    return workflow_of(f"- {{name: a, type: ai_generation, order: 1, instructions: x{extra}}}")


def failing_times(count: int, error: Exception) -> Answer:
    """Fails that many times, then answers."""
    left = [error] * count

    def answer(request: TextRequest) -> str:
        if left:
            raise left.pop()
        return request.title

    return answer


def run(source: str, answer: Answer, crew: Threads | None = None) -> tuple[World, Job]:
    world = World()
    world.models.texts.answer = answer
    job = submitted(world, source)
    return world, run_job(job.id, parts=world.parts(crew=crew or QuickThreads(), lease_s=3_600))


def attempts(world: World, step: str = "a") -> list[ExecutionStep]:
    return [record for record in world.steps.read_quietly("job-1") if record.step_id == step]


OVERLOADED = ModelUnavailable("The model is overloaded.", usage=Usage(input_tokens=7, cost_usd=0.5))


def test_a_step_is_tried_again_after_an_error_that_may_pass_and_every_attempt_is_recorded() -> None:
    world, ended = run(one_text(), failing_times(2, OVERLOADED))

    assert ended.status is JobStatus.COMPLETED
    assert [(each.attempt, each.status) for each in attempts(world)] == [
        (1, StepStatus.FAILED),
        (2, StepStatus.FAILED),
        (3, StepStatus.COMPLETED),
    ]
    # What failed attempts cost counts too.
    assert (ended.tokens, ended.cost_usd) == (7 + 7 + 15, 0.5 + 0.5 + 0.25)


def test_a_step_that_keeps_failing_fails_its_job_after_its_attempts() -> None:
    world, ended = run(one_text(retry="attempts: 2"), failing_times(9, OVERLOADED))

    assert (ended.status, ended.error and ended.error.code) == (JobStatus.FAILED, "model_unavailable")
    assert len(attempts(world)) == 2


def test_an_error_that_will_not_pass_is_not_tried_again() -> None:
    world, ended = run(one_text(), failing_times(1, ModelFailed("The API key is wrong.")))

    assert ended.status is JobStatus.FAILED
    assert len(attempts(world)) == 1


def test_a_workflow_says_on_which_errors_a_step_is_tried_again() -> None:
    fails_once = failing_times(1, ModelFailed("No."))
    world, ended = run(one_text(retry="on: [model_failed]"), fails_once)
    assert (ended.status, len(attempts(world))) == (JobStatus.COMPLETED, 2)

    world, ended = run(one_text(retry="on: [model_failed]"), failing_times(1, OVERLOADED))
    assert (ended.status, len(attempts(world))) == (JobStatus.FAILED, 1)


def test_the_wait_doubles_has_a_random_part_and_is_as_long_as_the_vendor_asks() -> None:
    crew = QuickThreads()
    run(one_text(retry="attempts: 4, backoff_s: 4, max_backoff_s: 10"), failing_times(3, OVERLOADED), crew)
    # 4, 8 and 10 (the most), three quarters of each as the fake chance has it; at most a second at a time.
    assert sum(crew.waits) == pytest.approx(0.75 * (4 + 8 + 10), abs=0.1)

    crew = QuickThreads()
    run(one_text(), failing_times(1, ModelUnavailable("Slow down.", retry_after_s=90)), crew)
    assert sum(crew.waits) == pytest.approx(90, abs=0.1)


def test_other_steps_run_while_one_waits_to_be_tried_again() -> None:
    source = workflow_of("""
        - {name: a, type: ai_generation, order: 1, instructions: x, retry: {backoff_s: 200, max_backoff_s: 300}}
        - {name: b, type: ai_generation, order: 1, instructions: x}
        - {name: c, type: ai_generation, order: 2, depends_on: [b], instructions: x}
    """)
    failed: list[str] = []

    def answer(request: TextRequest) -> str:
        if request.title == "A" and not failed:
            failed.append("a")
            raise OVERLOADED
        return request.title

    world, ended = run(source, answer)

    assert ended.status is JobStatus.COMPLETED
    order = [(record.step_id, record.attempt) for record in world.steps.read_quietly("job-1")]
    assert order.index(("c", 1)) < order.index(("a", 2))


def test_a_step_that_hangs_is_left_behind_at_its_time_limit_and_tried_again() -> None:
    released = Event()
    hung: list[str] = []

    class Impatient(Threads):
        """Threads by whose time a minute passes as soon as the step hangs."""

        def wait(self, futures: Collection[Future[T]], *, seconds: float) -> None:
            super().wait(futures, seconds=min(seconds, 0.01))

        def time_s(self) -> float:
            return super().time_s() + 60 * len(hung)

    def answer(request: TextRequest) -> str:
        if not hung:
            hung.append(request.title)
            assert released.wait(60)
        return request.title

    world, ended = run(one_text(retry="backoff_s: 0", more="timeout_s: 30"), answer, Impatient())
    released.set()

    assert ended.status is JobStatus.COMPLETED
    first, second = attempts(world)
    assert (first.error and first.error.code, second.status) == ("step_timed_out", StepStatus.COMPLETED)
    assert first.duration_ms >= 30_000


def test_the_rest_goes_on_after_a_step_whose_failure_does_not_matter() -> None:
    source = workflow_of("""
        - {name: a, type: ai_generation, order: 1, instructions: x, on_failure: continue}
        - name: b
          type: ai_generation
          order: 2
          instructions: "{% if steps.a.failed %}without a{% else %}{{ steps.a.output }}{% endif %}"
    """)
    world, ended = run(source, failing_times(1, ModelFailed("No.")))

    assert (ended.status, ended.error) == (JobStatus.COMPLETED, None)
    assert (ended.steps_done, ended.steps_total) == (3, 4)
    assert world.models.texts.asked[-1].instructions == "without a"


def three_texts(limit: str) -> str:
    steps = "\n".join(f"- {{name: s{n}, type: ai_generation, order: {n}, instructions: x}}" for n in (1, 2, 3))
    return limit + "\n" + workflow_of(steps)


def test_a_job_that_has_spent_its_budget_begins_nothing_more() -> None:
    world, ended = run(three_texts("budget_usd: 0.5"), lambda request: request.title)

    assert (ended.status, ended.error and ended.error.code) == (JobStatus.FAILED, "budget_exceeded")
    assert (ended.cost_usd, ended.steps_done, len(world.models.texts.asked)) == (0.5, 2, 2)


def test_a_job_that_ends_with_its_last_cent_completes() -> None:
    _, ended = run(three_texts("budget_usd: 0.7501"), lambda request: request.title)

    assert (ended.status, ended.cost_usd) == (JobStatus.COMPLETED, 0.75)


def test_a_job_that_is_out_of_time_stops_and_says_what_it_gave_up() -> None:
    world = World()
    released = Event()

    def answer(request: TextRequest) -> str:
        if request.title == "S2":
            world.clock.jump(1_000)
            assert released.wait(60)
        return request.title

    world.models.texts.answer = answer
    job = submitted(world, three_texts("deadline_s: 900"))
    ended = run_job(job.id, parts=world.parts(lease_s=0.1))
    released.set()

    assert (ended.status, ended.error and ended.error.code) == (JobStatus.FAILED, "deadline_exceeded")
    given_up = world.recorded(job.id)["s2"]
    assert given_up.error is not None
    assert given_up.error.code == "step_cancelled"
    assert "deadline" in given_up.error.message


def test_cancelling_a_job_that_nobody_runs_ends_it_at_once() -> None:
    world = World()
    job = submitted(world)

    cancelled = cancel(world, job)

    assert (cancelled.status, world.steps.sealed[job.id]) == (JobStatus.CANCELLED, 0)
    assert run_job(job.id, parts=world.parts()).status is JobStatus.CANCELLED
    assert world.models.texts.asked == []


def test_cancelling_during_a_step_ends_the_job_without_waiting_for_it() -> None:
    world = World()
    released = Event()

    def answer(request: TextRequest) -> str:
        assert cancel(world, job).cancel_requested_at is not None
        assert released.wait(60)
        return request.title

    world.models.texts.answer = answer
    job = submitted(world, three_texts(""))
    ended = run_job(job.id, parts=world.parts(crew=HastyThreads(), lease_s=3_600))
    released.set()

    assert (ended.status, len(world.models.texts.asked)) == (JobStatus.CANCELLED, 1)
    given_up = world.recorded(job.id)["s1"]
    assert given_up.error is not None
    assert given_up.error.code == "step_cancelled"
    assert given_up.duration_ms > 0
    assert world.jobs.stored[job.id].status is JobStatus.CANCELLED
    assert world.steps.sealed[job.id] == len(world.steps.logs[job.id])


def test_cancelling_between_two_steps_begins_nothing_more() -> None:
    world = World()

    def answer(request: TextRequest) -> str:
        cancel(world, job)
        return request.title

    world.models.texts.answer = answer
    job = submitted(world, three_texts(""))
    ended = run_job(job.id, parts=world.parts())

    assert ended.status is JobStatus.CANCELLED
    assert [record.title for record in world.models.texts.asked] == ["S1"]


def test_a_cancel_that_the_worker_did_not_live_to_see_is_done_by_the_next() -> None:
    world = World()
    job = submitted(world, three_texts(""))
    world.jobs.stored[job.id] = replace(job, cancel_requested_at=world.clock())

    assert run_job(job.id, parts=world.parts()).status is JobStatus.CANCELLED
    assert world.models.texts.asked == []


def test_a_job_that_ended_cannot_be_cancelled_and_a_cancelled_one_stays_so() -> None:
    world, ended = run(one_text(), lambda request: request.title)
    with pytest.raises(IllegalTransition, match="completed"):
        cancel(world, ended)

    job = submitted(world)
    assert cancel(world, job) == cancel(world, job)


def cancel(world: World, job: Job) -> Job:
    return cancel_job(tenant=job.tenant, job_id=job.id, parts=world.operator())
