"""The shapes of requests and answers, as they are written in JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from leadmagnet.domain import workflow as domain
from leadmagnet.domain.job import Job
from leadmagnet.engine.artifact_url import artifact_url
from leadmagnet.engine.ports import JobPage
from leadmagnet.steplog import Summary


class SubmitJob(BaseModel):
    """What asks for a job."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"workflow": "market-report", "submission": {"company": "Alder & Co"}}]},
    )

    workflow: str = Field(min_length=1, max_length=200)
    #: Checked against the workflow's fields by the engine.
    submission: dict[str, Any]


class JobErrorView(BaseModel):
    """Why a job failed."""

    step_id: str | None
    code: str
    message: str


class DeliverableView(BaseModel):
    """The artifact that a job made, and where to get it."""

    artifact_id: str
    url: str


class JobSummaryView(BaseModel):
    """A job as the list shows it: nothing that may be large."""

    job_id: str
    tenant: str
    workflow: str
    workflow_version: int
    status: str
    created_at: str
    started_at: str | None
    finished_at: str | None
    steps_total: int
    steps_done: int
    tokens: int
    cost_usd: float
    deliverable: DeliverableView | None
    #: The job that this one runs again.
    rerun_of: str | None


class JobView(JobSummaryView):
    """A job without its execution steps."""

    submission: dict[str, Any]
    #: The first step that a rerun ran anew; null if all did.
    rerun_from: str | None
    #: Instructions that took the place of the workflow's, by step name.
    instructions: dict[str, str]
    #: Steps under way, with the number of the attempt.
    running: dict[str, int]
    cancel_requested_at: str | None
    error: JobErrorView | None


class StoredJobView(JobView):
    """A job with its execution steps and the facts of how they are stored."""

    stored: str
    execution_steps_s3_key: str | None
    #: Null for a record that an older system left in S3, until it is written to.
    steps_count: int | None
    steps_bytes: int | None
    execution_steps: list[dict[str, Any]]


class JobPageView(BaseModel):
    """Some jobs, newest first; `next` is the cursor of the rest, null at the end."""

    jobs: list[JobSummaryView]
    next: str | None

    @classmethod
    def of(cls, page: JobPage) -> JobPageView:
        """The view of `page`."""
        return cls(jobs=[JobSummaryView(**job_summary(job)) for job in page.jobs], next=page.next)


class StepPageView(BaseModel):
    """Some execution steps; `next_start` is where the next page starts, null at the end."""

    steps: list[dict[str, Any]]
    start: int
    count: int
    next_start: int | None


class FieldView(BaseModel):
    """One field of a workflow's form."""

    name: str
    label: str
    type: str
    required: bool
    example: Any
    choices: list[str]

    @classmethod
    def of(cls, field: domain.Field) -> FieldView:
        """The view of `field`."""
        return cls(
            name=field.name,
            label=field.label,
            type=field.type.value,
            required=field.required,
            example=field.example,
            choices=list(field.choices),
        )


class WorkflowView(BaseModel):
    """A workflow as the list shows it."""

    name: str
    version: int
    title: str
    description: str
    fields: list[FieldView]

    @classmethod
    def of(cls, workflow: domain.Workflow) -> WorkflowView:
        """The view of `workflow`."""
        return cls(
            name=workflow.name,
            version=workflow.version,
            title=workflow.title,
            description=workflow.description,
            fields=[FieldView.of(field) for field in workflow.fields],
        )


class StepView(BaseModel):
    """One step of a workflow's graph."""

    name: str
    title: str
    type: str
    order: int
    depends_on: list[str]
    model: str | None


class WholeWorkflowView(WorkflowView):
    """A workflow with its steps and the YAML text that it was read from."""

    steps: list[StepView]
    source: str

    @classmethod
    def of(cls, workflow: domain.Workflow) -> WholeWorkflowView:
        """The view of `workflow`."""
        steps = [
            StepView(
                name=step.name,
                title=step.title,
                type=step.type.value,
                order=step.order,
                depends_on=list(step.depends_on),
                model=step.model,
            )
            for step in workflow.steps
        ]
        return cls(**WorkflowView.of(workflow).model_dump(), steps=steps, source=workflow.source)


class WorkflowListView(BaseModel):
    """The newest version of each workflow, by name."""

    workflows: list[WorkflowView]


class HealthView(BaseModel):
    """The service answers."""

    status: str


def job_summary(job: Job) -> dict[str, Any]:
    """The small attributes of `job`, ready for JSON."""
    return {
        "job_id": job.id,
        "tenant": job.tenant,
        "workflow": job.workflow,
        "workflow_version": job.workflow_version,
        "status": job.status.value,
        "created_at": _instant(job.created_at),
        "started_at": job.started_at and _instant(job.started_at),
        "finished_at": job.finished_at and _instant(job.finished_at),
        "steps_total": job.steps_total,
        "steps_done": job.steps_done,
        "tokens": job.tokens,
        "cost_usd": job.cost_usd,
        "deliverable": job.deliverable and _deliverable(job.id, job.deliverable),
        "rerun_of": job.origin and job.origin.job_id,
    }


def job_attributes(job: Job) -> dict[str, Any]:
    """All attributes of `job`, ready for JSON."""
    error = job.error
    return job_summary(job) | {
        "submission": dict(job.submission),
        "error": error and {"step_id": error.step_id, "code": error.code, "message": error.message},
        "rerun_from": job.origin and job.origin.from_step,
        "instructions": dict(job.instructions),
        "running": dict(job.running),
        "cancel_requested_at": job.cancel_requested_at and _instant(job.cancel_requested_at),
    }


def storage_attributes(summary: Summary) -> dict[str, Any]:
    """How a job's execution steps are stored."""
    return {
        "stored": summary.stored,
        "execution_steps_s3_key": summary.s3_key,
        "steps_count": summary.count,
        "steps_bytes": summary.size_bytes,
    }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def _deliverable(job_id: str, artifact_id: str) -> dict[str, str]:
    return {"artifact_id": artifact_id, "url": artifact_url(job_id, artifact_id)}
