"""What can go wrong, as the rest of the service speaks of it.

Every error says in its message what to do next and carries its facts as fields, which trail the
message as ``key=value``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from leadmagnet.domain.execution_step import Usage


class LeadmagnetError(Exception):
    """The root of every error that the service raises on purpose."""

    #: Stable name of the kind of error: in problem answers, log lines and execution steps.
    code: ClassVar[str] = "error"
    #: Whether the same may succeed a little later although nobody changes anything.
    transient: ClassVar[bool] = False

    def __init__(self, message: str, **facts: object) -> None:
        """Keep `message` (one sentence, then what to do) and the facts behind it."""
        super().__init__(message)
        self.message = message
        self.facts = facts

    def __str__(self) -> str:
        trail = " ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.message} [{trail}]" if trail else self.message


class NotFound(LeadmagnetError):
    """What was asked for does not exist, or belongs to somebody else."""

    code = "not_found"


class JobNotFound(NotFound):
    """No such job for this tenant."""

    code = "job_not_found"


class WorkflowNotFound(NotFound):
    """No workflow of that name (or that version of it)."""

    code = "workflow_not_found"


class ArtifactNotFound(NotFound):
    """The job has no such artifact."""

    code = "artifact_not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in what was sent: where it is and what is wrong. Lines and columns count from 1."""

    message: str
    #: Path of the field, as in `steps[2].depends_on`; empty for the whole.
    field: str = ""
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        line = "" if self.line is None else f"line {self.line}"
        place = ", ".join(part for part in (line, self.field) if part)
        return f"{place}: {self.message}" if place else self.message


class Invalid(LeadmagnetError):
    """What was sent cannot be used; the message names each mistake."""

    code = "invalid"

    def __init__(self, message: str, *, problems: Sequence[Problem] = (), **facts: object) -> None:
        """Say `message`, one line further for each of `problems`."""
        lines = [message, *(f"  {problem}" for problem in problems)]
        super().__init__("\n".join(lines), **facts)
        if problems:
            self.facts["problems"] = tuple(problems)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every mistake found; empty if the message says all there is."""
        found = self.facts.get("problems", ())
        return found if isinstance(found, tuple) else ()

    def __str__(self) -> str:
        # The message lists the problems already; as a fact they would say it all twice.
        rest = {name: value for name, value in self.facts.items() if name != "problems"}
        return str(LeadmagnetError(self.message, **rest))


class JobExists(Invalid):
    """A new job cannot have an id that another has already."""

    code = "job_exists"


class IdempotencyKeyReused(Invalid):
    """A key that names one request came with another."""

    code = "idempotency_key_reused"


class InvalidWorkflow(Invalid):
    """A workflow file has mistakes: `problems` holds each with its line and field."""

    code = "invalid_workflow"


class InvalidSubmission(Invalid):
    """A submission does not fit the fields that its workflow asks for."""

    code = "invalid_submission"


class FilesLeft(LeadmagnetError):
    """Some of a job's files could not be deleted; deleting the job again goes on."""

    code = "files_left"
    transient = True


class Unauthorized(LeadmagnetError):
    """The request carries no token, or none that is good here."""

    code = "unauthorized"


class IdentityUnavailable(LeadmagnetError):
    """Whoever vouches for callers does not answer, and has not for longer than its last word is good."""

    code = "identity_unavailable"
    transient = True


class Forbidden(LeadmagnetError):
    """The caller is known, but its role may not do this."""

    code = "forbidden"


class IllegalTransition(LeadmagnetError):
    """A job cannot move from the status it has to the one asked for."""

    code = "illegal_transition"


class LeaseHeld(LeadmagnetError):
    """Another worker owns the job until `until`; only then may it be taken over."""

    code = "lease_held"

    def __init__(self, message: str, *, until: datetime, **facts: object) -> None:
        """Keep `message`, the facts, and when the lease ends."""
        super().__init__(message, until=until.isoformat(), **facts)
        self.until = until


class LeaseLost(LeadmagnetError):
    """The job is no longer this worker's: it took too long to say that it lives, or the job is gone or at rest."""

    code = "lease_lost"


class StepFailed(LeadmagnetError):
    """A step could not do its work; its execution step records why."""

    code = "step_failed"


class TemplateFailed(StepFailed):
    """Instructions or an HTML template could not be rendered from the step's context."""

    code = "template_failed"


class ModelNotConfigured(StepFailed):
    """A model was named whose vendor has no credentials here."""

    code = "model_not_configured"


class StepTimedOut(StepFailed):
    """A step did not end within its time."""

    code = "step_timed_out"
    transient = True


class StepInterrupted(StepFailed):
    """The worker was gone before the step ended; what it had asked for may have been done and billed."""

    code = "step_interrupted"
    transient = True


class StepCancelled(StepFailed):
    """The job was cancelled, or out of time, while the step was under way."""

    code = "step_cancelled"


class ModelFailed(StepFailed):
    """A model was asked and did not give a usable answer.

    `usage` is what the vendor billed all the same, as far as it said so.
    """

    code = "model_failed"

    def __init__(self, message: str, *, usage: Usage | None = None, **facts: object) -> None:
        """Keep `message`, the facts, and what the failure cost."""
        super().__init__(message, **facts)
        self.usage = usage or Usage()


class ModelUnavailable(ModelFailed):
    """The vendor could not be reached, is overloaded, or limits the rate of requests.

    `retry_after_s` is how long the vendor asked to be left alone, if it said so.
    """

    code = "model_unavailable"
    transient = True

    def __init__(
        self, message: str, *, retry_after_s: float | None = None, usage: Usage | None = None, **facts: object
    ) -> None:
        """Keep `message`, the facts, what the failure cost, and how long to wait."""
        super().__init__(message, usage=usage, **facts)
        self.retry_after_s = retry_after_s


class ModelAnswerUnusable(ModelFailed):
    """The model answered, with something that the step cannot use; asked again it may answer better."""

    code = "model_answer_unusable"
    transient = True


class ModelRefused(ModelFailed):
    """The model, or its vendor's filter, refused to answer; asked again it would refuse again."""

    code = "model_refused"


class WebhookFailed(StepFailed):
    """A webhook's receiver may not be posted to, or refused."""

    code = "webhook_failed"


class WebhookUnavailable(WebhookFailed):
    """A webhook's receiver could not be reached, did not answer in time, or is not well."""

    code = "webhook_unavailable"
    transient = True


def transient_codes() -> frozenset[str]:
    """The codes of the errors that may pass by themselves."""
    return frozenset(kind.code for kind in _kinds(LeadmagnetError) if kind.transient)


def step_codes() -> frozenset[str]:
    """The codes of the errors that a step may end with."""
    return frozenset(kind.code for kind in _kinds(StepFailed))


def _kinds(root: type[LeadmagnetError]) -> Iterator[type[LeadmagnetError]]:
    yield root
    for kind in root.__subclasses__():
        yield from _kinds(kind)
