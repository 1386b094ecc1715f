"""The table from events to metrics. Each is shown by an alarm or the dashboard; what nobody looks at is not here.

Counts come as numbers 0 and 1 where a share is wanted: of 0 for a job that completed and 1 for one that failed, the
average is the share that failed, the sum how many failed, and the number of samples how many there were.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from leadmagnet.telemetry.fields import Fact, as_number

#: The units of CloudWatch that are used here; it has none for money and for ratios.
Unit = Literal["Count", "Bytes", "Milliseconds", "None"]
Service = Literal["api", "worker", "sweeper"]

#: The types of steps that do something; the submission is recorded as a step too.
_ALL_WORK = ("ai_generation", "image_generation", "html_generation", "webhook", "final_output")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """What one event adds to one metric."""

    name: str
    unit: Unit
    #: The functions whose lines have it: the values of the dimension `service`.
    services: tuple[Service, ...]
    #: The field that holds the value; where the line has none, nothing is added.
    reads: str | None = None
    #: The value where there is no field.
    value: float = 1.0
    #: Only lines whose fields have one of these values.
    when: Mapping[str, Collection[Fact]] = field(default_factory=dict)

    def value_of(self, facts: Mapping[str, Fact]) -> float | None:
        """The value for a line with these facts; None if the line adds nothing."""
        if any(facts.get(name) not in wanted for name, wanted in self.when.items()):
            return None
        return self.value if self.reads is None else as_number(facts, self.reads)


_WORKER: tuple[Service, ...] = ("worker",)
_SWEEPER: tuple[Service, ...] = ("sweeper",)
_API: tuple[Service, ...] = ("api",)

_ANY_END = (
    Metric(name="JobDuration", unit="Milliseconds", services=_WORKER, reads="duration_ms"),
    Metric(name="JobCost", unit="None", services=_WORKER, reads="cost_usd"),
    Metric(name="ExecutionsPerJob", unit="Count", services=_WORKER, reads="executions"),
    Metric(name="PaidCallsPerStep", unit="Count", services=_WORKER, reads="paid_calls_per_step"),
)

METRICS: Mapping[str, tuple[Metric, ...]] = {
    "job_completed": (Metric(name="JobFailed", unit="Count", services=_WORKER, value=0), *_ANY_END),
    "job_failed": (Metric(name="JobFailed", unit="Count", services=_WORKER), *_ANY_END),
    "job_cancelled": _ANY_END,
    "step_recorded": (
        Metric(
            name="StepDuration",
            unit="Milliseconds",
            services=_WORKER,
            reads="duration_ms",
            when={"step_type": _ALL_WORK},
        ),
        Metric(
            name="StepFailed",
            unit="Count",
            services=_WORKER,
            value=0,
            when={"status": ("completed",), "step_type": _ALL_WORK},
        ),
        Metric(
            name="StepFailed",
            unit="Count",
            services=_WORKER,
            when={"status": ("failed",), "step_type": _ALL_WORK},
        ),
        Metric(
            name="WebhooksFailed",
            unit="Count",
            services=_WORKER,
            when={"status": ("failed",), "step_type": ("webhook",)},
        ),
    ),
    "steps_offloaded": (Metric(name="OffloadedBytes", unit="Bytes", services=("worker", "api"), reads="size_bytes"),),
    "steps_missing": (Metric(name="MissingObjects", unit="Count", services=_API),),
    "lease_lost": (Metric(name="LeasesLost", unit="Count", services=_WORKER),),
    "delivery_failed": (Metric(name="DeliveriesFailed", unit="Count", services=_WORKER),),
    "message_refused": (Metric(name="MessagesRefused", unit="Count", services=_WORKER),),
    "access_denied": (Metric(name="AccessDenied", unit="Count", services=_API),),
    "request_failed": (Metric(name="RequestsFailed", unit="Count", services=_API),),
    "job_recovered": (Metric(name="JobsRecovered", unit="Count", services=_SWEEPER),),
    "sweep_finished": (
        Metric(name="SweepsFinished", unit="Count", services=_SWEEPER),
        Metric(name="OrphansRemoved", unit="Count", services=_SWEEPER, reads="removed"),
        Metric(name="SweepProblems", unit="Count", services=_SWEEPER, reads="problems"),
    ),
}


def values_of(facts: Mapping[str, Fact]) -> Iterator[tuple[Metric, float]]:
    """What a line with these facts, which names its service, adds to which metrics.

    Each service is a metric of its own on the bill, and nothing looks at those that a metric does not name: the check
    of a deployment moves records to S3 too, and an operator at the API asks for jobs again.
    """
    for metric in METRICS.get(str(facts.get("event")), ()):
        value = metric.value_of(facts)
        if value is not None and facts.get("service") in metric.services:
            yield metric, value
