"""What goes wrong in a call to a text model, as ours."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from pydantic_ai.exceptions import AgentRunError, ModelConnectionError, ModelRequestTimeout, UserError

from leadmagnet.adapters.models.http_client import AnswerTooLarge
from leadmagnet.adapters.models.vendor_errors import (
    causes,
    from_status,
    one_line,
    unreachable,
    unusable,
    what_they_said,
)
from leadmagnet.domain.errors import ModelFailed


class Misshapen(Exception):
    """A vendor's answer has another shape than the vendor documents."""


#: Of pydantic-ai, botocore and ours; vendors' SDKs have their own beside.
TEXT_ERRORS = (AgentRunError, UserError, BotoCoreError, ClientError, AnswerTooLarge, Misshapen)


def text_error(exc: BaseException, model: str) -> ModelFailed:
    """The error that `exc` stands for."""
    if any(isinstance(cause, AnswerTooLarge) for cause in causes(exc)):
        return unusable("it is larger than any answer can be", model)
    status = _status(exc)
    if status is not None:
        return from_status(status, exc, model)
    if isinstance(exc, ModelConnectionError | ModelRequestTimeout | HTTPClientError):
        return unreachable(exc, model)
    if isinstance(exc, UserError | BotoCoreError):
        return ModelFailed(
            f"The model was not asked ({what_they_said(exc)}); correct the step's model or options, "
            "or the vendor's credentials.",
            model=model,
        )
    return unusable(f"it does not follow the vendor's protocol ({one_line(getattr(exc, 'message', exc))})", model)


def _status(exc: BaseException) -> int | None:
    status = getattr(exc, "status_code", None)
    if isinstance(exc, ClientError):
        status = exc.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    # pydantic-ai says 200 for what broke inside a good answer.
    return status if isinstance(status, int) and status >= 300 else None
