"""The parts of a workflow file that say what happens when steps fail, hang, or cost too much."""

from __future__ import annotations

from leadmagnet.domain.errors import StepCancelled, StepInterrupted, step_codes
from leadmagnet.domain.execution_step import StepType
from leadmagnet.domain.workflow import OnFailure, Retry
from leadmagnet.engine.suggest import did_you_mean
from leadmagnet.engine.workflow_file.reading import Reading

MOST_ATTEMPTS = 10
LONGEST_BACKOFF_S = 300
LONGEST_TIMEOUT_S = 3_600
LONGEST_DEADLINE_S = 7 * 24 * 3_600
#: What a step may end with; an interruption is always followed by another attempt, a cancellation never.
RETRY_CODES = tuple(sorted(step_codes() - {StepInterrupted.code, StepCancelled.code}))
_KEYS = ("attempts", "backoff_s", "max_backoff_s", "on")


def read_retry(step: Reading) -> Retry:
    """How the step is tried again."""
    retry = step.mapping("retry", keys=_KEYS)
    usual = Retry()
    if retry is None:
        return usual
    backoff_s = retry.number("backoff_s", lowest=0, highest=LONGEST_BACKOFF_S)
    max_backoff_s = retry.number("max_backoff_s", lowest=0, highest=LONGEST_BACKOFF_S)
    return Retry(
        attempts=retry.whole_number("attempts", default=usual.attempts, lowest=1, highest=MOST_ATTEMPTS),
        backoff_s=usual.backoff_s if backoff_s is None else backoff_s,
        max_backoff_s=max(usual.max_backoff_s, backoff_s or 0) if max_backoff_s is None else max_backoff_s,
        on=_codes(retry),
    )


def read_timeout(step: Reading) -> float | None:
    """Seconds that one attempt at the step may take."""
    return step.number("timeout_s", lowest=1, highest=LONGEST_TIMEOUT_S)


def read_on_failure(step: Reading, kind: StepType) -> OnFailure:
    """What the step does to its job when it failed for good."""
    chosen = step.choice("on_failure", tuple(OnFailure), default=OnFailure.STOP) or OnFailure.STOP
    if chosen is OnFailure.CONTINUE and kind is StepType.FINAL_OUTPUT:
        step.complain("on_failure", "a job without its final output has made nothing; take this out")
    return chosen


def read_deadline(workflow: Reading) -> float | None:
    """Seconds that the whole job may take."""
    return workflow.number("deadline_s", lowest=1, highest=LONGEST_DEADLINE_S)


def read_budget(workflow: Reading) -> float | None:
    """What the whole job may spend, in USD."""
    return workflow.number("budget_usd", lowest=0.0001, highest=10_000)


def _codes(retry: Reading) -> tuple[str, ...] | None:
    if retry.at("on") is None:
        return None
    codes = retry.texts("on")
    for code in codes:
        if code not in RETRY_CODES:
            hint = did_you_mean(code, RETRY_CODES) or f"; there are: {', '.join(RETRY_CODES)}"
            retry.complain("on", f'"{code}" is not an error that a step can be tried again after{hint}')
    return codes
