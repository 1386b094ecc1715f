"""Back to a version that served before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from leadmagnet.deploy.deployment import Deployment
from leadmagnet.deploy.errors import CheckFailed, DeployFailed
from leadmagnet.deploy.functions import Version, must_pass
from leadmagnet.deploy.names import SERVING
from leadmagnet.deploy.stack_status import must_stand_still


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The versions that serve and those that will, by `api`, `worker` and `sweeper`."""

    before: Mapping[str, Version]
    after: Mapping[str, Version]

    @property
    def is_needed(self) -> bool:
        """Whether anything has to move."""
        return any(self.before[role].number != self.after[role].number for role in SERVING)


def plan_rollback(deployment: Deployment, *, to: str | None) -> Move:
    """The move to version `to`, or to the one before the newest; DeployFailed if there is none such.

    What was rolled back already stays where it is: asking again does not go further back. NameTaken or StackStuck if
    the stack is somebody else's, or is being changed.
    """
    functions = deployment.functions
    state = deployment.state()
    if state is None or not functions.are_there():
        raise DeployFailed(
            f"Nothing is deployed here, so there is nothing to take back. Deploy with: {deployment.commands('deploy')}"
        )
    # Whatever else is wrong with the stack: functions that serve can be taken back.
    must_stand_still(deployment.names.stack, state)
    published, before = functions.published(), functions.live()
    return Move(
        before=before,
        after={role: _target(role, published[role], before[role], to) for role in SERVING},
    )


def roll_back(deployment: Deployment, move: Move, *, tell: Callable[[str], None]) -> None:
    """Make the move and check what serves then; CheckFailed if that does not work either.

    It moves first and checks afterwards: whoever goes back knows that what serves is bad, and the check itself may
    be what is broken.
    """
    deployment.functions.move({role: version.number for role, version in move.after.items()})
    tell("Checking what serves now")
    # The check is part of the package: the one of the bad release may be bad too.
    deployment.put_check(move.after["api"].sha256)
    verdicts = deployment.functions.check({role: version.number for role, version in move.after.items()})
    try:
        must_pass(verdicts, so="Go to another version with --to.")
    except CheckFailed as error:
        raise CheckFailed(f"The traffic was moved, but what serves now was checked too. {error.message}") from error


def _target(role: str, published: Sequence[Version], live: Version, to: str | None) -> Version:
    numbers = ", ".join(version.number for version in published)
    if to is not None:
        for version in published:
            if version.number == to:
                return version
        raise DeployFailed(f"The {role} function has no version {to}; it has {numbers}. Name one with --to.")
    earlier = [version for version in published if int(version.number) < int(live.number)]
    if published and live.number != published[-1].number:
        return live
    if not earlier:
        raise DeployFailed(
            f"There is no version before {live.number} of the {role} function to go back to: this is the first "
            "deployment. Put the code right and deploy again."
        )
    return earlier[-1]
