"""One CloudFormation stack: what state it is in, how it is changed, and what went wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from leadmagnet.deploy.errors import StackFailed, StackStuck, code_of, explained, message_of
from leadmagnet.deploy.stack_events import StackEvents

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

#: Asked often enough to show what happens, and seldom enough for CloudFormation's own limits.
_POLL_S = 2.0
_EMBEDDED_POLL_S = 0.1
_CAPABILITIES: Any = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
#: How a change set without changes ends.
_NOTHING = ("didn't contain changes", "No updates are to be performed", "did not contain changes")


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


class Stack:
    """The stack of that name."""

    def __init__(
        self, *, cloudformation: CloudFormationClient, name: str, embedded: bool, tell: Callable[[str], None]
    ) -> None:
        """`tell` gets a line for each resource that changes."""
        self._cloudformation = cloudformation
        self.name = name
        self._poll_s = _EMBEDDED_POLL_S if embedded else _POLL_S
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

    def ready_state(self) -> StackState | None:
        """The stack as it is; StackStuck if it cannot be changed as it is."""
        state = self.state()
        if state is not None and not state.is_new:
            must_be_changeable(self.name, state.status)
        return state

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
        state = self.ready_state()
        is_new = state is None or state.is_new
        kind: Literal["CREATE", "IMPORT", "UPDATE"] = "IMPORT" if imports else "CREATE" if is_new else "UPDATE"
        change_set = f"leadmagnet-{time.time_ns()}"
        request: dict[str, Any] = {"ResourcesToImport": list(imports)} if imports else {}
        with explained("Planning the change of the stack"):
            self._cloudformation.create_change_set(
                StackName=self.name,
                ChangeSetName=change_set,
                ChangeSetType=kind,
                TemplateURL=template_url,
                Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
                Capabilities=_CAPABILITIES,
                **request,
            )
            if not self._has_changes(change_set, is_new=is_new):
                return False
            events = StackEvents(cloudformation=self._cloudformation, stack=self.name)
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

    def _has_changes(self, change_set: str, *, is_new: bool) -> bool:
        while True:
            found = self._cloudformation.describe_change_set(StackName=self.name, ChangeSetName=change_set)
            status, reason = found["Status"], found.get("StatusReason", "")
            if status == "CREATE_COMPLETE":
                return True
            if status == "FAILED":
                self._discard(change_set, is_new=is_new)
                if any(words in reason for words in _NOTHING):
                    return False
                raise StackFailed(
                    f"CloudFormation does not take the template: {reason or 'it gives no reason'}. "
                    "Put template.yaml or the parameters right and deploy again; nothing was changed."
                )
            time.sleep(self._poll_s)

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
                f"CloudFormation could not make the change and went back ({status}). Put right what failed and deploy "
                f"again:\n{events.failures()}",
                stack=self.name,
                status=status,
            )

    def _show(self, events: StackEvents) -> None:
        with explained("Following the stack"):
            for line in events.news():
                self._tell(line)


def must_stand_still(name: str, status: str) -> None:
    """StackStuck if the stack is being changed."""
    if status.endswith("_IN_PROGRESS"):
        raise StackStuck(
            f"The stack {name} is being changed by somebody else ({status}). Wait until that has ended, then try "
            f"again; aws cloudformation cancel-update-stack --stack-name {name} breaks an update off."
        )


def must_be_changeable(name: str, status: str) -> None:
    """StackStuck, saying how to go on, if no change can be made to a stack in that status."""
    must_stand_still(name, status)
    if status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "IMPORT_ROLLBACK_FAILED"):
        raise StackStuck(
            f"The stack {name} is in {status}: its first deployment failed, or its deletion. Remove what is left of it "
            "with: leadmagnet destroy (tables and bucket stay), then deploy again."
        )
    if status == "UPDATE_ROLLBACK_FAILED":
        raise StackStuck(
            f"The stack {name} could not go back after a failed update ({status}). Put right what its events name and "
            f"finish it with: aws cloudformation continue-update-rollback --stack-name {name}"
        )
