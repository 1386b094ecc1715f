"""The monitoring section of the template, read so that a test sees which resource a name comes from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadmagnet.local.files import template_path
from leadmagnet.local.template import Template, load_template

ALARM = "AWS::CloudWatch::Alarm"
COMPOSITE = "AWS::CloudWatch::CompositeAlarm"
DASHBOARD = "AWS::CloudWatch::Dashboard"
QUERY = "AWS::Logs::QueryDefinition"
TOPIC = "AWS::SNS::Topic"
TOPIC_POLICY = "AWS::SNS::TopicPolicy"
MONITORING = frozenset({ALARM, COMPOSITE, DASHBOARD, QUERY, TOPIC, TOPIC_POLICY})

_FACTS = {"AWS::AccountId": "000000000000", "AWS::Region": "us-east-1", "AWS::Partition": "aws", "AWS::NoValue": ""}
_PLACEHOLDER = re.compile(r"\$\{([^}]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One metric that an alarm or a widget looks at; a dimension's value names the resource that it comes from."""

    where: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str]


def template() -> Template:
    """The template as production has it."""
    return load_template(template_path(), parameters={}, facts=_FACTS)


def resources(of: Template, kind: str) -> dict[str, dict[str, Any]]:
    """The properties of the resources of that kind, without functions, by logical id.

    What refers to a resource becomes its logical id, and what refers to an attribute of one, both with a dot between.
    """
    found = {name: each for name, each in of.resources.items() if each["Type"] == kind}
    return {name: resolved(each["Properties"], of) for name, each in found.items()}


def watched(of: Template) -> list[Watched]:
    """Every metric that anything looks at."""
    return [*alarm_metrics(of).values(), *dashboard_metrics(of)]


def alarm_metrics(of: Template) -> dict[str, Watched]:
    """What each alarm looks at, by logical id."""
    return {
        name: Watched(
            where=name,
            namespace=alarm["Namespace"],
            metric=alarm["MetricName"],
            dimensions={each["Name"]: each["Value"] for each in alarm["Dimensions"]},
        )
        for name, alarm in resources(of, ALARM).items()
    }


def dashboard_metrics(of: Template) -> Iterator[Watched]:
    """What each line of each widget looks at."""
    for widget in widgets(of):
        for line in widget["properties"].get("metrics", ()):
            namespace, metric, *rest = line
            pairs = [each for each in rest if not isinstance(each, dict)]
            dimensions = dict(zip(pairs[::2], pairs[1::2], strict=True))
            where = f"widget {widget['properties']['title']}"
            yield Watched(where=where, namespace=namespace, metric=metric, dimensions=dimensions)


def widgets(of: Template) -> Iterator[dict[str, Any]]:
    """The widgets of the dashboards."""
    for dashboard in resources(of, DASHBOARD).values():
        yield from json.loads(dashboard["DashboardBody"])["widgets"]


def resolved(value: Any, of: Template) -> Any:  # noqa: ANN401 (CloudFormation's values)
    """`value` without functions."""
    if isinstance(value, list):
        return [resolved(each, of) for each in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Ref": str(name)}:
            return _named(name, of)
        case {"Fn::GetAtt": name}:
            return name if isinstance(name, str) else ".".join(name)
        case {"Fn::Sub": str(text)}:
            return _substituted(text, {}, of)
        case {"Fn::Sub": [str(text), dict(extra)]}:
            return _substituted(text, extra, of)
        case {"Fn::If": [str(condition), yes, no]}:
            return resolved(yes if of.conditions[condition] else no, of)
    return {key: resolved(inner, of) for key, inner in value.items()}


def _named(name: str, of: Template) -> str:
    return of.values.get(name, _FACTS.get(name, name))


def _substituted(text: str, extra: Mapping[str, Any], of: Template) -> str:
    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        return str(resolved(extra[name], of)) if name in extra else _named(name, of)

    return _PLACEHOLDER.sub(value, text)


def log_groups(of: Template) -> Sequence[str]:
    """The logical ids of the log groups."""
    return [name for name, each in of.resources.items() if each["Type"] == "AWS::Logs::LogGroup"]
