"""A stack of our name that is somebody else's is neither changed nor rolled back nor deleted."""

from __future__ import annotations

import pytest
from tests.deploy.cloud import NAMES, NEW, Cloud, wish

from leadmagnet.deploy.errors import NameTaken
from leadmagnet.deploy.ownership import must_be_ours
from leadmagnet.deploy.rollback import plan_rollback
from leadmagnet.deploy.stack import StackResource, StackState

QUEUE = StackResource(logical="Queue", type="AWS::SQS::Queue", physical="somebody-elses")
TABLE = StackResource(logical="JobsTable", type="AWS::DynamoDB::Table", physical="leadmagnet-jobs-staging")
FUNCTION = StackResource(logical="ApiFunction", type="AWS::Lambda::Function", physical="leadmagnet-api-handler-staging")


def state(**parameters: str) -> StackState:
    return StackState(status="CREATE_COMPLETE", parameters=parameters, outputs={})


@pytest.mark.parametrize(
    ("found", "resources"),
    [
        (state(), [QUEUE]),
        (state(Environment="staging"), [QUEUE]),
        (state(Environment="other"), [TABLE]),
        (state(), [TABLE, FUNCTION]),
        (state(Environment="staging"), [StackResource(logical="JobsTable", type="", physical="jobs")]),
    ],
    ids=["nothing of ours", "only the parameter", "another environment", "no parameter", "another table"],
)
def test_a_stack_without_what_ours_have_is_somebody_elses(found: StackState, resources: list[StackResource]) -> None:
    with pytest.raises(NameTaken, match="--environment NAME"):
        must_be_ours(NAMES, found, resources)


@pytest.mark.parametrize(
    "resources", [[QUEUE, TABLE], [FUNCTION], []], ids=["its data", "its functions", "a first deployment that failed"]
)
def test_a_stack_of_our_template_is_ours_whoever_deployed_it(resources: list[StackResource]) -> None:
    must_be_ours(NAMES, state(Environment="staging", RequireTls="true"), resources)


def test_neither_deployment_nor_rollback_begins_on_somebody_elses_stack() -> None:
    cloud = Cloud()
    cloud.stack.made, before = state(Environment="production"), dict(cloud.functions.latest)

    for attempt in (
        cloud.deployment.plan,
        cloud.deployment.state,
        lambda: cloud.deployment.deploy(wish(NEW)),
        lambda: plan_rollback(cloud.deployment, to=None),
    ):
        with pytest.raises(NameTaken):
            attempt()

    assert cloud.functions.latest == before
