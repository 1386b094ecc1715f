"""Which of a tenant's jobs a list shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from leadmagnet.domain.errors import Invalid, Problem
from leadmagnet.domain.job import JobStatus

Stored = Literal["inline", "offloaded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """What jobs must have in common to be shown; None asks for nothing. Invalid if its times are in the wrong order."""

    status: JobStatus | None = None
    workflow: str | None = None
    #: The first and the last moment of creation.
    created_from: datetime | None = None
    created_to: datetime | None = None
    stored: Stored | None = None
    #: Part of the label, of the workflow's name or of the job's id.
    text: str | None = None
    #: Workflows whose jobs the text finds as well, because it is part of their titles.
    titled: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """DynamoDB refuses a range that ends before it begins as a fault of ours, and no job can be in one."""
        if self.created_from and self.created_to and self.created_from > self.created_to:
            problem = Problem(field="created_to", message="is before created_from; swap the two, or leave one out")
            raise Invalid("The request cannot be used:", problems=[problem])


#: Every job.
ALL_JOBS = JobFilter()
