"""A process may die at any call to a store; the next one finishes the job."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from threading import Barrier, Event

import pytest
from tests.engine.fakes import Crash, FakeJobs, FakeStepRecord, Faults, World
from tests.engine.jobs import STEPS, submitted, workflow_of

from leadmagnet.domain.errors import LeaseHeld, LeaseLost
from leadmagnet.domain.execution_step import ExecutionStep
from leadmagnet.domain.job import JobStatus
from leadmagnet.engine.ports import TextRequest
from leadmagnet.engine.runner import run_job

#: More than a lease: whoever died no longer owns its job.
LATER_S = 3_600


def calls_of_a_whole_run() -> int:
    world = World()
    job = submitted(world)
    faults = Faults()
    world.inject(faults)
    run_job(job.id, parts=world.parts(max_parallel_steps=1, lease_s=LATER_S))
    return faults.calls


def test_a_whole_run_makes_the_calls_that_the_crashes_below_go_through() -> None:
    # take, read, the submission's record; a save and a record for each of 7 steps; progress, seal, end.
    assert calls_of_a_whole_run() == 3 + 2 * 7 + 3


@pytest.mark.parametrize("parallel", [1, 4])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(1, 21))
def test_a_job_whose_worker_died_at_any_call_is_finished_by_the_next(call: int, after: bool, parallel: int) -> None:
    world = World()
    job = submitted(world)
    world.inject(Faults(call, after=after))
    # Reading changes nothing, so there is no "after" to die at; steps that begin together share a save.
    try:
        run_job(job.id, parts=world.parts(max_parallel_steps=parallel))
    except Crash:
        pass
    else:
        assert (after and call == 2) or (parallel == 4 and call > 15)
    world.inject(Faults())
    world.clock.jump(LATER_S)

    ended = run_job(job.id, parts=world.parts(max_parallel_steps=parallel))

    assert (ended.status, ended.deliverable, ended.steps_done) == (JobStatus.COMPLETED, ended.deliverable, 7)
    recorded = world.recorded(job.id)
    assert set(recorded) == {"form_submission", *STEPS}
    assert ended.deliverable == recorded["report"].artifact_id
    assert world.artifacts.get(job.id, str(ended.deliverable)).content
    assert (ended.tokens, ended.cost_usd) == (45, 1.25)
    assert world.steps.sealed[job.id] == len(world.steps.logs[job.id])
    calls = len(world.models.texts.asked) + len(world.models.images.asked)
    assert calls <= 4 + interruptions(world, job.id)


def interruptions(world: World, job_id: str) -> int:
    errors = (record.error for record in world.steps.read_quietly(job_id))
    return sum(error is not None and error.code == "step_interrupted" for error in errors)


@pytest.mark.parametrize("call", range(1, 21))
def test_a_step_that_was_recorded_is_never_paid_for_again(call: int) -> None:
    world = World()
    job = submitted(world)
    world.inject(Faults(call))
    with pytest.raises(Crash):
        run_job(job.id, parts=world.parts(max_parallel_steps=1))
    recorded = set(world.recorded(job.id))
    world.models.texts.asked.clear()
    world.inject(Faults())
    world.clock.jump(LATER_S)

    run_job(job.id, parts=world.parts(max_parallel_steps=1))

    asked = [request.title.lower() for request in world.models.texts.asked]
    assert not recorded & set(asked)
    assert max(Counter(asked).values(), default=1) == 1


ONE_TEXT = workflow_of("- {name: a, type: ai_generation, order: 1, instructions: x}")


def test_a_job_that_a_worker_owns_is_refused_to_every_other() -> None:
    world = World()
    job = submitted(world, ONE_TEXT)
    refused: list[LeaseHeld] = []

    def answer(request: TextRequest) -> str:
        # While this step is under way, the queue delivers the job a second time.
        with pytest.raises(LeaseHeld) as caught:
            run_job(job.id, parts=world.parts())
        refused.append(caught.value)
        return request.title

    world.models.texts.answer = answer
    ended = run_job(job.id, parts=world.parts(lease_s=100))

    assert ended.status is JobStatus.COMPLETED
    assert len(world.models.texts.asked) == 1
    assert refused[0].until > world.clock.now


def test_a_worker_that_lost_its_lease_records_nothing_and_ends_nothing() -> None:
    world = World()
    job = submitted(world, ONE_TEXT)

    def answer(_: TextRequest) -> str:
        if len(world.models.texts.asked) > 1:
            return "of the second worker"
        # This worker stands still for longer than its lease; another one takes the job over and finishes it.
        world.clock.jump(LATER_S)
        assert run_job(job.id, parts=world.parts()).status is JobStatus.COMPLETED
        return "of the first worker"

    world.models.texts.answer = answer
    with pytest.raises(LeaseLost):
        run_job(job.id, parts=world.parts())

    assert world.recorded(job.id)["a"].output == "of the second worker"
    assert world.jobs.stored[job.id].status is JobStatus.COMPLETED
    assert [record.attempt for record in world.steps.read_quietly(job.id) if record.step_id == "a"] == [1, 2]
    assert interruptions(world, job.id) == 1
    interrupted, redone = (record for record in world.steps.read_quietly(job.id) if record.step_id == "a")
    lasted = timedelta(milliseconds=interrupted.duration_ms)
    assert lasted >= timedelta(seconds=LATER_S)
    assert interrupted.timestamp + lasted <= redone.timestamp


def test_a_lease_is_renewed_while_a_step_takes_long() -> None:
    world = World()
    job = submitted(world, ONE_TEXT)
    renewed = Event()

    class Watched(FakeJobs):
        def renew(self, job_id: str, *, owner: str, until: datetime) -> bool:
            renewed.set()
            return super().renew(job_id, owner=owner, until=until)

    def answer(request: TextRequest) -> str:
        assert renewed.wait(60)
        return request.title

    world.jobs = Watched(stored=world.jobs.stored)
    world.models.texts.answer = answer

    assert run_job(job.id, parts=world.parts(lease_s=0.1)).status is JobStatus.COMPLETED


def test_a_step_that_takes_its_worker_down_each_time_is_given_up() -> None:
    world = World()
    job = submitted(world, ONE_TEXT)
    dying = True

    def answer(_: TextRequest) -> str:
        if dying:
            raise Crash
        return "never asked again"

    world.models.texts.answer = answer
    for _ in range(3):
        with pytest.raises(Crash):
            run_job(job.id, parts=world.parts())
        world.clock.jump(LATER_S)
    dying = False

    ended = run_job(job.id, parts=world.parts())

    assert (ended.status, ended.error and ended.error.code) == (JobStatus.FAILED, "step_interrupted")
    assert len(world.models.texts.asked) == 3


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

        def append(self, job_id: str, step: ExecutionStep, *, owner: str | None) -> None:
            if step.step_order == 1 and not self.failed:
                self.failed += 1
                raise ConnectionError("the store does not answer")
            super().append(job_id, step, owner=owner)

    world.models.texts.answer = answer
    world.steps = OnceUnavailable()

    with pytest.raises(ConnectionError):
        run_job(job.id, parts=world.parts())
    assert len(world.recorded(job.id)) == 4

    world.models.texts.answer = lambda request: request.title
    assert run_job(job.id, parts=world.parts()).status is JobStatus.COMPLETED
    assert len(world.models.texts.asked) == 3
