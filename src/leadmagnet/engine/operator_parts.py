"""What the things that operators do with jobs work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from leadmagnet.engine.dead_letters import DeadQueue
from leadmagnet.engine.ports import ArtifactStore, Clock, JobQueue, JobStore, StepRecord, WorkflowStore
from leadmagnet.engine.usage_report import JobHistory


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorParts:
    """Stores, queues and clock, as one value for every way in: API, pages."""

    jobs: JobStore
    workflows: WorkflowStore
    steps: StepRecord
    artifacts: ArtifactStore
    queue: JobQueue
    dead: DeadQueue
    history: JobHistory
    clock: Clock
    new_id: Callable[[], str]
