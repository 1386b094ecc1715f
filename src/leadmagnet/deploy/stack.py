"""One CloudFormation stack: what state it is in, how it is changed, and what went wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from leadmagnet.deploy.commands import Commands
from leadmagnet.deploy.errors import StackFailed, code_of, explained, message_of
from leadmagnet.deploy.stack_events import StackEvents
from leadmagnet.deploy.stack_status import destroy_first, must_be_changeable

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

#: Asked often enough to show what happens, and seldom enough for CloudFormation's own limits.
_POLL_S = 2.0
_EMBEDDED_POLL_S = 0.1
_CAPABILITIES: Any = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
#: How a change set without changes ends.
_NOTHING = ("didn't contain changes", "No updates are to be performed", "did not contain changes")
_VERSION = "AWS::Lambda::Version"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackState:
    """A stack as it is."""

    status: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]

    @property
    def is_new(self) -> bool:
        """Whether there is nothing in it yet."""
        return self.status == "REVIEW_IN_PROGRESS"

    @property
    def shifts_by_codedeploy(self) -> bool:
        """Whether a change of it may wait for a canary."""
        return self.parameters.get("Canary") == "true"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackResource:
    """A resource that a stack has, or had when it was given up."""

    logical: str
    type: str
    #: What the service calls it; empty if it was never made.
    physical: str
    #: As CloudFormation names it.
    status: str = "CREATE_COMPLETE"


class Stack:
    """The stack of that name."""

    def __init__(
        self,
        *,
        cloudformation: CloudFormationClient,
        name: str,
        embedded: bool,
        commands: Commands,
        tell: Callable[[str], None],
    ) -> None:
        """`tell` gets a line for each resource that changes."""
        self._cloudformation = cloudformation
        self.name = name
        self._poll_s = _EMBEDDED_POLL_S if embedded else _POLL_S
        self._commands = commands
        self._tell = tell

    def state(self) -> StackState | None:
        """The stack as it is; None if there is none."""
        with explained("Looking for the stack"):
            try:
                found = self._cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
            except ClientError as error:
                if code_of(error) == "ValidationError" and "does not exist" in message_of(error):
                    return None
                raise
        return StackState(
            status=found["StackStatus"],
            parameters={each["ParameterKey"]: each["ParameterValue"] for each in found.get("Parameters", [])},
            outputs={each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])},
        )

    def resources(self) -> list[StackResource]:
        """What is in the stack."""
        pages = self._cloudformation.get_paginator("list_stack_resources")
        with explained("Looking what is in the stack"):
            return [
                StackResource(
                    logical=each["LogicalResourceId"],
                    type=each["ResourceType"],
                    physical=each.get("PhysicalResourceId", ""),
                    status=each["ResourceStatus"],
                )
                for page in pages.paginate(StackName=self.name)
                for each in page["StackResourceSummaries"]
            ]

    def release_marks(self, functions: Sequence[str]) -> dict[str, str]:
        """What tells the version that the stack published last of each of these functions (logical names).

        SAM names a version's resource by the function and the first ten characters of its mark: a template with the
        same mark publishes nothing.
        """
        # A version that another took the place of leaves the stack, but stays in Lambda (DELETE_SKIPPED).
        versions = [
            each.logical for each in self.resources() if each.type == _VERSION and not each.status.startswith("DELETE_")
        ]
        return {
            function: version.removeprefix(f"{function}Version")
            for function in functions
            for version in versions
            if version.startswith(f"{function}Version")
        }

    def change(
        self,
        template_url: str,
        parameters: Mapping[str, str],
        *,
        imports: Sequence[Mapping[str, Any]] = (),
    ) -> bool:
        """Whether anything was changed to be as the template says; waits until it is.

        Parameters that are not given take the template's defaults. StackFailed if CloudFormation went back.
        """
        state = self.state()
        is_new = state is None or state.is_new
        if state is not None and not state.is_new:
            must_be_changeable(self.name, state.status, self._commands)
        kind: Literal["CREATE", "IMPORT", "UPDATE"] = "IMPORT" if imports else "CREATE" if is_new else "UPDATE"
        change_set = f"leadmagnet-{time.time_ns()}"
        request: dict[str, Any] = {"ResourcesToImport": list(imports)} if imports else {}
        with explained("Planning the change of the stack"):
            self._create_change_set(
                StackName=self.name,
                ChangeSetName=change_set,
                ChangeSetType=kind,
                TemplateURL=template_url,
                Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
                Capabilities=_CAPABILITIES,
                **request,
            )
            changed = self._changed(change_set, is_new=is_new)
            if not changed:
                return False
            events = StackEvents(cloudformation=self._cloudformation, stack=self.name, of=changed)
            events.skip()
            self._cloudformation.execute_change_set(StackName=self.name, ChangeSetName=change_set)
        self._wait(events)
        return True

    def delete(self) -> None:
        """Delete the stack and wait until it is gone; what it retains stays."""
        events = StackEvents(cloudformation=self._cloudformation, stack=self.name)
        with explained("Deleting the stack"):
            events.skip()
            self._cloudformation.delete_stack(StackName=self.name)
        while (state := self.state()) is not None:
            self._show(events)
            if state.status == "DELETE_FAILED":
                raise StackFailed(f"The stack {self.name} could not be deleted.\n{events.failures()}")
            if state.status == "DELETE_COMPLETE":
                return
            time.sleep(self._poll_s)

    def _create_change_set(self, **request: Any) -> None:  # noqa: ANN401 (CloudFormation's own words)
        try:
            self._cloudformation.create_change_set(**request)
        except ClientError as error:
            if code_of(error) == "ValidationError":
                raise _not_taken(message_of(error)) from error
            raise

    def _changed(self, change_set: str, *, is_new: bool) -> set[str]:
        """The logical names of what the change set changes; none if there is nothing to do."""
        while True:
            found = self._cloudformation.describe_change_set(StackName=self.name, ChangeSetName=change_set)
            status, reason = found["Status"], found.get("StatusReason", "")
            if status == "CREATE_COMPLETE":
                break
            if status == "FAILED":
                self._discard(change_set, is_new=is_new)
                if any(words in reason for words in _NOTHING):
                    return set()
                raise _not_taken(reason)
            time.sleep(self._poll_s)
        pages = self._cloudformation.get_paginator("describe_change_set")
        changes = [
            change["ResourceChange"]["LogicalResourceId"]
            for page in pages.paginate(StackName=self.name, ChangeSetName=change_set)
            for change in page["Changes"]
        ]
        return {self.name, *changes}

    def _discard(self, change_set: str, *, is_new: bool) -> None:
        self._cloudformation.delete_change_set(StackName=self.name, ChangeSetName=change_set)
        if is_new:
            # An empty stack that only ever was under review is nobody's use.
            self._cloudformation.delete_stack(StackName=self.name)

    def _wait(self, events: StackEvents) -> None:
        while True:
            state = self.state()
            self._show(events)
            status = "DELETE_COMPLETE" if state is None else state.status
            if not status.endswith("_IN_PROGRESS"):
                break
            time.sleep(self._poll_s)
        if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"):
            raise StackFailed(
                f"CloudFormation could not make the change and went back ({status}). Put right what failed"
                f"{destroy_first(status, self._commands)}, then deploy again:\n{events.failures()}",
                stack=self.name,
                status=status,
            )

    def _show(self, events: StackEvents) -> None:
        for line in events.news():
            self._tell(line)


def _not_taken(reason: str) -> StackFailed:
    return StackFailed(
        f"CloudFormation does not take the template: {reason or 'it gives no reason'}. "
        "Put template.yaml or the parameters right and deploy again; this changed nothing."
    )
