"""Vendors' errors as ours: what the vendor said, whether it may pass, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import httpx2
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError

from leadmagnet.adapters.models.retry_after import retry_after_s
from leadmagnet.domain.errors import ModelAnswerUnusable, ModelFailed, ModelRefused, ModelUnavailable
from leadmagnet.domain.execution_step import Usage

#: A vendor's page of HTML or a validation report says nothing beyond this.
_MOST_CHARS = 300

#: Of a request that was sent, and whose answer does not say what it cost: billed perhaps, so not 0.
UNKNOWN = Usage(cost_usd=None)
#: Before these nothing was sent.
_NOT_CONNECTED = (httpx2.ConnectError, httpx2.ConnectTimeout, EndpointConnectionError, ConnectTimeoutError)

_AGAIN = "run the job again"
_ADVICE = {
    400: "correct the step's model or options",
    401: "check the vendor's API key",
    402: "top up the vendor's account",
    403: "check that this account may use the model",
    404: "check the model's name and the vendor's base URL",
    413: "shorten the step's instructions",
    422: "correct the step's model or options",
    429: "wait, or raise the account's limits, and run the job again",
}
#: Request timeout, conflict, a model's own fault (Bedrock), too early, too many requests; and all of 5xx.
_PASSING = (408, 409, 424, 425, 429)

#: Codes of OpenAI, of Azure, and of servers like them.
_REFUSALS = ("content_filter", "content_policy_violation", "moderation_blocked", "invalid_prompt")
_EXHAUSTED = (
    *("insufficient_quota", "billing_hard_limit_reached", "credit_balance_exhausted", "billing_error"),
    *("organization_spend_limit_exceeded", "project_spend_limit_exceeded", "ServiceQuotaExceededException"),
)
_TOO_LONG = ("context_length_exceeded", "string_above_max_length")
_TOO_LONG_WORDS = ("maximum context length", "prompt is too long", "input is too long", "reduce the length")
_EXHAUSTED_WORDS = ("credit balance is too low",)


def from_status(status: int, exc: BaseException, model: str) -> ModelFailed:
    """The error for an answer with an HTTP status that is not good: of the kind that says whether it may pass.

    A vendor bills nothing for these. Facts: `model` and `status`.
    """
    said, codes = what_they_said(exc), _codes(exc)
    lower = said.lower()
    if codes & {*_REFUSALS}:
        return ModelRefused(
            f"The model refused to answer ({said}); change the step's instructions, or use another model.",
            model=model,
            status=status,
        )
    if codes & {*_EXHAUSTED} or any(words in lower for words in _EXHAUSTED_WORDS):
        return _failed(said, _ADVICE[402], model, status)
    if codes & {*_TOO_LONG} or any(words in lower for words in _TOO_LONG_WORDS):
        return _failed(said, _ADVICE[413], model, status)
    advice = _ADVICE.get(status, _AGAIN)
    if status in _PASSING or status >= 500:
        return ModelUnavailable(
            f"The model gave no answer ({said}); {advice}.",
            retry_after_s=retry_after_s(_headers(exc), now=datetime.now(UTC)),
            model=model,
            status=status,
        )
    return _failed(said, advice, model, status)


def unreachable(exc: BaseException, model: str) -> ModelUnavailable:
    """The error for a vendor that could not be reached, or whose connection broke."""
    never_sent = any(isinstance(cause, _NOT_CONNECTED) for cause in causes(exc))
    return ModelUnavailable(
        f"The model gave no answer ({what_they_said(exc)}); {_AGAIN}.",
        usage=Usage() if never_sent else UNKNOWN,
        model=model,
    )


def timed_out(timeout_s: float, model: str) -> ModelUnavailable:
    """The error for a call that was cut off."""
    return ModelUnavailable(
        f"The model gave no answer (it timed out after {timeout_s:g} s); run the job again, or allow more time "
        "(the step's `timeout_s`, or LEADMAGNET_MODEL_TIMEOUT_S).",
        usage=UNKNOWN,
        model=model,
    )


def unusable(why: str, model: str, *, usage: Usage = UNKNOWN) -> ModelAnswerUnusable:
    """The error for an answer that came and is no good; `usage` is what it says that it cost."""
    return ModelAnswerUnusable(
        f"The model's answer cannot be used: {why}; run the job again, or use another model.", usage=usage, model=model
    )


def what_they_said(exc: BaseException) -> str:
    """The vendor's own reason on one line, without its status and our model's name around it."""
    body = getattr(exc, "body", None)
    said = _text_in(body, ("message", "Message")) if isinstance(body, Mapping) else None
    return one_line(said or getattr(exc, "message", None) or str(exc) or type(exc).__name__)


def one_line(text: object) -> str:
    """`text` without its line ends and final stop, and not too long for a message."""
    line = re.sub(r"\s+", " ", str(text)).strip().rstrip(".")
    return line if len(line) <= _MOST_CHARS else f"{line[:_MOST_CHARS]}..."


def _failed(said: str, advice: str, model: str, status: int) -> ModelFailed:
    return ModelFailed(f"The model gave no answer ({said}); {advice}.", model=model, status=status)


def causes(exc: BaseException | None) -> Iterator[BaseException]:
    """`exc` and what it was raised from, down to the first."""
    while exc is not None:
        yield exc
        exc = exc.__cause__


def _codes(exc: BaseException) -> set[str]:
    """The machine's names for what went wrong, wherever the vendor puts them."""
    body = getattr(exc, "body", None)
    inner = [_text_in(body, (name,)) for name in ("code", "type", "Code")] if isinstance(body, Mapping) else []
    own = [getattr(exc, name, None) for name in ("code", "type", "provider_error_code", "provider_error_type")]
    return {code for code in (*inner, *own) if isinstance(code, str)}


def _headers(exc: BaseException) -> Mapping[str, str]:
    found = getattr(exc, "headers", None) or getattr(getattr(exc, "response", None), "headers", None)
    return found if isinstance(found, Mapping) else {}


def _text_in(body: Mapping[object, object], names: tuple[str, ...]) -> str | None:
    """The first text under `names` in a vendor's error object, which may be wrapped in `error` or `Error`."""
    for wrapper in ("error", "Error"):
        inner = body.get(wrapper)
        if isinstance(inner, Mapping):
            return _text_in(inner, names)
    return next((said for name in names if isinstance(said := body.get(name), str)), None)
