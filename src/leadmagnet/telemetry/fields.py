"""Which facts may stand in a log line, and how long they may be.

A field that is not on the list is left out, whoever attached it: prompts, outputs, submissions, tokens and signed links
have no name here, and get none. What is on the list is a name, an id, a size, a count, a time or a kind of error.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping

#: What `extra=` may attach in this code base.
FIELDS = frozenset(
    {
        "all_ended", "attempt", "check", "code", "cost_usd", "delay_s", "duration_ms", "error", "event", "execution",
        "executions", "failed", "function", "issuer", "job_id", "key", "method", "model", "object_version", "objects",
        "ok", "owner", "paid_calls", "paid_calls_per_step", "path", "problems", "qualifier", "reason", "removed",
        "removed_bytes", "request_id", "size_bytes", "status", "step_id", "step_type", "steps", "tenant", "threads",
        "tokens", "workflow",
    }
)  # fmt: skip

#: Longer texts are cut: an id, a key of S3 and a path fit.
_MOST_CHARS = 500
#: What every record has, and what libraries of the standard attach.
_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

#: What a line holds under a field's name.
Fact = str | int | float | bool | None


def facts_of(record: logging.LogRecord) -> dict[str, Fact]:
    """The facts of `record` that may be shown."""
    return {name: _shown(value) for name, value in vars(record).items() if name in FIELDS}


def hidden_in(record: logging.LogRecord) -> list[str]:
    """The names of what `record` carries beside them; their values are shown to nobody."""
    return sorted(vars(record).keys() - FIELDS - _OF_EVERY_RECORD)


def as_number(facts: Mapping[str, Fact], name: str) -> float | None:
    """The fact as a number; None if it is none."""
    value = facts.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _shown(value: object) -> Fact:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, tuple) and all(isinstance(each, str) for each in value):
        value = ",".join(value)
    if not isinstance(value, str):
        # Whatever else it is may hold anything.
        return f"<{type(value).__name__}>"
    return value if len(value) <= _MOST_CHARS else value[:_MOST_CHARS] + "..."
