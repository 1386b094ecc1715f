"""Which states of a stack let it be changed, and how it is brought out of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadmagnet.deploy.commands import Commands
from leadmagnet.deploy.errors import StackStuck

if TYPE_CHECKING:
    from leadmagnet.deploy.stack import StackState

#: What a first deployment, an import or a deletion that failed leaves: CloudFormation takes no change there any more.
_ENDED = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "IMPORT_ROLLBACK_FAILED"})
#: Where a stack ends that was to take up data and could not: it is there, and has nothing.
_EMPTY = frozenset({"IMPORT_ROLLBACK_COMPLETE"})


def must_stand_still(name: str, state: StackState) -> None:
    """StackStuck, saying how to end it, if the stack is being changed."""
    if not state.status.endswith("_IN_PROGRESS"):
        return
    end = f"aws cloudformation cancel-update-stack --stack-name {name} breaks an update off."
    if state.shifts_by_codedeploy:
        end = (
            "If that is a canary, stop it, which gives the traffic back to what served before: aws deploy "
            "stop-deployment --deployment-id ID --auto-rollback-enabled; the ID is one of those that aws deploy "
            "list-deployments --include-only-statuses InProgress names."
        )
    raise StackStuck(
        f"The stack {name} is being changed ({state.status}). Wait until that has ended, then try again. {end}"
    )


def must_be_changeable(name: str, status: str, commands: Commands) -> None:
    """StackStuck, saying how to go on, if no change can be made to a stack in that status."""
    if status.endswith("_IN_PROGRESS"):
        raise StackStuck(f"The stack {name} is being changed ({status}). Wait until that has ended, then try again.")
    if status in _ENDED:
        raise StackStuck(
            f"The stack {name} is in {status}: its first deployment failed, or its deletion. Remove what is left of it "
            f"with: {commands('destroy')} (tables and bucket stay), then deploy again."
        )
    if status == "UPDATE_ROLLBACK_FAILED":
        raise StackStuck(
            f"The stack {name} could not go back after a failed update ({status}). Put right what its events name and "
            f"finish it with: aws cloudformation continue-update-rollback --stack-name {name}"
        )


def destroy_first(status: str, commands: Commands) -> str:
    """What a message inserts if the stack has to go before anything can be deployed again."""
    return f", remove what is left with: {commands('destroy')}" if status in _ENDED | _EMPTY else ""
