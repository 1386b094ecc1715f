"""What can go wrong at the HTTP edge alone."""

from __future__ import annotations

from leadmagnet.domain.errors import LeadmagnetError, NotFound


class UnsupportedMediaType(LeadmagnetError):
    """The request's body is of a type that the route cannot read."""

    code = "unsupported_media_type"


class StepNotFound(NotFound):
    """The job has no execution step of that number, or the step no such value."""

    code = "step_not_found"


class AnswerTooLarge(LeadmagnetError):
    """What was asked for does not fit into one answer where the service runs."""

    code = "answer_too_large"


def not_json(content_type: str | None) -> UnsupportedMediaType:
    """The error for a body that does not say that it is JSON."""
    return UnsupportedMediaType(
        "The body is sent as JSON: set Content-Type to application/json "
        f"(the request says {content_type or 'nothing'})."
    )
