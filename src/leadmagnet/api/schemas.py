"""The shapes of requests and answers, as they are written in JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from leadmagnet.domain import workflow as domain
from leadmagnet.domain.job import Job
from leadmagnet.engine.artifact_url import artifact_url
from leadmagnet.engine.ports import JobPage, RecordFacts
from leadmagnet.steplog import Summary


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line of printable text")
    return text


#: A name or an id: no line breaks, no control characters, no halves of characters.
OneLine = Annotated[str, AfterValidator(_one_line)]


class SubmitJob(BaseModel):
    """What asks for a job."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"workflow": "market-report", "submission": {"company": "Alder & Co"}}]},
    )

    workflow: OneLine = Field(min_length=1, max_length=200)
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
    #: What tells it from others of its workflow: a value of its submission, up to 80 characters; null for older jobs.
    label: str | None
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
    #: Left out with `?execution_steps=false`.
    execution_steps: list[dict[str, Any]] = Field(default_factory=list)
    #: The rest is there only where an answer may not be as large as the record.
    execution_steps_truncated: bool = False
    execution_steps_next: str | None = Field(default=None, description="Where the steps that are not here begin.")
    execution_steps_url: str | None = Field(default=None, description="A link to the whole document, for a while.")
    execution_steps_url_expires_s: int | None = None


class ListedJobView(JobSummaryView):
    """A job in a list, and how its execution steps are stored."""

    stored: str
    steps_count: int | None
    steps_bytes: int | None


class JobPageView(BaseModel):
    """Some jobs, newest first; `next` is the cursor of the rest, null at the end."""

    jobs: list[ListedJobView]
    next: str | None

    @classmethod
    def of(cls, page: JobPage) -> JobPageView:
        """The view of `page`."""
        return cls(jobs=[_listed(job, page.records.get(job.id, _UNKNOWN)) for job in page.jobs], next=page.next)


class StepPageView(BaseModel):
    """Some execution steps; `next_start` is where the next page starts, null at the end."""

    steps: list[dict[str, Any]]
    start: int
    count: int
    next_start: int | None


class ExecutionStepView(BaseModel):
    """One execution step as it was recorded; integrations may have recorded others than these attributes."""

    model_config = ConfigDict(extra="allow")

    #: Values that were left out because the answer would have been too large for where the service runs.
    truncated_values: list[str] | None = None


class Steps(BaseModel):
    """All execution steps of a job."""

    model_config = ConfigDict(extra="forbid")

    execution_steps: list[dict[str, Any]] = Field(max_length=1_000_000)


class StepToAppend(BaseModel):
    """An execution step; whatever else it holds is recorded as it is."""

    model_config = ConfigDict(extra="allow")

    step_id: OneLine = Field(min_length=1, max_length=500)
    attempt: int = Field(default=1, ge=1, le=2**31, strict=True)


class RecordView(BaseModel):
    """How a job's execution steps are stored now."""

    stored: str
    steps_count: int | None
    steps_bytes: int | None


class AppendedView(BaseModel):
    """The place of an execution step in its record."""

    index: int


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


class WorkflowVersionView(BaseModel):
    """One version of a workflow."""

    version: int
    title: str
    steps: int


class WorkflowVersionsView(BaseModel):
    """All versions of a workflow, newest first."""

    name: str
    versions: list[WorkflowVersionView]


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


def job_summary(job: Job) -> dict[str, Any]:
    """The small attributes of `job`, ready for JSON."""
    return {
        "job_id": job.id,
        "tenant": job.tenant,
        "workflow": job.workflow,
        "workflow_version": job.workflow_version,
        "label": job.label,
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


_UNKNOWN = RecordFacts(stored="inline", steps_count=None, steps_bytes=None)


def _listed(job: Job, record: RecordFacts) -> ListedJobView:
    return ListedJobView(
        **job_summary(job), stored=record.stored, steps_count=record.steps_count, steps_bytes=record.steps_bytes
    )
