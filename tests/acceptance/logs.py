"""What the deployed functions logged."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from tests.acceptance.recording import Recorder
from tests.acceptance.stack import Stack

#: CloudWatch shows a line some seconds after it was written; nothing more is expected after a minute.
_PATIENCE_S = 90
_POLL_S = 0.5

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """The log groups of one stack."""

    stack: Stack
    recorder: Recorder
    #: Milliseconds since 1970; what was logged before is somebody else's.
    since_ms: int

    def matching(self, function: str, text: str) -> list[str]:
        """The messages of that function since the run began which hold `text`."""
        began, group, pattern = time.perf_counter(), self.stack.log_group(function), json.dumps(text)
        pages = (
            self.stack.logs()
            .get_paginator("filter_log_events")
            .paginate(logGroupName=group, startTime=self.since_ms, filterPattern=pattern)
        )
        found = [event["message"] for page in pages for event in page["events"]]
        asked = f"CloudWatch Logs FilterLogEvents {group} {pattern}"
        self.recorder.add("request", asked, "\n".join(found) or "nothing", since=began)
        # The engine's filter takes the words one by one, in any case.
        return [message for message in found if text in message]

    def errors(self, function: str) -> list[dict[str, Any]]:
        """The lines of level ERROR or CRITICAL."""
        lines = [parsed(message) for level in ("ERROR", "CRITICAL") for message in self.matching(function, level)]
        return [line for line in lines if line.get("level") in ("ERROR", "CRITICAL")]


def parsed(message: str) -> dict[str, Any]:
    """A structured log line; a line that is none as its message alone."""
    try:
        line = json.loads(message)
    except ValueError:
        return {"message": message, "level": "ERROR" if "Traceback" in message else ""}
    return line if isinstance(line, dict) else {"message": message}


def eventually(look: Callable[[], Found | None], *, what: str) -> Found:
    """What `look` finds, as soon as it does; AssertionError if that is never."""
    deadline = time.monotonic() + _PATIENCE_S
    while (found := look()) is None:
        assert time.monotonic() < deadline, f"{what} did not come within {_PATIENCE_S} s"
        time.sleep(_POLL_S)
    return found
