"""CloudFormation's client as far as one stack asks it, answering from lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from leadmagnet.deploy.commands import Commands
from leadmagnet.deploy.stack import Stack


def refusal(message: str, code: str = "ValidationError") -> ClientError:
    """What boto3 raises."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "CreateChangeSet")


class Client:
    """One stack that goes through `statuses`, with these events and this change set."""

    def __init__(
        self,
        *,
        statuses: Sequence[str] = ("UPDATE_COMPLETE",),
        events: Sequence[Mapping[str, Any]] = (),
        changes: Sequence[str] = (),
        refused: ClientError | None = None,
        resources: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self._statuses = list(statuses)
        #: Oldest first; those that are there before a change, and those that it makes.
        self.past: list[Mapping[str, Any]] = []
        self.events = list(events)
        self._changes = changes
        self._refused = refused
        self._resources = resources
        self.pages_read = 0
        self._executed = False

    def describe_stacks(self, **_: object) -> dict[str, Any]:
        status = self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]
        return {"Stacks": [{"StackStatus": status}]}

    def create_change_set(self, **_: object) -> None:
        if self._refused is not None:
            raise self._refused

    def describe_change_set(self, **_: object) -> dict[str, Any]:
        return {"Status": "CREATE_COMPLETE"}

    def execute_change_set(self, **_: object) -> None:
        self._executed = True

    def get_paginator(self, operation: str) -> Client:
        self._operation = operation
        return self

    def paginate(self, **_: object) -> Iterator[dict[str, Any]]:
        if self._operation == "describe_change_set":
            yield {"Changes": [{"ResourceChange": {"LogicalResourceId": name}} for name in self._changes]}
            return
        if self._operation == "list_stack_resources":
            yield from ({"StackResourceSummaries": [each]} for each in self._resources)
            return
        newest_first = [*self.past, *(self.events if self._executed else [])][::-1]
        for start in range(0, len(newest_first), 100):
            self.pages_read += 1
            if self._refused is not None:
                raise self._refused
            yield {"StackEvents": newest_first[start : start + 100]}


def event(number: int, name: str, status: str = "UPDATE_COMPLETE") -> dict[str, Any]:
    """An event of a resource."""
    return {"EventId": str(number), "LogicalResourceId": name, "ResourceStatus": status}


def stack(client: Any, said: list[str] | None = None, *, options: str = "") -> Stack:  # noqa: ANN401 (a fake)
    """The stack that the client knows."""
    tell = (lambda _: None) if said is None else said.append
    return Stack(cloudformation=client, name="leadmagnet", embedded=True, commands=Commands(options=options), tell=tell)
