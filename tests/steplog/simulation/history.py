"""What happened in one schedule, in lines that a person can follow."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

_DECIDING = ("VersionId", "Range", "PartNumber", "CopySourceRange")


class Event(NamedTuple):
    """One request and what became of it, or a remark (then `request` is empty)."""

    actor: str
    call: str
    request: Mapping[str, Any]
    outcome: object


class History:
    """Events in order. They are put into words only when somebody wants to read them."""

    def __init__(self) -> None:
        self._events: list[Event] = []

    def note(self, actor: str, call: str, request: Mapping[str, Any], outcome: object) -> None:
        """Keep one event."""
        if isinstance(outcome, BaseException):
            # An error itself would keep the frames that it came through, and all that was in them.
            outcome = _became(outcome)
        self._events.append(Event(actor, call, request, outcome))

    def lines(self) -> list[str]:
        """Every event as a line."""
        return [
            f"{n:4} {event.actor:<10} {event.call:<26} {_asked(event):<40} -> {_became(event.outcome)}".rstrip()
            for n, event in enumerate(self._events)
        ]

    def digest(self) -> str:
        """A hash of all that happened: two runs of one seed have the same."""
        return hashlib.sha256("\n".join(self.lines()).encode()).hexdigest()


def _asked(event: Event) -> str:
    request = event.request
    if "UpdateExpression" in request:
        values = request.get("ExpressionAttributeValues", {})
        brief = {name: _brief(value) for name, value in values.items()}
        aliases = request.get("ExpressionAttributeNames", {})
        return f"{request['UpdateExpression']} IF {request.get('ConditionExpression', '')} {brief} {aliases or ''}"
    if "Key" not in request or isinstance(request["Key"], dict):
        return ""
    more = [f"{name}={request[name]}" for name in _DECIDING if name in request]
    if "Body" in request:
        more.append(f"{len(request['Body'])} bytes")
    return " ".join([str(request["Key"]), *more])


def _brief(value: Mapping[str, Any]) -> str:
    text = next(iter(value.values()))
    return str(text) if len(str(text)) <= 60 else f"{str(text)[:57]}..."


def _became(outcome: object) -> str:
    if isinstance(outcome, BaseException):
        return f"{type(outcome).__name__}: {outcome}"[:200]
    if not isinstance(outcome, dict):
        return str(outcome)
    if "Attributes" in outcome:
        numbers = {name: value["N"] for name, value in outcome["Attributes"].items() if "N" in value}
        return f"ok {numbers}"
    if "Item" in outcome:
        numbers = {name: value["N"] for name, value in outcome["Item"].items() if "N" in value}
        return f"item {numbers}"
    return " ".join(["ok", *(f"{name}={outcome[name]}" for name in ("VersionId", "ContentLength") if name in outcome)])
