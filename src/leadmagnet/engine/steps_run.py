"""Runs the steps that are ready, several at a time, and records each attempt as it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial

from leadmagnet.domain.errors import LeaseLost, StepCancelled, StepTimedOut
from leadmagnet.domain.execution_step import StepError
from leadmagnet.domain.job import JobError
from leadmagnet.domain.workflow import Step
from leadmagnet.engine.attempt import Attempt
from leadmagnet.engine.context import StepContext
from leadmagnet.engine.executors import STEP_KINDS, Outcome
from leadmagnet.engine.large_output import kept_small
from leadmagnet.engine.ledger import Ledger
from leadmagnet.engine.parts import EngineParts
from leadmagnet.engine.plan import ready
from leadmagnet.engine.retrying import pause_s

#: Codes of what ends a job that goes over its workflow's limits.
DEADLINE_EXCEEDED = "deadline_exceeded"
BUDGET_EXCEEDED = "budget_exceeded"

_BILLED = "What it had asked for may be billed."
_CANCELLED = StepError(
    code=StepCancelled.code, message=f"The job was cancelled while this step was under way. {_BILLED}"
)
_OUT_OF_TIME = StepError(
    code=StepCancelled.code, message=f"The job's deadline passed while this step was under way. {_BILLED}"
)
#: How soon a worker that waits to try a step again sees that it is told to stop.
_LONGEST_WAIT_S = 1.0


def run_steps(ledger: Ledger, *, parts: EngineParts, stop: Callable[[], bool]) -> JobError | None:
    """Run what `ledger` does not hold yet; why the job has to fail, if it does.

    Comes back when all is settled, a step that matters failed for good, the job may not go on (budget, deadline,
    `ledger.cancel_requested`), or `stop` said so. Steps that are under way still end and are recorded, as they are
    paid for, unless the job is cancelled or out of time: then their records say that they were given up. So they
    are if recording one of them failed; that error goes up afterwards. LeaseLost if the job is another worker's.
    """
    return _StepsRun(ledger, parts, stop).to_the_end()


class _StepsRun:
    """The steps of one job, as one worker runs them."""

    def __init__(self, ledger: Ledger, parts: EngineParts, stop: Callable[[], bool]) -> None:
        self._ledger = ledger
        self._parts = parts
        self._crew = parts.crew
        self._stop = stop
        self._running: list[Attempt] = []
        #: By step name: when, by the crew's time, the next attempt may begin.
        self._due: dict[str, float] = {}

    def to_the_end(self) -> JobError | None:
        try:
            while True:
                failure = self._ledger.failure() or self._over_limit()
                begun = [] if failure or self._stop() else self._to_begin()
                self._save(begun)
                if self._ledger.cancel_requested or (failure and failure.code == DEADLINE_EXCEEDED):
                    self._give_up(_CANCELLED if self._ledger.cancel_requested else _OUT_OF_TIME)
                    return failure
                self._begin(begun)
                if not self._running and (failure or self._stop() or not self._due):
                    return failure
                self._wait(self._running)
                self._record_ended()
        except LeaseLost:
            # Nothing of what is under way can be recorded any more; the job's new owner knows that it was begun.
            self._running.clear()
            raise
        finally:
            self._let_end()

    def _to_begin(self) -> list[Attempt]:
        """The attempts that can begin now, as many as there is room for."""
        parts, now_s = self._parts, self._crew.time_s()
        under_way = {attempt.step.name for attempt in self._running}
        steps = ready(self._ledger.workflow.steps, done=self._ledger.settled, started=under_way)
        due = [step for step in steps if self._due.get(step.name, now_s) <= now_s]
        return [
            Attempt(step=step, number=self._ledger.next_attempt(step), timestamp=parts.clock(), began_s=now_s)
            for step in due[: parts.max_parallel_steps - len(self._running)]
        ]

    def _save(self, begun: Sequence[Attempt]) -> None:
        under_way = (*self._running, *begun)
        self._ledger.save(
            running={each.step.name: each.number for each in under_way},
            since={each.step.name: each.timestamp for each in under_way},
        )

    def _begin(self, begun: Sequence[Attempt]) -> None:
        for attempt in begun:
            self._due.pop(attempt.step.name, None)
            work = partial(_execute, attempt.step, self._ledger.context_of(attempt.step, attempt.number), self._parts)
            attempt.future = self._crew.start(
                partial(attempt.timed, work, self._crew.time_s), name=f"step-{attempt.step.name}"
            )
            self._running.append(attempt)

    def _wait(self, attempts: Sequence[Attempt]) -> None:
        """Until one of `attempts` ends, or something else is to be looked at."""
        now_s = self._crew.time_s()
        moments = [self._ledger.renewed_s + self._parts.beat_s]
        moments += [each.began_s + each.step.timeout_s for each in attempts if each.step.timeout_s is not None]
        if self._due:
            # What is due already and was not begun waits for room: only the end of an attempt makes some.
            moments += [due_s for due_s in self._due.values() if due_s > now_s or not attempts]
            moments.append(now_s + _LONGEST_WAIT_S)
        left = self._time_left()
        if left is not None and left > timedelta(0):
            moments.append(now_s + left.total_seconds())
        self._crew.wait([each.future for each in attempts], seconds=max(0.0, min(moments) - now_s))
        if self._crew.time_s() - self._ledger.renewed_s >= self._parts.beat_s:
            self._ledger.renew()

    def _record_ended(self) -> None:
        for attempt in sorted(self._running, key=lambda each: each.step.order):
            if self._has_ended(attempt):
                self._record(attempt)

    def _has_ended(self, attempt: Attempt) -> bool:
        limit_s = attempt.step.timeout_s
        return attempt.future.done() or (limit_s is not None and self._crew.time_s() - attempt.began_s >= limit_s)

    def _record(self, attempt: Attempt) -> None:
        """Record an attempt that ended, and plan the next one if there is to be one."""
        step = attempt.step
        if attempt.future.done():
            self._ledger.append(attempt.record(job_id=self._ledger.job.id))
        else:
            attempt.ended_s = self._crew.time_s()
            self._ledger.append(attempt.failed(_timed_out(step)))
        self._running.remove(attempt)
        if step.name not in self._ledger.settled:
            attempts = self._ledger.attempts_of(step)
            pause = pause_s(step, attempts, asked_s=attempt.retry_after_s(), random=self._parts.random)
            self._due[step.name] = self._crew.time_s() + pause

    def _let_end(self) -> None:
        """Record what is under way as it ends, each although recording another one failed."""
        # Only for those that have not ended: any other would end the wait at once, again and again.
        while under_way := [each for each in self._running if not self._has_ended(each)]:
            self._wait(under_way)
        with ExitStack() as records:
            for attempt in reversed(self._running):
                records.callback(self._record, attempt)

    def _give_up(self, error: StepError) -> None:
        """Record what is under way as given up; what ended meanwhile, as it is."""
        for attempt in tuple(self._running):
            if attempt.future.done():
                self._ledger.append(attempt.record(job_id=self._ledger.job.id))
            else:
                attempt.ended_s = self._crew.time_s()
                self._ledger.append(attempt.failed(error))
            self._running.remove(attempt)

    def _time_left(self) -> timedelta | None:
        started_at, deadline_s = self._ledger.job.started_at, self._ledger.workflow.deadline_s
        if started_at is None or deadline_s is None:
            return None
        return started_at + timedelta(seconds=deadline_s) - self._parts.clock()

    def _over_limit(self) -> JobError | None:
        """Why the job may not go on although it could."""
        ledger = self._ledger
        if ledger.finished:
            return None
        left, budget_usd, spent_usd = self._time_left(), ledger.workflow.budget_usd, ledger.spent_usd
        if left is not None and left <= timedelta(0):
            message = f"The job did not end within the {ledger.workflow.deadline_s:g} s that its workflow allows."
            return JobError(step_id=None, code=DEADLINE_EXCEEDED, message=message)
        if budget_usd is not None and spent_usd >= budget_usd:
            message = f"The job has spent {spent_usd:.4f} USD; its workflow allows {budget_usd:g} USD."
            return JobError(step_id=None, code=BUDGET_EXCEEDED, message=message)
        return None


def _execute(step: Step, context: StepContext, parts: EngineParts) -> Outcome:
    outcome = STEP_KINDS[step.type].run(step, context, parts)
    output = kept_small(
        outcome.output,
        file_id=partial(context.file_id, f"{step.name}-output"),
        job_id=context.job.id,
        artifacts=parts.artifacts,
        most_bytes=parts.most_output_bytes,
    )
    return replace(outcome, output=output)


def _timed_out(step: Step) -> StepError:
    return StepError(
        code=StepTimedOut.code,
        message=f"The step did not end within its {step.timeout_s:g} s; raise its timeout_s, or ask for less at once. "
        f"{_BILLED}",
    )
