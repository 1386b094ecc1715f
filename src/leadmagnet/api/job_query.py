"""The query parameters by which a list of jobs is filtered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query

from leadmagnet.domain.errors import Invalid, Problem
from leadmagnet.domain.job import JobStatus
from leadmagnet.domain.job_filter import JobFilter, Stored

_Text = Annotated[
    str | None,
    Query(
        min_length=1, max_length=100, description="Part of the label, of the workflow's title or name, or of the id."
    ),
]
_From = Annotated[
    datetime | None, Query(description="Created then or later; ISO 8601, UTC if it does not say otherwise.")
]
_To = Annotated[datetime | None, Query(description="Created then or before.")]


def job_filter(
    status: Annotated[JobStatus | None, Query(description="Jobs of that status.")] = None,
    workflow: Annotated[str | None, Query(min_length=1, max_length=200, description="Runs of that workflow.")] = None,
    created_from: _From = None,
    created_to: _To = None,
    stored: Annotated[Stored | None, Query(description="Where the execution steps live.")] = None,
    q: _Text = None,
) -> JobFilter:
    """Which jobs are asked for."""
    return JobFilter(
        status=status,
        workflow=workflow,
        created_from=_moment("created_from", created_from),
        created_to=_moment("created_to", created_to),
        stored=stored,
        text=q,
    )


def _moment(name: str, given: datetime | None) -> datetime | None:
    if given is None:
        return None
    try:
        return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)
    except OverflowError as error:
        problem = Problem(field=name, message="is before or after all times that a calendar has")
        raise Invalid("The request cannot be used:", problems=[problem]) from error
