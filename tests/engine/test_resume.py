"""A process may die at any call to a store; the next one finishes the job."""

from __future__ import annotations

from collections import Counter
from threading import Barrier

import pytest
from tests.engine.fakes import Crash, FakeStepRecord, FakeWorkflows, Faults, World
from tests.engine.jobs import STEPS, submitted, workflow_of

from leadmagnet.domain.execution_step import ExecutionStep
from leadmagnet.domain.job import JobStatus
from leadmagnet.domain.workflow import Workflow
from leadmagnet.engine.ports import TextRequest
from leadmagnet.engine.runner import run_job


def calls_of_a_whole_run() -> int:
    world = World()
    job = submitted(world)
    faults = Faults()
    world.inject(faults)
    run_job(job.id, parts=world.parts(max_parallel_steps=1))
    return faults.calls


def test_a_whole_run_makes_the_calls_that_the_crashes_below_go_through() -> None:
    # load, start, read, a record and a save for the submission and each of 7 steps, seal, save.
    assert calls_of_a_whole_run() == 3 + 2 * 8 + 2


@pytest.mark.parametrize("parallel", [1, 4])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(1, 22))
def test_a_job_whose_worker_died_at_any_call_is_finished_by_the_next(call: int, after: bool, parallel: int) -> None:
    world = World()
    job = submitted(world)
    world.inject(Faults(call, after=after))
    # Loading and reading change nothing, so there is no "after" to die at.
    try:
        run_job(job.id, parts=world.parts(max_parallel_steps=parallel))
    except Crash:
        pass
    else:
        assert after
        assert call in (1, 3)
    world.inject(Faults())

    ended = run_job(job.id, parts=world.parts(max_parallel_steps=parallel))

    assert (ended.status, ended.deliverable, ended.steps_done) == (JobStatus.COMPLETED, "report.html", 7)
    assert set(world.recorded(job.id)) == {"form_submission", *STEPS}
    assert (ended.tokens, ended.cost_usd) == (45, 1.25)
    assert world.steps.sealed[job.id] == 8


@pytest.mark.parametrize("call", range(1, 22))
def test_a_step_that_was_recorded_is_never_paid_for_again(call: int) -> None:
    world = World()
    job = submitted(world)
    world.inject(Faults(call))
    with pytest.raises(Crash):
        run_job(job.id, parts=world.parts(max_parallel_steps=1))
    recorded = set(world.recorded(job.id))
    world.models.texts.asked.clear()
    world.inject(Faults())

    run_job(job.id, parts=world.parts(max_parallel_steps=1))

    asked = [request.title.lower() for request in world.models.texts.asked]
    assert not recorded & set(asked)
    assert max(Counter(asked).values(), default=1) == 1


def test_two_deliveries_at_the_same_time_leave_one_record_of_each_step() -> None:
    world = World()
    job = submitted(world, workflow_of("- {name: a, type: ai_generation, order: 1, instructions: x}"))
    first = True

    def answer(_: TextRequest) -> str:
        nonlocal first
        if not first:
            return "of the second delivery"
        first = False
        # While this step is under way, the whole job is delivered a second time and finished there.
        run_job(job.id, parts=world.parts())
        return "of the first delivery"

    world.models.texts.answer = answer
    ended = run_job(job.id, parts=world.parts())

    assert ended.status is JobStatus.COMPLETED
    assert world.recorded(job.id)["a"].output == "of the second delivery"


def test_a_delivery_goes_on_with_what_the_other_one_recorded_first() -> None:
    world = World()
    source = workflow_of("""
        - {name: a, type: ai_generation, order: 1, instructions: x}
        - {name: b, type: ai_generation, order: 2, instructions: "{{ steps.a.output }}"}
    """)
    job = submitted(world, source)

    def answer(_: TextRequest) -> str:
        if len(world.models.texts.asked) > 1:
            return "of the second delivery"
        # The second delivery records this step and is stopped right after.
        run_job(job.id, parts=world.parts(), stop=lambda: len(world.steps.logs[job.id]) > 1)
        return "of the first delivery"

    world.models.texts.answer = answer
    run_job(job.id, parts=world.parts())

    assert world.models.texts.asked[-1].instructions == "of the second delivery"


def test_two_deliveries_that_start_together_both_end_well() -> None:
    world = World()
    job = submitted(world, workflow_of("- {name: a, type: ai_generation, order: 1, instructions: x}"))
    other_ran: list[bool] = []

    class Late(FakeWorkflows):
        """Between this delivery's look at the pending job and its start, another one begins and stops again."""

        def get(self, name: str, *, version: int | None = None) -> Workflow:
            if not other_ran:
                other_ran.append(True)
                run_job(job.id, parts=world.parts(), stop=lambda: True)
            return super().get(name, version=version)

    world.workflows = Late(versions=world.workflows.versions)

    assert run_job(job.id, parts=world.parts()).status is JobStatus.COMPLETED


def test_siblings_of_a_record_that_could_not_be_stored_are_stored() -> None:
    world = World()
    source = workflow_of("""
        - {name: a, type: ai_generation, order: 1, instructions: x}
        - {name: b, type: ai_generation, order: 1, instructions: x}
        - {name: c, type: ai_generation, order: 1, instructions: x}
    """)
    job = submitted(world, source)
    together = Barrier(3, timeout=60)

    def answer(request: TextRequest) -> str:
        together.wait()
        return request.title

    class OnceUnavailable(FakeStepRecord):
        failed = 0

        def append(self, job_id: str, step: ExecutionStep) -> ExecutionStep:
            if step.step_order == 1 and not self.failed:
                self.failed += 1
                raise ConnectionError("the store does not answer")
            return super().append(job_id, step)

    world.models.texts.answer = answer
    world.steps = OnceUnavailable()

    with pytest.raises(ConnectionError):
        run_job(job.id, parts=world.parts())
    assert len(world.recorded(job.id)) == 3

    world.models.texts.answer = lambda request: request.title
    assert run_job(job.id, parts=world.parts()).status is JobStatus.COMPLETED
    assert len(world.models.texts.asked) == 4
