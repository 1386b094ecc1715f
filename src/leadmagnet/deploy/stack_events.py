"""What CloudFormation says of each resource while it changes a stack."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from leadmagnet.deploy.errors import code_of, explained, message_of

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef

#: Not reasons: what was stopped because something else had failed.
_FOLLOWING = ("Resource creation cancelled", "Resource update cancelled", "Resource deletion cancelled")
_MOST_FAILURES = 5


class StackEvents:
    """The events of one stack from a moment on."""

    def __init__(self, *, cloudformation: CloudFormationClient, stack: str, of: Collection[str] | None = None) -> None:
        """`of`: the logical names of what changes; left out, everything.

        The embedded engine tells of every resource with each update, also of those that it leaves as they are.
        """
        self._cloudformation = cloudformation
        self._stack = stack
        self._of = of
        self._seen: set[str] = set()
        self._failed: list[str] = []

    def skip(self) -> None:
        """Pass over what has happened so far."""
        # The newest is enough: what is older is not asked for again.
        newest = next(self._unseen(), None)
        self._seen.update(() if newest is None else (newest["EventId"],))

    def news(self) -> list[str]:
        """A line for each event since the last call, oldest first."""
        fresh = list(self._unseen())[::-1]
        self._seen.update(event["EventId"] for event in fresh)
        self._failed += [_line(event) for event in fresh if _is_a_reason(event)]
        return [_line(event) for event in fresh if self._is_of_the_change(event)]

    def failures(self) -> str:
        """What failed, a line each."""
        lines = self._failed[:_MOST_FAILURES] or ["CloudFormation's events name no reason."]
        return "\n".join(f"  {line}" for line in lines)

    def _unseen(self) -> Iterator[StackEventTypeDef]:
        """The events that were not seen yet, newest first; none if the stack is gone, and its events with its name."""
        pages = self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=self._stack)
        with explained("Following the stack"):
            try:
                for page in pages:
                    for event in page["StackEvents"]:
                        if event["EventId"] in self._seen:
                            return
                        yield event
            except ClientError as error:
                if code_of(error) != "ValidationError" or "does not exist" not in message_of(error):
                    raise

    def _is_of_the_change(self, event: StackEventTypeDef) -> bool:
        return self._of is None or event.get("LogicalResourceId") in self._of or _is_a_reason(event)


def _is_a_reason(event: StackEventTypeDef) -> bool:
    reason = event.get("ResourceStatusReason", "")
    return event.get("ResourceStatus", "").endswith("_FAILED") and not reason.startswith(_FOLLOWING)


def _line(event: StackEventTypeDef) -> str:
    reason = event.get("ResourceStatusReason", "")
    status = event.get("ResourceStatus", "").lower().replace("_", " ")
    name = event.get("LogicalResourceId", "")
    return f"{name}: {status}" + (f" ({reason})" if reason and status.endswith("failed") else "")
