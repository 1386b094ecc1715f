"""Every alarm is forced once, in a real engine that CloudFormation gave the template's own section to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.monitoring.deployed import ENVIRONMENT, Deployed, deployed
from tests.monitoring.section import ALARM, COMPOSITE, resources, template

TEMPLATE = template()
#: By logical id: the name that it has in production.
NAMES = {logical_id: str(alarm["AlarmName"]) for logical_id, alarm in resources(TEMPLATE, ALARM).items()}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    with deployed(tmp_path_factory.mktemp("watching")) as made:
        yield made


def here(name: str) -> str:
    return f"{name}-{ENVIRONMENT}"


def test_every_alarm_rings_for_its_own_metric_and_for_no_other_and_tells_the_topic(stack: Deployed) -> None:
    alarms = stack.alarms()
    assert alarms.keys() == {here(name) for name in NAMES.values()}

    for alarm in alarms.values():
        stack.force(alarm, metric=f"{alarm['MetricName']}Count")
    assert {alarm["StateValue"] for alarm in stack.alarms().values()} == {"INSUFFICIENT_DATA"}

    for name, alarm in alarms.items():
        stack.force(alarm)
        assert stack.state(name) == "ALARM", name
    assert stack.told() == alarms.keys()


def test_what_customers_notice_rings_when_one_of_its_alarms_does(stack: Deployed) -> None:
    [composite] = resources(TEMPLATE, COMPOSITE).values()
    rule = composite["AlarmRule"]
    for logical_id, name in NAMES.items():
        rule = rule.replace(f'"{logical_id}"', f'"{here(name)}"')
    named = [name for name in map(here, NAMES.values()) if f'"{name}"' in rule]
    assert len(named) == rule.count("ALARM(")

    for name in named:
        for each in named:
            stack.cloudwatch.set_alarm_state(AlarmName=each, StateValue="OK", StateReason="test")
        stack.cloudwatch.put_composite_alarm(AlarmName=f"impact-{name}", AlarmRule=rule)
        stack.cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
        found = stack.cloudwatch.describe_alarms(AlarmNames=[f"impact-{name}"], AlarmTypes=["CompositeAlarm"])
        assert [each["StateValue"] for each in found["CompositeAlarms"]] == ["ALARM"]


def test_installations_beside_each_other_do_not_hear_of_each_other(stack: Deployed) -> None:
    spaces = {alarm["Namespace"] for alarm in stack.alarms().values() if not alarm["Namespace"].startswith("AWS/")}
    assert spaces == {f"leadmagnet-{ENVIRONMENT}"}


def test_the_dashboard_is_there_with_its_names_filled_in(stack: Deployed) -> None:
    body = stack.cloudwatch.get_dashboard(DashboardName=f"leadmagnet-{ENVIRONMENT}")["DashboardBody"]
    assert f'"leadmagnet-{ENVIRONMENT}", "JobFailed"' in body
    assert "${" not in body
