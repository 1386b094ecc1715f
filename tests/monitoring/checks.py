"""What is wrong with the monitoring of a template: each finding is a sentence, and there should be none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.monitoring.aws_metrics import AWS_METRICS
from tests.monitoring.section import (
    ALARM,
    COMPOSITE,
    TOPIC,
    TOPIC_POLICY,
    Watched,
    alarm_metrics,
    resources,
    watched,
)

from leadmagnet.local.template import Template
from leadmagnet.telemetry.metrics import METRICS
from leadmagnet.telemetry.starting import NAMESPACE

#: Own metrics, each with the services that emit it.
OWN: Mapping[str, tuple[str, ...]] = {
    metric.name: metric.services for metrics in METRICS.values() for metric in metrics
}
#: CloudWatch looks back a day, and a week where a period is an hour or more.
_DAY_S, _WEEK_S, _HOUR_S = 86_400, 604_800, 3_600
#: CodeDeploy gives new code a tenth of the traffic for this long before it gives it all.
_CANARY_S = 300
#: Which kind of resource, and which of its attributes, the value of a dimension has to be.
_SOURCES = {
    "FunctionName": ("AWS::Serverless::Function", ""),
    "ApiId": ("AWS::ApiGatewayV2::Api", ""),
    "TableName": ("AWS::DynamoDB::Table", ""),
    "BucketName": ("AWS::S3::Bucket", ""),
    "QueueName": ("AWS::SQS::Queue", "QueueName"),
}


def problems(of: Template) -> list[str]:
    """Everything that is wrong."""
    return [
        *(f"{each.where}: {problem}" for each in watched(of) for problem in _metric_problems(each, of)),
        *_unseen(of),
        *(f"{name}: {problem}" for name, alarm in _alarms(of).items() for problem in _alarm_problems(alarm)),
        *_topic_problems(of),
        *_deployment_problems(of),
        *_composite_problems(of),
    ]


def _alarms(of: Template) -> dict[str, dict[str, Any]]:
    return resources(of, ALARM)


def _metric_problems(seen: Watched, of: Template) -> Iterator[str]:
    if seen.namespace == NAMESPACE:
        if seen.metric not in OWN:
            yield f"no line of ours has the metric {seen.metric}"
        elif seen.dimensions.keys() != {"service"} or seen.dimensions["service"] not in OWN[seen.metric]:
            yield f"{seen.metric} has the dimension service, with the value {' or '.join(OWN[seen.metric])}"
        return
    sets = AWS_METRICS.get(seen.namespace, {}).get(seen.metric)
    if sets is None:
        yield f"AWS has no metric {seen.namespace} {seen.metric}"
    elif frozenset(seen.dimensions) not in sets:
        yield f"{seen.metric} does not come with just the dimensions {sorted(seen.dimensions)}"
    yield from _value_problems(seen.dimensions, of)


def _value_problems(dimensions: Mapping[str, str], of: Template) -> Iterator[str]:
    for name, value in dimensions.items():
        owner, _, attribute = value.partition(".")
        if name in _SOURCES and (of.resources.get(owner, {}).get("Type"), attribute) != _SOURCES[name]:
            yield f"the value {value} is no {name}"
    if "Resource" in dimensions and dimensions["Resource"] != f"{dimensions['FunctionName']}:live":
        yield "Resource is not the alias live of the function"
    if "GlobalSecondaryIndexName" in dimensions:
        table = of.resources[dimensions["TableName"]]["Properties"]
        if dimensions["GlobalSecondaryIndexName"] not in [
            each["IndexName"] for each in table["GlobalSecondaryIndexes"]
        ]:
            yield "the table has no such index"
    if "FilterId" in dimensions:
        bucket = of.resources[dimensions["BucketName"]]["Properties"]
        if {"Id": dimensions["FilterId"]} not in bucket.get("MetricsConfigurations", []):
            yield "the bucket counts no requests under that filter"


def _unseen(of: Template) -> Iterator[str]:
    """Own metrics that are paid for and that nobody looks at."""
    seen = {(each.metric, each.dimensions.get("service")) for each in watched(of) if each.namespace == NAMESPACE}
    for name, services in OWN.items():
        yield from (f"nothing shows {name} of {service}" for service in services if (name, service) not in seen)


def _alarm_problems(alarm: Mapping[str, Any]) -> Iterator[str]:
    for actions in ("AlarmActions", "OKActions"):
        if alarm.get(actions) != ["AlarmsTopic"]:
            yield f"{actions} tells nobody"
    if alarm.get("TreatMissingData") not in ("notBreaching", "breaching", "ignore"):
        yield "TreatMissingData is not decided"
    if not alarm["AlarmDescription"].endswith(f"docs/operations.md#{alarm['AlarmName']}"):
        yield "its description does not end with its place in docs/operations.md"
    period_s, periods = alarm["Period"], alarm["EvaluationPeriods"]
    if period_s % 60 or period_s * periods > (_WEEK_S if period_s >= _HOUR_S else _DAY_S):
        yield "CloudWatch does not look back so long, or counts in whole minutes"
    if not 1 <= alarm["DatapointsToAlarm"] <= periods:
        yield "DatapointsToAlarm is never reached"
    if ("Statistic" in alarm) == ("ExtendedStatistic" in alarm):
        yield "it needs one statistic"
    if alarm.get("EvaluateLowSampleCountPercentile", "evaluate") != "evaluate":
        yield "it keeps its state at ordinary traffic: a percentile means nothing to it below 10 / (1 - p) samples"


def _topic_problems(of: Template) -> Iterator[str]:
    for name, topic in resources(of, TOPIC).items():
        if "KmsMasterKeyId" in topic:
            yield f"{name}: with SNS's own key CloudWatch cannot publish; take a key whose policy lets it"
        policies = [each for each in resources(of, TOPIC_POLICY).values() if each["Topics"] == [name]]
        allowed = [
            line for each in policies for line in each["PolicyDocument"]["Statement"] if line["Effect"] == "Allow"
        ]
        if not any(
            (line["Principal"], line["Action"], line["Resource"])
            == ({"Service": "cloudwatch.amazonaws.com"}, "sns:Publish", name)
            for line in allowed
        ):
            yield f"{name}: nobody lets CloudWatch publish"


def _deployment_problems(of: Template) -> Iterator[str]:
    """A deployment is stopped only by alarms that ring while new code has a part of the traffic."""
    alarms = _alarms(of)
    for name, function in of.resources.items():
        preference = function["Properties"].get("DeploymentPreference")
        if function["Type"] != "AWS::Serverless::Function" or preference is None:
            continue
        named = [alarms.get(each["Ref"]) for each in preference.get("Alarms", [])]
        if not named or None in named:
            yield f"{name}: its deployment heeds no alarm that there is"
        for alarm in filter(None, named):
            if alarm["Period"] * alarm["DatapointsToAlarm"] > _CANARY_S:
                yield f"{name}: {alarm['AlarmName']} rings too late to stop a deployment"


def _composite_problems(of: Template) -> Iterator[str]:
    for name, alarm in resources(of, COMPOSITE).items():
        yield from (f"{name}: {problem}" for problem in _action_problems(alarm))
        named = [part.removeprefix('ALARM("').removesuffix('")') for part in alarm["AlarmRule"].split(" OR ")]
        yield from (f"{name}: there is no alarm {each}" for each in named if each not in alarm_metrics(of))


def _action_problems(alarm: Mapping[str, Any]) -> Iterator[str]:
    if alarm.get("AlarmActions") != ["AlarmsTopic"]:
        yield "AlarmActions tells nobody"
    if not alarm["AlarmDescription"].endswith(f"docs/operations.md#{alarm['AlarmName']}"):
        yield "its description does not end with its place in docs/operations.md"
