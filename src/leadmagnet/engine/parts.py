"""What the engine works with."""

from __future__ import annotations

from dataclasses import dataclass

from leadmagnet.engine.ports import (
    ArtifactStore,
    Clock,
    JobStore,
    Models,
    StepRecord,
    WebhookSender,
    WorkflowStore,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineParts:
    """The stores, models and clock of one engine, and how much it does at a time."""

    jobs: JobStore
    workflows: WorkflowStore
    steps: StepRecord
    artifacts: ArtifactStore
    models: Models
    webhooks: WebhookSender
    clock: Clock
    #: Steps of one job that may run at the same time.
    max_parallel_steps: int = 4
