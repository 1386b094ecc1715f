"""What a seed stands for: the workflow, who takes part, and how much goes wrong."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from leadmagnet.domain.execution_step import StepType
from leadmagnet.domain.workflow import OnFailure, Retry, Step, Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Everything about a schedule that is fixed before it begins."""

    workflow: Workflow
    jobs: int
    workers: int
    parallel: int
    lease_s: float
    #: How long a message is hidden: nobody extends it here, so a long job is delivered to others meanwhile.
    visibility_s: int
    most_receives: int
    #: How much of what is handed out is handed out to somebody else as well.
    duplicates: float
    #: Steps are this large at times, so that logs move to S3.
    inline_bytes: int
    model_failures: float
    #: A step that takes its worker down whenever it runs.
    deadly: str | None
    cancels: bool
    reruns: bool
    stops: bool
    stay: float
    slow: int
    fault_rate: float
    faults: int


def draw(rng: random.Random) -> Scenario:
    """The scenario that the dice say."""
    workers = rng.choice((1, 2, 2, 2, 3))
    return Scenario(
        workflow=_workflow(rng),
        jobs=rng.choice((1, 1, 1, 1, 2)),
        workers=workers,
        parallel=rng.choice((1, 2, 4)),
        lease_s=rng.choice((8.0, 20.0, 30.0)),
        visibility_s=rng.choice((5, 30, 30, 120)),
        most_receives=rng.choice((2, 5, 5)),
        duplicates=rng.choice((0.0, 0.1, 0.5)),
        inline_bytes=rng.choice((1_500, 300_000, 300_000)),
        model_failures=rng.choice((0.0, 0.0, 0.2, 0.5)),
        deadly=rng.choice((None,) * 15 + ("s0",)),
        cancels=rng.random() < 0.3,
        reruns=rng.random() < 0.15,
        stops=rng.random() < 0.15,
        stay=rng.choice((0.0, 0.3, 0.6, 0.8)),
        slow=rng.choice((-1, -1, 0)),
        fault_rate=rng.choice((0.02, 0.05, 0.1, 0.25)),
        faults=rng.choice((0, 1, 2, 4, 8, 16)),
    )


def _workflow(rng: random.Random) -> Workflow:
    steps: list[Step] = []
    for number in range(rng.choice((0, 1, 2, 3, 4))):
        steps.append(_text(rng, f"s{number}", steps))
    cover = Step(
        name="cover",
        title="cover",
        type=StepType.IMAGE_GENERATION,
        order=len(steps) + 1,
        depends_on=_some(rng, steps),
        instructions="a cover",
        retry=Retry(attempts=rng.choice((1, 3, 3))),
    )
    steps.append(cover)
    deliver = Step(
        name="deliver",
        title="deliver",
        type=StepType.FINAL_OUTPUT,
        order=len(steps) + 1,
        depends_on=tuple(step.name for step in steps),
        options={"from": "cover"},
    )
    return Workflow(
        name="made",
        title="made",
        version=1,
        fields=(),
        steps=(*steps, deliver),
        deadline_s=rng.choice((None, None, None, 60.0, 3_600.0)),
        budget_usd=rng.choice((None, None, None, 1.0)),
    )


def _text(rng: random.Random, name: str, before: Sequence[Step]) -> Step:
    return Step(
        name=name,
        title=name,
        type=StepType.AI_GENERATION,
        order=len(before) + 1,
        depends_on=_some(rng, before),
        instructions="a text",
        retry=Retry(attempts=rng.choice((1, 2, 3)), backoff_s=rng.choice((0.5, 5.0))),
        timeout_s=rng.choice((None, None, 15.0)),
        on_failure=rng.choice((OnFailure.STOP, OnFailure.CONTINUE)),
    )


def _some(rng: random.Random, steps: Sequence[Step]) -> tuple[str, ...]:
    share = rng.choice((0.0, 0.5, 1.0))
    return tuple(step.name for step in steps if rng.random() < share)
