"""The outermost ring of a function: log lines name their invocation, and no fault goes up with what it says."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from leadmagnet.domain.errors import LeadmagnetError
from leadmagnet.telemetry.lines import JsonLines

logger = logging.getLogger(__name__)


class Context(Protocol):
    """What Lambda says of one invocation."""

    @property
    def aws_request_id(self) -> str:
        """The id that Lambda's own lines (START, END, REPORT) carry."""


class InvocationFailed(Exception):
    """Stands for an unexpected error, which Lambda's runtime would print with its message, whatever that quotes."""


Answer = TypeVar("Answer")


def invocations(handler: Callable[[Any, Any], Answer]) -> Callable[[Any, Context], Answer]:
    """`handler`, during whose calls every line has the invocation's id as `function_request_id`.

    An execution environment serves one invocation at a time, so this holds for the threads of a job too. An error of
    ours goes up as it is, since its message is written for people; any other is logged and goes up as its kind alone.
    """

    def invoked(event: Any, context: Context) -> Answer:  # noqa: ANN401 (JSON)
        for each in logging.getLogger().handlers:
            if isinstance(each.formatter, JsonLines):
                each.formatter.append_keys(function_request_id=context.aws_request_id)
        try:
            return handler(event, context)
        except LeadmagnetError as error:
            logger.exception("Invocation failed", extra={"event": "invocation_failed", "code": error.code})
            raise
        except Exception as error:
            logger.exception("Invocation failed", extra={"event": "invocation_failed"})
            kind = type(error).__name__
            raise InvocationFailed(f"{kind}; the line 'Invocation failed' in the log says where") from None

    return invoked
