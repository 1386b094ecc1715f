"""Which states of a stack let it be changed, and which let traffic be taken back."""

from __future__ import annotations

import pytest

from leadmagnet.deploy.commands import Commands
from leadmagnet.deploy.errors import StackStuck
from leadmagnet.deploy.stack import StackState
from leadmagnet.deploy.stack_status import must_be_changeable, must_stand_still

COMMANDS = Commands(options=" --environment staging --embedded")


def state(status: str, **parameters: str) -> StackState:
    return StackState(status=status, parameters=parameters, outputs={})


@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"])
def test_nobody_interferes_with_a_change_under_way(status: str) -> None:
    with pytest.raises(StackStuck, match="being changed"):
        must_be_changeable("leadmagnet", status, COMMANDS)
    with pytest.raises(StackStuck, match="cancel-update-stack --stack-name leadmagnet"):
        must_stand_still("leadmagnet", state(status))


def test_a_canary_is_stopped_by_codedeploy_which_gives_the_traffic_back() -> None:
    with pytest.raises(StackStuck, match="aws deploy stop-deployment --deployment-id") as caught:
        must_stand_still("leadmagnet", state("UPDATE_IN_PROGRESS", Canary="true"))

    assert "cancel-update-stack" not in caught.value.message


def test_a_stack_that_could_not_go_back_takes_no_change_but_its_traffic_can_be_taken_back() -> None:
    with pytest.raises(StackStuck, match="continue-update-rollback --stack-name leadmagnet"):
        must_be_changeable("leadmagnet", "UPDATE_ROLLBACK_FAILED", COMMANDS)
    must_stand_still("leadmagnet", state("UPDATE_ROLLBACK_FAILED"))


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "IMPORT_ROLLBACK_FAILED"])
def test_what_must_go_before_anything_can_be_deployed_names_the_command_as_it_is_typed(status: str) -> None:
    with pytest.raises(StackStuck, match="leadmagnet destroy --environment staging --embedded "):
        must_be_changeable("leadmagnet", status, COMMANDS)


@pytest.mark.parametrize(
    "status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"]
)
def test_a_stack_at_rest_can_be_changed(status: str) -> None:
    must_be_changeable("leadmagnet", status, COMMANDS)
