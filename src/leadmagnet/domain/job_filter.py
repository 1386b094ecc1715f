"""Which of a tenant's jobs a list shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from leadmagnet.domain.job import JobStatus

Stored = Literal["inline", "offloaded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """What jobs must have in common to be shown; None asks for nothing."""

    status: JobStatus | None = None
    workflow: str | None = None
    #: The first and the last moment of creation.
    created_from: datetime | None = None
    created_to: datetime | None = None
    stored: Stored | None = None
    #: Part of the workflow's name or of the job's id.
    text: str | None = None


#: Every job.
ALL_JOBS = JobFilter()
