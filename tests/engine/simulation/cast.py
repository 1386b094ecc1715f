"""Who takes part: workers of many lives, and those who cancel, run again, stop workers, and look after strays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from tests.engine.simulation.crew import SimulatedCrew, SimulatedModels
from tests.engine.simulation.life import Life
from tests.engine.simulation.scenario import Scenario
from tests.engine.simulation.subject import Subject
from tests.engine.simulation.world import BUCKET, CALM_AT_S, QUEUE, TABLE, World
from tests.steplog.simulation.scheduler import Actor
from tests.steplog.simulation.truth import Violation
from tests.steplog.simulation.world import Killed

from leadmagnet.domain.errors import IllegalTransition, JobNotFound, LeadmagnetError, LeaseLost
from leadmagnet.domain.execution_step import ExecutionStep
from leadmagnet.domain.job import Job, JobStatus
from leadmagnet.domain.workflow import Workflow
from leadmagnet.steplog import Limits, StepLog

TENANT = "acme"
#: A day: whatever was meant to happen by itself has happened by then.
_END_S = 86_400.0


@dataclass(slots=True)
class Workflows:
    """A WorkflowStore that holds one workflow."""

    workflow: Workflow

    def get(self, name: str, *, version: int | None = None) -> Workflow:
        """The workflow."""
        del name, version
        return self.workflow


class Runs:
    """JobRuns that keep in mind what the stores told a run."""

    def __init__(self, runs: Any, life: Life, world: World) -> None:  # noqa: ANN401 (of the code under test)
        self._runs = runs
        self._life = life
        self._world = world

    def take(self, job_id: str, *, owner: str, now: datetime, until: datetime) -> Job:
        """As the code under test does it."""
        self._life.owner = owner
        self._life.told_to_stop = ""
        job: Job = self._runs.take(job_id, owner=owner, now=now, until=until)
        if job.cancel_requested_at is not None:
            self._life.told_to_stop = "cancel requested, says take"
        return job

    def renew(self, job_id: str, *, owner: str, until: datetime) -> bool:
        """As the code under test does it."""
        return self._heard(partial(self._runs.renew, job_id, owner=owner, until=until))

    def save(self, job: Job, *, owner: str, until: datetime) -> bool:
        """As the code under test does it."""
        if job.status.at_rest:
            self._world.remark(f"{job.status} {job.id}", "" if job.error is None else job.error.code)
        return self._heard(partial(self._runs.save, job, owner=owner, until=until))

    def release(self, job_id: str, *, owner: str) -> None:
        """As the code under test does it."""
        self._runs.release(job_id, owner=owner)

    def _heard(self, call: Callable[[], bool]) -> bool:
        try:
            requested = call()
        except LeaseLost:
            self._life.told_to_stop = "lease lost"
            self._world.remark("lease_lost")
            if not self._world.gone_wrong:
                raise Violation(f"{self._life.name} lost its lease although nothing went wrong") from None
            raise
        if requested:
            self._life.told_to_stop = "cancel requested"
        return requested


class Steps:
    """A StepRecord that lets the watch know which step a request is to record."""

    def __init__(self, steps: Any, life: Life, world: World) -> None:  # noqa: ANN401 (of the code under test)
        self._steps = steps
        self._life = life
        self._world = world

    def append(self, job_id: str, step: ExecutionStep, *, owner: str | None) -> None:
        """As the code under test does it."""
        self._life.recording = step
        what = step.status.value if step.error is None else step.error.code
        self._world.remark(f"records {step.step_id}#{step.attempt}", what)
        try:
            self._steps.append(job_id, step, owner=owner)
        except LeaseLost:
            self._life.told_to_stop = "lease lost"
            self._world.remark("lease_lost")
            raise
        finally:
            self._life.recording = None

    def read(self, job_id: str) -> Sequence[ExecutionStep]:
        """As the code under test does it."""
        found: Sequence[ExecutionStep] = self._steps.read(job_id)
        return found

    def seal(self, job_id: str) -> None:
        """As the code under test does it."""
        self._steps.seal(job_id)


@dataclass(slots=True, kw_only=True)
class Cast:
    """What all actors of one schedule share."""

    world: World
    subject: Subject
    scenario: Scenario
    job_ids: list[str] = field(default_factory=list)
    #: Operators who have not finished.
    busy: int = 0
    over: bool = False
    _made: int = 0
    #: The workers that live now, by the names of their lives.
    _workers: dict[str, Any] = field(default_factory=dict)

    def actors(self) -> list[Actor]:
        """Everybody."""
        scenario = self.scenario
        actors = [Actor(f"worker-{n}", self._work, slow=n == scenario.slow) for n in range(scenario.workers)]
        operators = [(scenario.cancels, "canceller", self._cancel), (scenario.reruns, "rerunner", self._rerun)]
        operators.append((scenario.stops, "stopper", self._stop))
        for wanted, name, act in operators:
            if wanted:
                self.busy += 1
                actors.append(Actor(name, partial(self._operate, act)))
        return [*actors, Actor("keeper", self._keep)]

    # Workers

    def _work(self, actor: Actor) -> None:
        number = 0
        while not self.over:
            number += 1
            life = Life(f"{actor.name}.{number}")
            self.world.join(actor, life)
            worker = self._workers[life.name] = self._worker(life)
            with suppress(Killed):
                worker._loop()
            del self._workers[life.name]
            self.world.remark(f"{life.name} is gone")
            # What it had begun nobody waits for any more.
            life.members.remove(actor)
            self.world.kill(life)
            if not self.over:
                reborn = Life(f"{actor.name} rests")
                self.world.join(actor, reborn)
                self.world.sleep(self.world.rng.choice((0.0, 2.0, 40.0)))

    def _worker(self, life: Life) -> Any:  # noqa: ANN401 (of the code under test)
        subject, scenario, world = self.subject, self.scenario, self.world
        job_ids: list[str] = []

        def new_owner() -> str:
            life.runs += 1
            return f"{life.name}/{life.runs}"

        parts = subject.EngineParts(
            runs=Runs(subject.JobRunTable(dynamodb=world.dynamodb, table=TABLE), life, world),
            workflows=Workflows(scenario.workflow),
            steps=Steps(subject.LoggedSteps(step_log=self._step_log()), life, world),
            artifacts=subject.S3Artifacts(s3=world.s3, bucket=BUCKET),
            models=SimulatedModels(world, failures=scenario.model_failures, deadly=scenario.deadly),
            webhooks=None,
            crew=SimulatedCrew(world, life, lambda: job_ids[-1]),
            clock=world.clock_of(life),
            new_id=new_owner,
            random=world.rng.random,
            max_parallel_steps=scenario.parallel,
            lease_s=scenario.lease_s,
        )

        def run(job_id: str, *, stop: Callable[[], bool]) -> Job:
            job_ids.append(job_id)
            job: Job = subject.run_job(job_id, parts=parts, stop=stop)
            if life.owner is not None:
                world.watch.ended_well.add(life.owner)
            return job

        return subject.Worker(
            deliveries=self._queue(),
            run=run,
            clock=parts.clock,
            # Deliveries are not extended: that a message is there twice, or again, is the rule here.
            pace=subject.Pace(wait_s=20, visibility_s=1_000_000, rest_s=0.0),
        )

    def _queue(self) -> Any:  # noqa: ANN401
        return self.subject.SqsQueue(sqs=self.world.sqs, queue_url=QUEUE, visibility_s=self.scenario.visibility_s)

    def _step_log(self) -> StepLog:
        return StepLog(
            dynamodb=self.world.dynamodb,
            s3=self.world.s3,
            table=TABLE,
            bucket=BUCKET,
            limits=Limits(inline_bytes=self.scenario.inline_bytes, tail_step_bytes=600),
            new_id=self._new_id,
        )

    def _new_id(self) -> str:
        self._made += 1
        return f"{self._made:026d}"

    # Operators

    def operator_parts(self, life: Life) -> Any:  # noqa: ANN401
        """What somebody at the API has."""
        subject, world = self.subject, self.world
        step_log = self._step_log()
        return subject.OperatorParts(
            jobs=subject.JobTable(dynamodb=world.dynamodb, table=TABLE, step_log=step_log),
            workflows=Workflows(self.scenario.workflow),
            steps=Steps(subject.LoggedSteps(step_log=step_log), life, world),
            artifacts=subject.S3Artifacts(s3=world.s3, bucket=BUCKET),
            queue=self._queue(),
            dead=None,
            history=None,
            clock=world.clock_of(life),
            new_id=self._new_id,
        )

    def _operate(self, act: Callable[[Life], None], actor: Actor) -> None:
        life = Life(actor.name)
        self.world.join(actor, life)
        try:
            act(life)
        except Killed:
            self.world.remark("is gone")
        finally:
            self.busy -= 1

    def _cancel(self, life: Life) -> None:
        """Cancels jobs, at any moment."""
        parts, rng = self.operator_parts(life), self.world.rng
        for _ in range(rng.choice((1, 2, 3))):
            self.world.sleep(rng.choice((0.0, 0.5, 1.0, 5.0, 20.0, 21.0, 90.0)))
            job_id = rng.choice(self.job_ids)
            self.world.remark("cancels", job_id)
            self._tried(partial(self.subject.cancel_job, tenant=TENANT, job_id=job_id, parts=parts))

    def _rerun(self, life: Life) -> None:
        """Runs a job again once it is at rest."""
        parts, rng = self.operator_parts(life), self.world.rng
        for _ in range(20):
            self.world.sleep(60.0)
            job_id = rng.choice(self.job_ids)
            rerun = self.subject.Rerun(
                **rng.choice(({}, {"from_failure": True}, {"from_step": "cover"}, {"from_step": "deliver"}))
            )
            self.world.remark("runs again", job_id)
            again = partial(self.subject.rerun_job, tenant=TENANT, job_id=job_id, rerun=rerun, parts=parts)
            if self._tried(again) is not None:
                return

    def _stop(self, life: Life) -> None:
        """Asks workers to stop, as a deployment does."""
        del life
        for _ in range(self.world.rng.choice((1, 3))):
            self.world.sleep(self.world.rng.choice((1.0, 4.0, 15.0)))
            for name, worker in self._workers.items():
                self.world.remark("stops", name)
                worker._stopped.set()

    def _tried(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401
        """What the call answers; None if it could not be done now."""
        try:
            return call()
        except (IllegalTransition, JobNotFound) as error:
            self.world.remark("refused", error)
        except LeadmagnetError as error:
            self.world.remark("failed", error)
        except Exception as error:  # noqa: BLE001 (whatever a client raises; whoever called would try again later)
            self.world.remark("failed", error)
        return None

    # Whoever looks after strays

    def _keep(self, actor: Actor) -> None:
        """Sends dead letters and stranded jobs again, and ends the schedule when all is at rest."""
        life = Life(actor.name, mortal=False)
        self.world.join(actor, life)
        parts = self.operator_parts(life)
        stranded = self.subject.StrandedJobTable(dynamodb=self.world.dynamodb, table=TABLE)
        while not self.over:
            self.world.sleep(30.0)
            if self.world.now_s >= CALM_AT_S:
                self.world.calm()
            if self.world.now_s >= _END_S:
                raise Violation("a job did not end although nothing went wrong any more")
            self._redrive()
            if int(self.world.now_s) % 300 == 0:
                self.subject.recover_jobs(stranded=stranded, queue=parts.queue, clock=parts.clock, idle_s=600.0)
            if self.busy == 0 and all(self.status(job_id).at_rest for job_id in self._all_jobs()):
                self._end()

    def _redrive(self) -> None:
        for message in list(self.world.queue.dead.values()):
            self.world.remark("redrives", message.id)
            del self.world.queue.dead[message.id]
            message.receives, message.visible_at_s = 0, self.world.now_s
            self.world.queue.messages[message.id] = message

    def _end(self) -> None:
        self.world.remark("all jobs are at rest")
        self.world.calm()
        self.over = True
        for worker in self._workers.values():
            worker._stopped.set()

    def _all_jobs(self) -> list[str]:
        jobs = self.world.table.scan(
            TableName=TABLE,
            FilterExpression="attribute_exists(job_id)",
            ProjectionExpression="job_id",
        )["Items"]
        self.job_ids[:] = [job["job_id"]["S"] for job in jobs]
        return self.job_ids

    def status(self, job_id: str) -> JobStatus:
        """Where the job stands."""
        item = self.world.table.peek(job_id) or {}
        return JobStatus(item["status"]["S"])
