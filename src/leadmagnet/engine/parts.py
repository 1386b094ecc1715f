"""What the engine works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from leadmagnet.engine.ports import (
    ArtifactStore,
    Clock,
    Crew,
    JobRuns,
    Models,
    StepRecord,
    WebhookSender,
    WorkflowStore,
)

#: Beats in the time of a lease: several may fail before it is lost.
_BEATS_PER_LEASE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineParts:
    """The stores, models, threads and clock of one engine, and how much it does at a time."""

    runs: JobRuns
    workflows: WorkflowStore
    steps: StepRecord
    artifacts: ArtifactStore
    models: Models
    webhooks: WebhookSender
    crew: Crew
    clock: Clock
    new_id: Callable[[], str]
    #: A number from 0 to 1, as chance has it.
    random: Callable[[], float]
    #: Steps of one job that may run at the same time.
    max_parallel_steps: int = 4
    #: Seconds for which a worker owns a job without saying that it lives.
    lease_s: float = 30.0
    #: An output of more bytes (as JSON) becomes an artifact, and the record keeps a preview of it.
    most_output_bytes: int = 1024 * 1024

    @property
    def beat_s(self) -> float:
        """Seconds after which a lease is renewed."""
        return self.lease_s / _BEATS_PER_LEASE

    def lease_end(self) -> datetime:
        """Until when a lease holds that is taken or renewed now."""
        return self.clock() + timedelta(seconds=self.lease_s)
