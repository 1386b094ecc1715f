"""Code and settings serve only after they were checked together, whatever breaks a deployment off."""

from __future__ import annotations

import pytest
from tests.deploy.cloud import NAMES, NEW, NEXT, OLD, Cloud, wish

from leadmagnet.deploy.data import Kept
from leadmagnet.deploy.errors import AwsRefused, StackStuck
from leadmagnet.deploy.names import ALIAS, SERVING
from leadmagnet.deploy.rollback import plan_rollback, roll_back
from leadmagnet.deploy.stack import StackState

CHANGED = {"WebhookHosts": "hooks.example", "PythonRuntime": "python3.12"}
BROKEN = (AwsRefused("AWS does not answer."), KeyboardInterrupt())


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


def break_off(cloud: Cloud, broken: BaseException) -> None:
    """A deployment of new code and settings that does not get through its check."""

    def check() -> None:
        raise broken

    cloud.functions.do_check = check
    with pytest.raises(type(broken)):
        cloud.deployment.deploy(wish(NEW, memory_mb=3008, **CHANGED))
    cloud.functions.do_check = lambda: None


def go_back(cloud: Cloud) -> None:
    roll_back(cloud.deployment, plan_rollback(cloud.deployment, to=None), tell=lambda _: None)


def test_new_code_and_new_settings_are_checked_together_before_they_serve(cloud: Cloud) -> None:
    before, seen = cloud.functions.serving(), []
    cloud.functions.do_check = lambda: seen.append((cloud.functions.serving(), dict(cloud.functions.latest)))

    done = cloud.deployment.deploy(wish(NEW, memory_mb=3008, **CHANGED))

    (during, checked) = seen[0]
    after = cloud.functions.serving()
    assert done.changed
    assert during is before
    assert after == checked["WorkerFunction"]
    assert (after.code, after.runtime, after.memory_mb) == (NEW, "python3.12", 3008)
    assert after.variables["LEADMAGNET_WEBHOOK_HOSTS"] == "hooks.example"


@pytest.mark.parametrize(
    ("code", "parameters", "memory_mb"),
    [(NEW, {}, 1769), (OLD, CHANGED, 1769), (OLD, {}, 3008), (NEW, CHANGED, 3008)],
    ids=["code", "settings", "memory", "everything"],
)
def test_a_deployment_publishes_one_version_and_nothing_that_was_not_checked(
    cloud: Cloud, code: str, parameters: dict[str, str], memory_mb: int
) -> None:
    cloud.functions.checked.clear()

    cloud.deployment.deploy(wish(code, memory_mb=memory_mb, **parameters))

    assert {len(cloud.functions.versions[name]) for name in SERVING.values()} == {2}
    assert set(cloud.functions.checked) == {"$LATEST"}


@pytest.mark.parametrize("broken", BROKEN)
def test_what_served_goes_on_serving_when_its_successor_was_not_checked_to_the_end(
    cloud: Cloud, broken: BaseException
) -> None:
    before = cloud.functions.serving()

    break_off(cloud, broken)

    assert cloud.functions.serving() is before
    assert len(cloud.functions.versions["WorkerFunction"]) == 1


@pytest.mark.parametrize("code", [OLD, NEXT], ids=["the old code again", "a cure"])
def test_what_a_broken_off_deployment_left_on_latest_is_never_published(cloud: Cloud, code: str) -> None:
    break_off(cloud, KeyboardInterrupt())

    cloud.deployment.deploy(wish(code))

    assert {version.code for version in cloud.functions.versions["WorkerFunction"]} <= {OLD, code}
    assert cloud.functions.serving().code == code
    assert {each.code for each in cloud.functions.latest.values()} == {code}


def test_a_rollback_brings_back_code_variables_and_memory_that_were_changed_together(cloud: Cloud) -> None:
    before = {name: cloud.functions.serving(name) for name in SERVING.values()}
    cloud.deployment.deploy(wish(NEW, memory_mb=3008, **CHANGED))

    go_back(cloud)

    assert {name: cloud.functions.serving(name) for name in SERVING.values()} == before


def test_after_a_rollback_cloudformation_knows_what_serves_before_anything_new_is_published(cloud: Cloud) -> None:
    before = cloud.functions.serving()
    cloud.deployment.deploy(wish(NEW, memory_mb=3008, **CHANGED))
    go_back(cloud)

    cloud.deployment.deploy(wish(NEXT, memory_mb=512, WebhookHosts="other.example"))
    first, bad, again, last = cloud.functions.versions["WorkerFunction"]

    # Had the last step failed, CloudFormation would have gone back to `again`, not to `bad`.
    assert first == before
    assert again == before
    assert bad.code == NEW
    assert (last.code, last.memory_mb) == (NEXT, 512)


def test_what_was_never_uploaded_from_here_is_left_as_it_serves_after_a_rollback(cloud: Cloud) -> None:
    cloud.deployment.deploy(wish(NEW))
    go_back(cloud)
    cloud.store.lacks.add(OLD)

    cloud.deployment.deploy(wish(NEXT))

    assert [version.code for version in cloud.functions.versions["WorkerFunction"]] == [OLD, NEW, NEXT]


def test_a_version_that_was_gone_back_from_serves_again_after_its_check_if_it_is_deployed_again(cloud: Cloud) -> None:
    cloud.deployment.deploy(wish(NEW))
    go_back(cloud)
    cloud.store.lacks.add(OLD)
    cloud.functions.checked.clear()

    again = cloud.deployment.deploy(wish(NEW))

    assert again.changed
    assert cloud.functions.checked == ["2"] * 3
    assert cloud.functions.serving().code == NEW


def test_the_check_of_a_rollback_gives_way_to_that_of_what_is_deployed(cloud: Cloud) -> None:
    cloud.deployment.put_check(NEW)

    cloud.deployment.deploy(wish(OLD))

    assert {each.code for each in cloud.functions.latest.values()} == {OLD}


def test_a_stack_that_took_up_its_data_and_got_no_further_gets_its_functions() -> None:
    assert set(Cloud().functions.checked) == {ALIAS}


def test_an_empty_stack_beside_data_that_it_was_to_take_up_has_to_go_first(cloud: Cloud) -> None:
    cloud.functions.latest.clear()
    cloud.stack.made = StackState(
        status="IMPORT_ROLLBACK_COMPLETE", parameters={"Environment": NAMES.environment}, outputs={}
    )
    table = Kept(logical="WorkflowsTable", type="AWS::DynamoDB::Table", name="leadmagnet-workflows-staging", ours=True)
    cloud.data.found.append(table)

    with pytest.raises(StackStuck, match="leadmagnet destroy --environment staging"):
        cloud.deployment.deploy(wish(NEW))


def test_deploying_what_is_deployed_changes_nothing(cloud: Cloud) -> None:
    cloud.functions.checked.clear()

    assert not cloud.deployment.deploy(wish(OLD)).changed
    assert cloud.functions.checked == []


@pytest.mark.parametrize(("taken_back", "expected"), [(False, ["true"]), (True, ["false", "true"])])
def test_codedeploy_goes_on_from_a_version_that_cloudformation_knows_to_serve(
    cloud: Cloud, taken_back: bool, expected: list[str]
) -> None:
    cloud.deployment.deploy(wish(NEW))
    if taken_back:
        go_back(cloud)
    cloud.stack.parameters_given.clear()

    cloud.deployment.deploy(wish(NEXT, Canary="true"))

    assert [given["Canary"] for given in cloud.stack.parameters_given] == expected
