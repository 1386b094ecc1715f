"""What CloudFormation says of each resource while it changes a stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef

#: Not reasons: what was stopped because something else had failed.
_FOLLOWING = ("Resource creation cancelled", "Resource update cancelled", "Resource deletion cancelled")
_MOST_FAILURES = 5


class StackEvents:
    """The events of one stack from a moment on."""

    def __init__(self, *, cloudformation: CloudFormationClient, stack: str) -> None:
        self._cloudformation = cloudformation
        self._stack = stack
        self._seen: set[str] = set()
        self._failed: list[str] = []

    def skip(self) -> None:
        """Pass over what has happened so far."""
        self._seen.update(event["EventId"] for event in self._events())

    def news(self) -> list[str]:
        """A line for each event since the last call, oldest first."""
        fresh = [event for event in reversed(self._events()) if event["EventId"] not in self._seen]
        self._seen.update(event["EventId"] for event in fresh)
        self._failed += [_line(event) for event in fresh if _is_a_reason(event)]
        return [_line(event) for event in fresh]

    def failures(self) -> str:
        """What failed, a line each."""
        lines = self._failed[:_MOST_FAILURES] or ["CloudFormation's events name no reason."]
        return "\n".join(f"  {line}" for line in lines)

    def _events(self) -> list[StackEventTypeDef]:
        try:
            return list(self._cloudformation.describe_stack_events(StackName=self._stack)["StackEvents"])
        except ClientError:
            # A stack that is gone has no events under its name any more.
            return []


def _is_a_reason(event: StackEventTypeDef) -> bool:
    reason = event.get("ResourceStatusReason", "")
    return event.get("ResourceStatus", "").endswith("_FAILED") and not reason.startswith(_FOLLOWING)


def _line(event: StackEventTypeDef) -> str:
    reason = event.get("ResourceStatusReason", "")
    status = event.get("ResourceStatus", "").lower().replace("_", " ")
    name = event.get("LogicalResourceId", "")
    return f"{name}: {status}" + (f" ({reason})" if reason and status.endswith("failed") else "")
