"""Which states of a stack let it be changed, and which let traffic be taken back."""

from __future__ import annotations

import pytest

from leadmagnet.deploy.errors import StackStuck
from leadmagnet.deploy.stack import must_be_changeable, must_stand_still


@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"])
def test_nobody_interferes_with_a_change_under_way(status: str) -> None:
    with pytest.raises(StackStuck, match="being changed"):
        must_be_changeable("leadmagnet", status)
    with pytest.raises(StackStuck, match="cancel-update-stack"):
        must_stand_still("leadmagnet", status)


def test_a_stack_that_could_not_go_back_takes_no_change_but_its_traffic_can_be_taken_back() -> None:
    with pytest.raises(StackStuck, match="continue-update-rollback"):
        must_be_changeable("leadmagnet", "UPDATE_ROLLBACK_FAILED")
    must_stand_still("leadmagnet", "UPDATE_ROLLBACK_FAILED")


@pytest.mark.parametrize(
    "status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"]
)
def test_a_stack_at_rest_can_be_changed(status: str) -> None:
    must_be_changeable("leadmagnet", status)
