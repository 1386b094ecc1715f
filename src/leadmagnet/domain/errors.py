"""What can go wrong, as the rest of the service speaks of it.

Every error says in its message what to do next and carries its facts as fields, which trail the
message as ``key=value``.
"""

from __future__ import annotations

from typing import ClassVar


class LeadmagnetError(Exception):
    """The root of every error that the service raises on purpose."""

    #: Stable name of the kind of error: in problem answers, log lines and execution steps.
    code: ClassVar[str] = "error"

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


class Invalid(LeadmagnetError):
    """What was sent cannot be used; the message names each mistake."""

    code = "invalid"


class InvalidWorkflow(Invalid):
    """A workflow file has mistakes: `problems` holds each with its line and field."""

    code = "invalid_workflow"


class InvalidSubmission(Invalid):
    """A submission does not fit the fields that its workflow asks for."""

    code = "invalid_submission"


class IllegalTransition(LeadmagnetError):
    """A job cannot move from the status it has to the one asked for."""

    code = "illegal_transition"


class StepFailed(LeadmagnetError):
    """A step could not do its work; its execution step records why."""

    code = "step_failed"


class TemplateFailed(StepFailed):
    """Instructions or an HTML template could not be rendered from the step's context."""

    code = "template_failed"


class ModelNotConfigured(StepFailed):
    """A model was named whose vendor has no credentials here."""

    code = "model_not_configured"


class ModelFailed(StepFailed):
    """A model was asked and did not give a usable answer."""

    code = "model_failed"


class WebhookFailed(StepFailed):
    """A webhook's receiver could not be reached or refused."""

    code = "webhook_failed"
