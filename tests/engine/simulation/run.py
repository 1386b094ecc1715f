"""Runs the schedule that a seed stands for, and judges it."""

from __future__ import annotations

import random
import traceback
from dataclasses import dataclass

from tests.engine.simulation.cast import TENANT, Cast
from tests.engine.simulation.judge import judge
from tests.engine.simulation.life import Life
from tests.engine.simulation.scenario import Scenario, draw
from tests.engine.simulation.sqs import MemoryQueue
from tests.engine.simulation.subject import Subject
from tests.engine.simulation.timed import TimedScheduler
from tests.engine.simulation.world import START, World
from tests.steplog.simulation.history import History
from tests.steplog.simulation.scheduler import Stage
from tests.steplog.simulation.truth import Violation

from leadmagnet.domain.job import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one seed."""

    seed: int
    scenario: Scenario
    history: History
    #: What was broken, or None.
    failure: str | None
    #: How much was tried, for those who want to know.
    calls: int
    hours: float

    def report(self) -> str:
        """The whole schedule, readable."""
        return "\n".join([f"seed {self.seed}: {self.failure or 'fine'}", str(self.scenario), *self.history.lines()])


def run(seed: int, subject: Subject, stage: Stage) -> Outcome:
    """Run one schedule from beginning to end. The same seed gives the same schedule, request for request."""
    rng = random.Random(seed)
    scenario = draw(rng)
    scheduler = TimedScheduler(rng, stage, stay=scenario.stay)
    queue = MemoryQueue(
        rng, lambda: scheduler.now_s, most_receives=scenario.most_receives, duplicates=scenario.duplicates
    )
    world = World(rng, scheduler, queue, fault_rate=scenario.fault_rate, faults=scenario.faults)
    failure: str | None = None
    try:
        cast = Cast(world=world, subject=subject, scenario=scenario)
        _submit(cast)
        scheduler.run(cast.actors())
        scheduler.running = None
        judge(cast)
    except Violation as violation:
        failure = str(violation)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        failure = "".join(traceback.format_exception(error))
    return Outcome(
        seed=seed,
        scenario=scenario,
        history=world.history,
        failure=failure,
        calls=len(world.watch.calls),
        hours=scheduler.now_s / 3_600,
    )


def _submit(cast: Cast) -> None:
    """The jobs that the schedule is about, and a message for each."""
    parts = cast.operator_parts(Life("submitter", mortal=False))
    for number in range(cast.scenario.jobs):
        job = Job(
            id=f"job-{number}",
            tenant=TENANT,
            workflow=cast.scenario.workflow.name,
            workflow_version=1,
            submission={},
            created_at=START,
            steps_total=len(cast.scenario.workflow.steps),
        )
        parts.jobs.create(job)
        parts.queue.send(job.id)
        cast.job_ids.append(job.id)
