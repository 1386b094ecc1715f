"""One attempt at a step: how it is begun, and the record that it leaves."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime

from leadmagnet.domain.errors import LeadmagnetError, ModelFailed, ModelUnavailable
from leadmagnet.domain.execution_step import ExecutionStep, StepError, StepStatus, Usage
from leadmagnet.domain.json_value import JsonValue
from leadmagnet.domain.workflow import Step
from leadmagnet.engine.executors import Outcome

logger = logging.getLogger(__name__)

_INTERNAL = StepError(
    code="internal",
    message="Something failed inside the service; its log says what, under this job and step.",
)


@dataclass(slots=True, kw_only=True)
class Attempt:
    """An attempt under way."""

    step: Step
    #: 1 for the first.
    number: int
    timestamp: datetime
    #: By the crew's time.
    began_s: float
    ended_s: float | None = None
    future: Future[Outcome] = field(default_factory=Future)

    def timed(self, work: Callable[[], Outcome], time_s: Callable[[], float]) -> Outcome:
        """Do `work` and keep when it ended: its record may be made later, after those of others."""
        try:
            return work()
        finally:
            self.ended_s = time_s()

    def record(self, *, job_id: str) -> ExecutionStep:
        """What the attempt, which ended, did."""
        error = self.future.exception()
        if error is not None:
            return self.failed(_step_error(error, self.step, job_id), usage=_usage_of(error))
        return self._record(self.future.result(), None)

    def failed(self, error: StepError, *, usage: Usage | None = None) -> ExecutionStep:
        """The record of an attempt that ended with `error`, or that is given up."""
        asked: dict[str, JsonValue] = {"instructions": self.step.instructions, "options": dict(self.step.options)}
        return self._record(Outcome(input=asked, usage=usage or Usage()), error)

    def retry_after_s(self) -> float | None:
        """How long the vendor asked to be left alone, if that is why the attempt failed."""
        error = self.future.exception() if self.future.done() else None
        return error.retry_after_s if isinstance(error, ModelUnavailable) else None

    def _record(self, outcome: Outcome, error: StepError | None) -> ExecutionStep:
        step = self.step
        ended_s = self.began_s if self.ended_s is None else self.ended_s
        return ExecutionStep(
            step_id=step.name,
            step_name=step.title,
            step_order=step.order,
            step_type=step.type,
            status=StepStatus.COMPLETED if error is None else StepStatus.FAILED,
            timestamp=self.timestamp,
            duration_ms=round((ended_s - self.began_s) * 1_000),
            model=outcome.model or step.model,
            input=outcome.input,
            output=outcome.output,
            image_urls=outcome.image_urls,
            artifact_id=outcome.artifact_id,
            usage=outcome.usage,
            error=error,
            attempt=self.number,
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


def _usage_of(error: BaseException) -> Usage:
    return error.usage if isinstance(error, ModelFailed) else Usage()
