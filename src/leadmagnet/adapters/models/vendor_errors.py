"""Vendors' errors as ours: what the vendor said, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from leadmagnet.domain.errors import ModelFailed

#: A vendor's page of HTML or a validation report says nothing beyond this.
_MOST_CHARS = 300

_ADVICE = {
    400: "correct the step's model or options",
    401: "check the vendor's API key",
    403: "check that this account may use the model",
    404: "check the model's name",
    408: "run the job again",
    413: "shorten the step's instructions",
    429: "wait, or raise the account's limits, and run the job again",
}


def model_failed(reason: str, model: str, exc: BaseException) -> ModelFailed:
    """ModelFailed that quotes `reason`, with the advice that its HTTP status calls for.

    Facts: `model`, `status` if there was an answer, `retry` (whether the same request may succeed later).
    """
    status = getattr(exc, "status_code", None)
    facts: dict[str, object] = {"model": model}
    if isinstance(status, int):
        facts["status"] = status
    later = not isinstance(status, int) or status in (408, 409, 429) or status >= 500
    advice = _ADVICE.get(status, "run the job again") if isinstance(status, int) else "run the job again"
    return ModelFailed(f"The model gave no answer ({reason}); {advice}.", **facts, retry=later)


def what_they_said(exc: BaseException) -> str:
    """The vendor's own reason on one line, without its status and our model's name around it."""
    body = getattr(exc, "body", None)
    said = _message_in(body) if isinstance(body, Mapping) else None
    text = said or getattr(exc, "message", None) or str(exc) or type(exc).__name__
    line = re.sub(r"\s+", " ", str(text)).strip().rstrip(".")
    return line if len(line) <= _MOST_CHARS else f"{line[:_MOST_CHARS]}..."


def _message_in(body: Mapping[object, object]) -> str | None:
    """`message` of a vendor's error object, which may be wrapped in `error` or `Error`."""
    for name in ("error", "Error"):
        inner = body.get(name)
        if isinstance(inner, Mapping):
            return _message_in(inner)
    for name in ("message", "Message"):
        if isinstance(said := body.get(name), str):
            return said
    return None
