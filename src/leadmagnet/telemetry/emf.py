"""CloudWatch's Embedded Metric Format: metrics that are read from a log line, with no request of ours.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

from collections.abc import Mapping

from leadmagnet.telemetry.fields import Fact
from leadmagnet.telemetry.metrics import values_of

#: The one dimension. Each value of a dimension is a metric of its own on the bill, so no tenant, job or model is one.
DIMENSION = "service"


def embedded_metrics(facts: Mapping[str, Fact], *, namespace: str, created_s: float) -> dict[str, object]:
    """What is added to a line with these facts, which names its service; empty if no metric is read from it."""
    found = {metric.name: (metric.unit, value) for metric, value in values_of(facts)}
    if not found:
        return {}
    directive = {
        "Namespace": namespace,
        "Dimensions": [[DIMENSION]],
        "Metrics": [{"Name": name, "Unit": unit} for name, (unit, _) in found.items()],
    }
    about = {"Timestamp": round(created_s * 1_000), "CloudWatchMetrics": [directive]}
    return {name: value for name, (_, value) in found.items()} | {"_aws": about}
