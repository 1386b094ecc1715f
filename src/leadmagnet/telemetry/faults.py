"""An exception as a log line may show it: its kind and its stack, and nothing of what it says.

The message of an exception may quote what it met: pydantic quotes the input that it refuses, a JSON decoder the text, a
model's client the request. So of a message nothing is shown but what AWS, or this code, gives as a code.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from types import TracebackType

from botocore.exceptions import ClientError

from leadmagnet.domain.errors import LeadmagnetError

#: `sys.exc_info()`, as a log record carries it.
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

#: Innermost calls of one stack, and exceptions of one chain, that are shown.
_MOST_FRAMES = 40
_MOST_CAUSES = 8

#: What a line says of one exception.
Fault = dict[str, object]


def faults_of(info: ExcInfo | None) -> list[Fault]:
    """The exception of a record, then what caused it, and so on; empty if the record has none."""
    error = info[1] if info else None
    found: list[Fault] = []
    while error is not None and len(found) < _MOST_CAUSES:
        found.append(_fault(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found


def _fault(error: BaseException) -> Fault:
    kind = type(error)
    fault: Fault = {"type": f"{kind.__module__}.{kind.__qualname__}", **_code(error)}
    if isinstance(error, BaseExceptionGroup):
        fault["of"] = [_fault(inner) for inner in error.exceptions[:_MOST_CAUSES]]
    frames = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
    return fault | {"stack": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]}


def _code(error: BaseException) -> Mapping[str, object]:
    """What the error is called by whoever raised it."""
    if isinstance(error, LeadmagnetError):
        return {"code": error.code}
    if isinstance(error, ClientError):
        return {"code": error.response.get("Error", {}).get("Code", ""), "operation": error.operation_name}
    if isinstance(error, OSError) and error.errno is not None:
        return {"code": error.errno}
    return {}
