"""How far a settling has come, as a text that a later one goes on from."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: After the last item of a segment.
END = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlePosition:
    """The last job looked at in each segment of the table, and the jobs that have to be looked at once more."""

    table: str
    #: None for a segment that is not begun, END for one that is done.
    segments: tuple[str | None, ...]
    #: Jobs that were in flight, or could not be settled.
    again: tuple[str, ...] = ()

    def to_text(self) -> str:
        """The token."""
        content = {"table": self.table, "segments": self.segments, "again": self.again}
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()

    @classmethod
    def from_text(cls, text: str, *, table: str) -> SettlePosition:
        """What `to_text` wrote; ValueError if `text` is no such token, or of another table."""
        try:
            content = json.loads(base64.urlsafe_b64decode(text.encode()))
            found = cls(
                table=content["table"],
                segments=tuple(None if each is None else str(each) for each in content["segments"]),
                again=tuple(str(each) for each in content["again"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError("this is no position of a settling; start again without one") from error
        if found.table != table:
            raise ValueError(f"this position belongs to the table {found.table}, not {table}")
        if not found.segments:
            raise ValueError("this is no position of a settling; start again without one")
        return found


def start_key(after: str | None) -> Mapping[str, Any]:
    """Arguments of Scan that let it go on after that job."""
    return {} if after is None else {"ExclusiveStartKey": {"job_id": {"S": after}}}
