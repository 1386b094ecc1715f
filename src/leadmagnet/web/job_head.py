"""What stands at the top of a job's pages, and what the parts below it begin from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from leadmagnet.domain.errors import WorkflowNotFound
from leadmagnet.domain.job import Job
from leadmagnet.steplog import Summary
from leadmagnet.web.files import file_path
from leadmagnet.web.record import Record
from leadmagnet.web.step_line import StepLine, under_way_line
from leadmagnet.web.steps_page import page_size
from leadmagnet.web.visit import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class JobHead:
    """A job with its record, in the words of its workflow."""

    job: Job
    record: Record
    #: The workflow's title; its name where the workflow is gone.
    title: str
    #: The titles and the types of the steps by name.
    titles: Mapping[str, str]
    types: Mapping[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> Summary:
        """How large the record is, and where it lives."""
        return self.record.summary

    @property
    def limit(self) -> int:
        """How many steps make a page of the list."""
        return page_size(self.summary)

    @property
    def duration_ms(self) -> float | None:
        """How long it took; None while it runs or before it began."""
        return duration_ms(self.job.started_at, self.job.finished_at)

    @property
    def deliverable(self) -> str | None:
        """Where the deliverable is served."""
        return file_path(self.job.id, self.job.deliverable) if self.job.deliverable else None

    @property
    def under_way(self) -> Sequence[StepLine]:
        """The steps that a worker has begun and not recorded."""
        job = self.job
        return [
            under_way_line(
                step_id=name,
                name=self.titles.get(name, name),
                step_type=self.types.get(name, ""),
                attempt=attempt,
                began_at=job.running_since.get(name),
            )
            for name, attempt in job.running.items()
            if not job.status.at_rest
        ]


def duration_ms(start: datetime | None, end: datetime | None) -> float | None:
    """The time between two moments that are both known."""
    return None if start is None or end is None else (end - start) / timedelta(milliseconds=1)


def job_head(visit: Visit) -> JobHead:
    """The head of the job that the address names; JobNotFound for another tenant's."""
    return head_of(visit, visit.path("job_id"))


def head_of(visit: Visit, job_id: str) -> JobHead:
    """The head of any job of the visitor's tenant; JobNotFound for another's."""
    job, stored = visit.parts.records.open(tenant=visit.caller.tenant, job_id=job_id)
    record = Record(stored)
    try:
        workflow = visit.parts.operator.workflows.get(job.workflow, version=job.workflow_version)
    except WorkflowNotFound:
        return JobHead(job=job, record=record, title=job.workflow or "Job", titles={})
    return JobHead(
        job=job,
        record=record,
        title=workflow.title,
        titles={step.name: step.title for step in workflow.steps},
        types={step.name: step.type.value for step in workflow.steps},
    )
