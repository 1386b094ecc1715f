"""What must hold when all is at rest."""

from __future__ import annotations

import json
from math import isclose
from typing import Any

from tests.engine.simulation.cast import TENANT, Cast
from tests.engine.simulation.crew import answer_of
from tests.engine.simulation.life import Life
from tests.engine.simulation.watch import Claim
from tests.engine.simulation.world import BUCKET
from tests.steplog.simulation.truth import Violation

from leadmagnet.domain.execution_step import ExecutionStep, StepStatus, StepType
from leadmagnet.domain.job import Job, JobStatus
from leadmagnet.domain.workflow import OnFailure, Step
from leadmagnet.engine.retrying import MOST_INTERRUPTIONS
from leadmagnet.engine.submission_record import SUBMISSION_STEP_ID


def judge(cast: Cast) -> None:
    """Raise Violation for whatever is not as it must be."""
    parts = cast.operator_parts(Life("judge", mortal=False))
    for job_id in cast.job_ids:
        job: Job = parts.jobs.get(tenant=TENANT, job_id=job_id)
        records: list[ExecutionStep] = list(parts.steps.read(job_id))
        _JobJudge(cast, job, records).judge()


class _JobJudge:
    def __init__(self, cast: Cast, job: Job, records: list[ExecutionStep]) -> None:
        self._cast = cast
        self._watch = cast.world.watch
        self._job = job
        self._records = records

    def judge(self) -> None:
        self._require_the_record()
        self._require_sealed()
        for step in self._cast.scenario.workflow.steps:
            self._require_attempts(step)
        if self._job.status is JobStatus.COMPLETED:
            self._require_complete()
        if self._job.id not in self._watch.cancelled_unowned:
            self._require_totals()
            self._require_paid_calls_recorded()

    def _require_the_record(self) -> None:
        """What is read is what was recorded, in that order."""
        seen = [(r.step_id, r.attempt, r.status) for r in self._watch.records.get(self._job.id, ())]
        read = [(r.step_id, r.attempt, r.status) for r in self._records]
        if seen != read:
            raise Violation(f"{self._job.id}: recorded {seen}, read {read}")

    def _require_sealed(self) -> None:
        item: Any = self._cast.world.table.peek(self._job.id)
        if "execution_steps_s3_key" not in item or self._job.id in self._watch.cancelled_unowned:
            return
        version = item["execution_steps_s3_version"]["S"]
        body = self._cast.world.bucket.peek(item["execution_steps_s3_key"]["S"], version)
        if body is None or len(json.loads(body)) != len(self._records):
            raise Violation(f"{self._job.id} in {BUCKET} is not sealed: {item['execution_steps_tail']}")

    def _require_attempts(self, step: Step) -> None:
        records = [record for record in self._records if record.step_id == step.name]
        interrupted = [record for record in records if _code(record) == "step_interrupted"]
        failed = [r for r in records if r.status is StepStatus.FAILED and r not in interrupted]
        if len(failed) > step.retry.attempts or len(interrupted) > MOST_INTERRUPTIONS:
            raise Violation(f"{step.name} failed {len(failed)} times and was interrupted {len(interrupted)} times")
        for record in interrupted:
            self._require_bad_end(record)
        for record in records:
            self._require_own_answer(record)

    def _require_bad_end(self, record: ExecutionStep) -> None:
        """An attempt is interrupted only if its run was killed, lost the lease, or met a store that failed."""
        claim = Claim(self._job.id, record.step_id, record.attempt)
        owner = self._watch.claims[claim]
        if owner in self._watch.ended_well:
            raise Violation(f"{claim} counts as interrupted although {owner} ended its run as it should")

    def _require_own_answer(self, record: ExecutionStep) -> None:
        """What is recorded of an attempt that completed is what was paid for in it."""
        if record.kept_from is not None or record.status is not StepStatus.COMPLETED:
            return
        claim = Claim(self._job.id, record.step_id, record.attempt)
        if record.step_type in (StepType.AI_GENERATION, StepType.IMAGE_GENERATION) and claim not in self._watch.calls:
            raise Violation(f"{claim} completed and was never paid for")
        if record.step_type is StepType.AI_GENERATION and not str(record.output).startswith(answer_of(claim, 0)):
            raise Violation(f"{claim} holds another attempt's answer: {record.output}")

    def _require_complete(self) -> None:
        completed = [r.step_id for r in self._records if r.status is StepStatus.COMPLETED]
        if completed.count(SUBMISSION_STEP_ID) != 1 or self._job.deliverable is None:
            raise Violation(f"{self._job.id} completed without submission or deliverable")
        for step in self._cast.scenario.workflow.steps:
            known = [record for record in self._records if record.step_id == step.name]
            if completed.count(step.name) != 1 and not (step.on_failure is OnFailure.CONTINUE and known):
                raise Violation(f"{self._job.id} completed, and {step.name} {completed.count(step.name)} times")

    def _require_totals(self) -> None:
        """What the job says of itself is the sum of its records."""
        job = self._job
        paid = [r for r in self._records if r.step_id != SUBMISSION_STEP_ID and r.kept_from is None]
        done = {
            r.step_id for r in self._records if r.step_id != SUBMISSION_STEP_ID and r.status is StepStatus.COMPLETED
        }
        sums = (len(done), sum(r.usage.tokens for r in paid), sum(r.usage.cost_usd or 0.0 for r in paid))
        says = (job.steps_done, job.tokens, job.cost_usd)
        if sums[:2] != says[:2] or not isclose(sums[2], says[2], abs_tol=1e-9):
            raise Violation(f"{job.id} ({job.status}) says {says}; its records sum up to {sums}")

    def _require_paid_calls_recorded(self) -> None:
        """Paid calls <= steps + failed attempts + attempts that kills, lost leases and failed stores interrupted."""
        for claim in self._watch.calls:
            known = [r for r in self._records if r.step_id == claim.step and r.attempt == claim.attempt]
            if claim.job_id == self._job.id and not known:
                raise Violation(f"{claim} was paid for, and the record does not say so")


def _code(record: ExecutionStep) -> str:
    return "" if record.error is None else record.error.code
