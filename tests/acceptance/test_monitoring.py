"""The plan's four metrics: an alarm on each that rings, and a widget that shows it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from tests.acceptance.recording import Recorder
from tests.acceptance.shell import Shell
from tests.acceptance.stack import Stack

CHAPTER = "CloudWatch Metrics to Monitor"


def dimensions_of(stack: Stack, metric: str) -> list[tuple[str, str, dict[str, str]]]:
    """Namespace, metric and dimensions under which AWS reports what the plan names."""
    table, functions = stack.jobs_table, ("ApiFunctionName", "WorkerFunctionName", "SweeperFunctionName")
    by_metric = {
        "DynamoDB write throttles": [
            ("AWS/DynamoDB", "WriteThrottleEvents", {"TableName": table}),
            ("AWS/DynamoDB", "WriteThrottleEvents", {"TableName": table, "GlobalSecondaryIndexName": "jobs_by_tenant"}),
        ],
        "S3 request errors": [
            ("AWS/S3", name, {"BucketName": stack.bucket, "FilterId": "EntireBucket"})
            for name in ("4xxErrors", "5xxErrors")
        ],
        "Lambda execution errors": [
            ("AWS/Lambda", "Errors", {"FunctionName": name, "Resource": f"{name}:live"})
            for name in (stack.outputs[function] for function in functions)
        ],
        "API 5xx errors": [("AWS/ApiGateway", "5xx", {"ApiId": stack.outputs["ApiId"]})],
    }
    return by_metric[metric]


METRICS = ("DynamoDB write throttles", "S3 request errors", "Lambda execution errors", "API 5xx errors")
EACH = [pytest.param(metric, marks=pytest.mark.shows(metric), id=metric) for metric in METRICS]


@pytest.fixture(scope="module")
def alarms(shell: Shell) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shell.must("aws cloudwatch describe-alarms --query MetricAlarms").json
    return found


@pytest.fixture(scope="module")
def drawn(stack: Stack, shell: Shell) -> list[list[str]]:
    """What the dashboard's widgets draw: namespace, metric, and dimensions by name and value."""
    body = shell.must(
        f"aws cloudwatch get-dashboard --dashboard-name {stack.name} --query DashboardBody --output text"
    ).json
    lines = [line for widget in body["widgets"] for line in widget["properties"].get("metrics", ())]
    return [[text for text in line if isinstance(text, str)] for line in lines]


@pytest.mark.parametrize("metric", EACH)
def test_each_metric_has_an_alarm_that_tells_somebody(metric: str, stack: Stack, alarms: list[dict[str, Any]]) -> None:
    for namespace, name, dimensions in dimensions_of(stack, metric):
        alarm = _alarm_on(alarms, namespace, name, dimensions)
        assert alarm["ActionsEnabled"]
        assert len(alarm["AlarmActions"]) == 1
        assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
        assert "docs/operations.md" in alarm["AlarmDescription"]


@pytest.mark.changes_stack
@pytest.mark.engine_only("AWS takes no data from us for its own metrics")
@pytest.mark.parametrize("metric", EACH)
def test_each_alarm_rings(metric: str, stack: Stack, recorder: Recorder, alarms: list[dict[str, Any]]) -> None:
    watched = dimensions_of(stack, metric)
    names = [_alarm_on(alarms, *each)["AlarmName"] for each in watched]
    assert "ALARM" not in _states(stack, recorder, names)

    for namespace, name, dimensions in watched:
        began = time.perf_counter()
        stack.cloudwatch().put_metric_data(
            Namespace=namespace,
            MetricData=[
                {
                    "MetricName": name,
                    "Value": 1.0,
                    "Dimensions": [{"Name": each, "Value": value} for each, value in dimensions.items()],
                }
            ],
        )
        recorder.add("request", f"CloudWatch PutMetricData {namespace} {name} {dimensions}: 1", since=began)

    assert set(_states(stack, recorder, names)) == {"ALARM"}


@pytest.mark.parametrize("metric", EACH)
def test_each_metric_has_a_widget(metric: str, stack: Stack, drawn: list[list[str]]) -> None:
    for namespace, name, dimensions in dimensions_of(stack, metric):
        # A widget adds up what all versions of a function did; an alarm is on what traffic goes to.
        shown = {each: value for each, value in dimensions.items() if each != "Resource"}
        assert [namespace, name, *(text for pair in shown.items() for text in pair)] in drawn


def _alarm_on(alarms: list[dict[str, Any]], namespace: str, name: str, dimensions: dict[str, str]) -> dict[str, Any]:
    """The one alarm on exactly that metric."""
    [found] = [
        alarm
        for alarm in alarms
        if (alarm.get("Namespace"), alarm.get("MetricName")) == (namespace, name)
        and {each["Name"]: each["Value"] for each in alarm["Dimensions"]} == dimensions
    ]
    return found


def _states(stack: Stack, recorder: Recorder, names: list[str]) -> list[str]:
    began = time.perf_counter()
    found = stack.cloudwatch().describe_alarms(AlarmNames=names)["MetricAlarms"]
    states = {alarm["AlarmName"]: str(alarm["StateValue"]) for alarm in found}
    recorder.add("request", f"CloudWatch DescribeAlarms {' '.join(names)}", str(states), since=began)
    return [states[name] for name in names]
