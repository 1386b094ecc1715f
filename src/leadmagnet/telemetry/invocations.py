"""Lets log lines name the invocation that they belong to."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from leadmagnet.telemetry.lines import JsonLines


class Context(Protocol):
    """What Lambda says of one invocation."""

    @property
    def aws_request_id(self) -> str:
        """The id that Lambda's own lines (START, END, REPORT) carry."""


Answer = TypeVar("Answer")


def invocations(handler: Callable[[Any, Any], Answer]) -> Callable[[Any, Context], Answer]:
    """`handler`, during whose calls every line has the invocation's id as `function_request_id`.

    An execution environment serves one invocation at a time, so this holds for the threads of a job too.
    """

    def invoked(event: Any, context: Context) -> Answer:  # noqa: ANN401 (JSON)
        for each in logging.getLogger().handlers:
            if isinstance(each.formatter, JsonLines):
                each.formatter.append_keys(function_request_id=context.aws_request_id)
        return handler(event, context)

    return invoked
