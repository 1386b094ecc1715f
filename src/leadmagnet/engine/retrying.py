"""Whether a step that failed is tried again, and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from leadmagnet.domain.errors import StepInterrupted, transient_codes
from leadmagnet.domain.execution_step import ExecutionStep, StepStatus
from leadmagnet.domain.workflow import Step

#: A step during which the worker went down so often is likely to be what takes it down.
MOST_INTERRUPTIONS = 3
#: However long a vendor asks to be left alone, a worker waits no longer before it asks again.
LONGEST_PAUSE_S = 300.0
_TRANSIENT = transient_codes()


def is_settled(step: Step, attempts: Sequence[ExecutionStep]) -> bool:
    """Whether `step` needs no further attempt: it completed, or failed for good."""
    if not attempts:
        return False
    return attempts[-1].status is StepStatus.COMPLETED or not _may_retry(step, attempts)


def pause_s(
    step: Step, attempts: Sequence[ExecutionStep], *, asked_s: float | None, random: Callable[[], float]
) -> float:
    """Seconds to wait before the attempt after `attempts`, the last of which failed.

    Between half and all of the backoff, by `random` (0 to 1); at least `asked_s`, which a vendor asked for.
    """
    failures = len(attempts) - _interruptions(attempts)
    if failures == 0:
        return 0.0
    backoff = min(step.retry.max_backoff_s, step.retry.backoff_s * 2.0 ** (failures - 1))
    return min(LONGEST_PAUSE_S, max(backoff * (0.5 + random() / 2), asked_s or 0.0))


def _may_retry(step: Step, attempts: Sequence[ExecutionStep]) -> bool:
    interruptions = _interruptions(attempts)
    code = _code(attempts[-1])
    if code == StepInterrupted.code:
        return interruptions < MOST_INTERRUPTIONS
    wanted = _TRANSIENT if step.retry.on is None else step.retry.on
    return code in wanted and len(attempts) - interruptions < step.retry.attempts


def _interruptions(attempts: Sequence[ExecutionStep]) -> int:
    """An interruption is nobody's failure: it does not count against the attempts."""
    return sum(_code(attempt) == StepInterrupted.code for attempt in attempts)


def _code(attempt: ExecutionStep) -> str:
    return "" if attempt.error is None else attempt.error.code
