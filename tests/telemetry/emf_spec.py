"""What CloudWatch asks of a log line before it reads metrics from it, as its specification says.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

UNITS = {
    *("Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes"),
    *("Bits", "Kilobits", "Megabits", "Gigabits", "Terabits", "Percent", "Count", "None"),
}
_MOST_METRICS = 100
_MOST_DIMENSIONS = 30
_MOST_NAME_CHARS = 1_024
_MOST_VALUES = 100
_MOST_LINE_BYTES = 1_048_576


def metrics_of(line: str) -> dict[str, tuple[str, float]]:
    """The metrics that CloudWatch reads from `line`, each with its unit; empty if the line has none.

    ValueError with all that is wrong if it would pass over the line or a part of it.
    """
    root = json.loads(line, parse_constant=_no_number)
    if "_aws" not in root:
        return {}
    problems = [*_line_problems(line), *_root_problems(root)]
    if problems:
        raise ValueError("; ".join(problems))
    return {
        metric["Name"]: (metric.get("Unit", "None"), root[metric["Name"]])
        for directive in root["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    }


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no JSON")


def _line_problems(line: str) -> Iterator[str]:
    if "\n" in line:
        yield "the line is more than one"
    if len(line.encode()) > _MOST_LINE_BYTES:
        yield "the line is too long"


def _root_problems(root: Mapping[str, Any]) -> Iterator[str]:
    about = root["_aws"]
    if not isinstance(about.get("Timestamp"), int) or not 1_500_000_000_000 < about["Timestamp"] < 10_000_000_000_000:
        yield "Timestamp is not in milliseconds since 1970"
    if not isinstance(about.get("CloudWatchMetrics"), list):
        yield "CloudWatchMetrics is no list"
        return
    for directive in about["CloudWatchMetrics"]:
        yield from _directive_problems(directive, root)


def _directive_problems(directive: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[str]:
    if not _is_name(directive.get("Namespace")) or directive["Namespace"].startswith("AWS/"):
        yield "Namespace is no name of ours"
    for names in directive.get("Dimensions") or [[None]]:
        if len(names) > _MOST_DIMENSIONS:
            yield "a set of dimensions is too large"
        yield from (f"dimension {name} is no text of the line" for name in names if not _is_name(root.get(name)))
    metrics = directive.get("Metrics", [])
    if not 0 < len(metrics) <= _MOST_METRICS:
        yield "Metrics is empty or too long"
    if len({metric.get("Name") for metric in metrics}) < len(metrics):
        yield "a metric is named twice"
    for metric in metrics:
        yield from _metric_problems(metric, root)


def _metric_problems(metric: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[str]:
    if not _is_name(metric.get("Name")):
        yield "a metric has no name"
        return
    if metric.get("Unit", "None") not in UNITS:
        yield f"{metric['Name']} has a unit that is none"
    if metric.get("StorageResolution", 60) not in (1, 60):
        yield f"{metric['Name']} has a resolution that is none"
    value = root.get(metric["Name"])
    values = value if isinstance(value, list) else [value]
    if not 0 < len(values) <= _MOST_VALUES or not all(_is_number(each) for each in values):
        yield f"{metric['Name']} has no number in the line"


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MOST_NAME_CHARS and value.strip() != ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
