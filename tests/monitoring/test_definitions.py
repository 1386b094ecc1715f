"""Alarms, dashboard and saved queries look at what really exists; and the checks notice when one does not."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.monitoring.checks import problems
from tests.monitoring.section import ALARM, QUERY, dashboard_metrics, log_groups, resources, template, widgets
from tests.telemetry.log_calls import calls

from leadmagnet.telemetry.fields import FIELDS

TEMPLATE = template()
ALARMS = [name for name, each in TEMPLATE.resources.items() if each["Type"] == ALARM]
QUERIES = resources(TEMPLATE, QUERY)

Change = Callable[[dict[str, Any]], None]


def changed(name: str, change: Change) -> list[str]:
    """What is found after `change` to the properties of that resource."""
    made = copy.deepcopy(dict(TEMPLATE.resources))
    change(made[name]["Properties"])
    return problems(replace(TEMPLATE, resources=made))


def setting(name: str, value: object) -> Change:
    def change(properties: dict[str, Any]) -> None:
        properties[name] = value

    return change


def test_the_monitoring_of_the_template_has_no_problem() -> None:
    assert problems(TEMPLATE) == []


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_whose_metric_gets_another_name_is_found(name: str) -> None:
    known = TEMPLATE.resources[name]["Properties"]["MetricName"]
    found = changed(name, setting("MetricName", f"{known}Count"))
    assert any(name in each for each in found)


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_whose_dimensions_get_other_names_is_found(name: str) -> None:
    def rename(properties: dict[str, Any]) -> None:
        properties["Dimensions"][-1]["Name"] = "TopicName"

    assert changed(name, rename)


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_with_one_dimension_too_many_is_found(name: str) -> None:
    def add(properties: dict[str, Any]) -> None:
        properties["Dimensions"].append({"Name": "Tenant", "Value": "acme"})

    assert changed(name, add)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("Api5xxAlarm", setting("MetricName", "5XXError")),
        ("Api5xxAlarm", setting("Dimensions", [{"Name": "ApiName", "Value": "leadmagnet"}])),
        ("Api5xxAlarm", setting("Dimensions", [{"Name": "ApiId", "Value": {"Ref": "ApiFunction"}}])),
        ("Api5xxAlarm", setting("Namespace", "AWS/APIGateway")),
        ("Api5xxAlarm", setting("AlarmActions", [])),
        ("Api5xxAlarm", setting("OKActions", [])),
        ("Api5xxAlarm", setting("TreatMissingData", None)),
        ("Api5xxAlarm", setting("AlarmDescription", "Look at it.")),
        ("Api5xxAlarm", setting("Period", 90)),
        ("Api5xxAlarm", setting("EvaluationPeriods", 2_000)),
        ("Api5xxAlarm", setting("DatapointsToAlarm", 4)),
        ("Api5xxAlarm", setting("Period", 300)),
        ("ApiLatencyAlarm", setting("EvaluateLowSampleCountPercentile", "ignore")),
        ("ApiLatencyAlarm", setting("Statistic", "Average")),
        ("TableWriteErrorsAlarm", setting("Dimensions", [{"Name": "TableName", "Value": {"Ref": "JobsTable"}}])),
        ("DeadLettersAlarm", setting("Dimensions", [{"Name": "QueueName", "Value": {"Ref": "JobsQueue"}}])),
        ("MissingObjectsAlarm", setting("Dimensions", [{"Name": "service", "Value": "worker"}])),
        ("MissingObjectsAlarm", setting("Dimensions", [])),
        ("JobsTable", setting("GlobalSecondaryIndexes", [])),
        ("ArtifactsBucket", setting("MetricsConfigurations", [])),
        ("ApiFunction", setting("DeploymentPreference", {"Alarms": []})),
        ("AlarmsTopic", setting("KmsMasterKeyId", "alias/aws/sns")),
        ("AlarmsTopicPolicy", setting("PolicyDocument", {"Statement": []})),
        ("Dashboard", setting("DashboardBody", '{"widgets": []}')),
        ("CustomerImpactAlarm", setting("AlarmRule", 'ALARM("leadmagnet-gone")')),
        ("CustomerImpactAlarm", setting("AlarmActions", [])),
    ],
)
def test_a_mistake_is_found(name: str, change: Change) -> None:
    assert changed(name, change)


def test_the_dashboard_begins_with_what_the_test_plan_asks_for() -> None:
    titles = [widget["properties"]["title"] for widget in widgets(TEMPLATE)]
    assert titles[:4] == ["DynamoDB write throttles", "S3 request errors", "Lambda errors", "API 5xx"]


def test_the_widgets_lie_beside_each_other() -> None:
    cells = [
        (x, y)
        for widget in widgets(TEMPLATE)
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


def test_what_the_test_plan_measures_is_on_the_dashboard() -> None:
    shown = {(each.namespace, each.metric) for each in dashboard_metrics(TEMPLATE)}
    assert shown >= {
        ("leadmagnet", "JobDuration"),
        ("AWS/DynamoDB", "SuccessfulRequestLatency"),
        ("AWS/S3", "TotalRequestLatency"),
        ("AWS/ApiGateway", "Latency"),
    }


#: What a line has beside the facts of the code; what the access log of the API has; what CloudWatch adds.
FIELDS_OF_LINES = {"level", "message", "service", "exception_name", "exception", "function_request_id"} | {
    "function_version",
    "timestamp",
}
FIELDS_OF_REQUESTS = {"request_id", "time", "method", "path", "status", "bytes", "latency_ms", "error"}
WORDS = {
    *("fields", "filter", "sort", "limit", "stats", "by", "as", "asc", "desc", "and", "or", "in", "like", "bin", "m"),
    *("count", "latest", "pct", "max", "avg", "sum"),
}


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_a_saved_query_asks_for_fields_that_lines_have(name: str) -> None:
    text = re.sub(r'"[^"]*"|/[^/\n]*/', "", QUERIES[name]["QueryString"])
    made = set(re.findall(r"\bas (\w+)", text))
    used = set(re.findall(r"(?<![.\w@])[a-z]\w*", text)) - made - WORDS
    known = FIELDS_OF_REQUESTS if QUERIES[name]["LogGroupNames"] == ["AccessLogs"] else FIELDS | FIELDS_OF_LINES
    assert used <= known


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_a_saved_query_looks_for_lines_that_are_written(name: str) -> None:
    text = QUERIES[name]["QueryString"]
    events = set(re.findall(r'"([a-z_]+)"', " ".join(re.findall(r"event (?:=|in) (\[[^]]*\]|\S+)", text))))
    messages = set(re.findall(r'message = "([^"]+)"', text))
    assert events <= {call.event for call in calls()}
    assert messages <= {call.message for call in calls()}
    assert set(QUERIES[name]["LogGroupNames"]) <= set(log_groups(TEMPLATE))


def test_the_log_patterns_of_the_test_plan_are_saved() -> None:
    asked = " ".join(query["QueryString"] for query in QUERIES.values())
    assert '"execution_steps stored in S3"' in asked
    assert '"Error loading execution_steps from S3"' in asked
