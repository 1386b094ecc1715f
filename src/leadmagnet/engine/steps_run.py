"""Runs the steps that are ready, several at a time, and records each as it ends."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import SimpleQueue

from leadmagnet.domain.errors import LeadmagnetError
from leadmagnet.domain.execution_step import ExecutionStep, StepError, StepStatus
from leadmagnet.domain.workflow import Step
from leadmagnet.engine.context import StepContext
from leadmagnet.engine.executors import STEP_KINDS, Outcome
from leadmagnet.engine.ledger import Ledger
from leadmagnet.engine.parts import EngineParts
from leadmagnet.engine.plan import ready

logger = logging.getLogger(__name__)

_INTERNAL = StepError(
    code="internal",
    message="Something failed inside the service; its log says what, under this job and step.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    """A step under way."""

    step: Step
    started_at: datetime
    #: Holds the moment at which the step ended. Its record may be made later, after those of others.
    ended_at: SimpleQueue[datetime] = field(default_factory=SimpleQueue)


def run_steps(ledger: Ledger, *, parts: EngineParts, stop: Callable[[], bool]) -> None:
    """Run what `ledger` does not hold yet, until all is done, a step failed, or `stop` said so.

    Steps that are under way then still end and are recorded: they are paid for. So they are when recording
    one of them failed; that error goes up afterwards.
    """
    running: dict[Future[Outcome], _Running] = {}
    with ThreadPoolExecutor(parts.max_parallel_steps, thread_name_prefix=f"job-{ledger.job.id}") as pool:
        try:
            while True:
                _start_ready(ledger, running, pool, parts=parts, stop=stop)
                if not running:
                    return
                for ended in _ended(running, wait(running, return_when=FIRST_COMPLETED).done, ledger):
                    ledger.record(ended)
        finally:
            # Without progress: whatever stopped this run would stop that too, and the next run counts anew.
            for ended in _ended(running, wait(running).done, ledger):
                ledger.append(ended)


def _start_ready(
    ledger: Ledger,
    running: dict[Future[Outcome], _Running],
    pool: ThreadPoolExecutor,
    *,
    parts: EngineParts,
    stop: Callable[[], bool],
) -> None:
    room = parts.max_parallel_steps - len(running)
    started = {each.step.name for each in running.values()}
    for step in ready(ledger.workflow.steps, done=ledger.done, started=started)[:room]:
        # Asked before each one: a worker that is told to stop starts nothing more.
        if ledger.first_failure() is not None or stop():
            return
        begun = _Running(step=step, started_at=parts.clock())
        running[pool.submit(_execute, begun, ledger.context_of(step), parts)] = begun


def _execute(begun: _Running, context: StepContext, parts: EngineParts) -> Outcome:
    try:
        return STEP_KINDS[begun.step.type].run(begun.step, context, parts)
    finally:
        begun.ended_at.put(parts.clock())


def _ended(
    running: dict[Future[Outcome], _Running],
    ended: Iterable[Future[Outcome]],
    ledger: Ledger,
) -> Iterator[ExecutionStep]:
    """The records of steps that ended, in the workflow's order; each leaves `running` as it comes."""
    for future in sorted(ended, key=lambda each: running[each].step.order):
        yield _execution_step(running.pop(future), future, ledger.job.id)


def _execution_step(running: _Running, future: Future[Outcome], job_id: str) -> ExecutionStep:
    step, error = running.step, future.exception()
    asked = Outcome(input={"instructions": step.instructions, "options": dict(step.options)})
    outcome = asked if error else future.result()
    return ExecutionStep(
        step_id=step.name,
        step_name=step.title,
        step_order=step.order,
        step_type=step.type,
        status=StepStatus.FAILED if error else StepStatus.COMPLETED,
        timestamp=running.started_at,
        duration_ms=max(0, (running.ended_at.get_nowait() - running.started_at) // timedelta(milliseconds=1)),
        model=outcome.model or step.model,
        input=outcome.input,
        output=outcome.output,
        image_urls=outcome.image_urls,
        artifact_id=outcome.artifact_id,
        usage=outcome.usage,
        error=None if error is None else _step_error(error, step, job_id),
    )


def _step_error(error: BaseException, step: Step, job_id: str) -> StepError:
    """What the record may say of `error`. An unexpected one may hold anything, so only the log gets it."""
    if isinstance(error, LeadmagnetError):
        return StepError(code=error.code, message=error.message)
    if not isinstance(error, Exception):
        raise error
    logger.error(
        "Step failed unexpectedly",
        exc_info=error,
        extra={"event": "step_failed_unexpectedly", "job_id": job_id, "step_id": step.name},
    )
    return _INTERNAL
