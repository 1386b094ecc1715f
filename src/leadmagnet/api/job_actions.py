"""`/admin/jobs/{job_id}/cancel` and `/rerun`, usage, and dead letters: what operators do beside looking."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field

from leadmagnet.api.auth import Admin, Operator, Viewer
from leadmagnet.api.json_route import JsonRoute
from leadmagnet.api.parts import Parts
from leadmagnet.api.schemas import JobView, job_attributes
from leadmagnet.domain.errors import Invalid
from leadmagnet.engine.cancel import cancel_job
from leadmagnet.engine.dead_letters import list_dead, redrive
from leadmagnet.engine.rerun import Rerun, rerun_job
from leadmagnet.engine.usage_report import usage_report

router = APIRouter(prefix="/admin", tags=["operation"], route_class=JsonRoute)

MOST_DEAD_LETTERS = 100
_USUAL_DAYS = 30


class RerunRequest(BaseModel):
    """What to run again, and what to change; empty, all of it as it was."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"from_step": "draft", "instructions": {"draft": "Shorter, please."}}]},
    )

    from_step: str | None = Field(
        default=None, max_length=200, description="The first step to run anew; those before it are kept."
    )
    from_failure: bool = Field(default=False, description="Keep what completed, and run the rest.")
    instructions: dict[str, str] = Field(default_factory=dict, description="Other instructions, by step name.")
    submission: dict[str, Any] = Field(default_factory=dict, description="Fields of the submission that change.")


class UsageRowView(BaseModel):
    """The jobs of one workflow that were created on one day (UTC), and what they used so far."""

    day: date
    workflow: str
    jobs: int
    failed: int
    tokens: int
    cost_usd: float


class UsageView(BaseModel):
    """Usage by day and workflow, days without jobs left out."""

    first: date
    last: date
    rows: list[UsageRowView]
    tokens: int
    cost_usd: float


class DeadLetterView(BaseModel):
    """A message that no worker could handle, and the job that it names; null if it names none."""

    message_id: str
    sent_at: str
    job_id: str | None
    status: str | None
    workflow: str | None


class DeadLettersView(BaseModel):
    """The caller's dead letters among the first of the queue."""

    dead_letters: list[DeadLetterView]


class RedriveRequest(BaseModel):
    """Which jobs to ask for again; all of the caller's if `job_ids` is left out."""

    model_config = ConfigDict(extra="forbid")

    job_ids: list[str] | None = Field(default=None, max_length=1_000)


class RedrivenView(BaseModel):
    """The jobs that were asked for again."""

    job_ids: list[str]


@router.post("/jobs/{job_id}/cancel", responses={202: {"model": JobView, "description": "Its worker will do so."}})
def cancel(job_id: str, parts: Parts, caller: Operator, response: Response) -> JobView:
    """Cancel a job: at once (200), or by the worker that owns it, within seconds (202)."""
    job = cancel_job(tenant=caller.tenant, job_id=job_id, parts=parts.operator)
    response.status_code = status.HTTP_200_OK if job.status.at_rest else status.HTTP_202_ACCEPTED
    return JobView(**job_attributes(job))


@router.post("/jobs/{job_id}/rerun", status_code=status.HTTP_201_CREATED)
def rerun(job_id: str, parts: Parts, caller: Operator, wanted: RerunRequest | None = None) -> JobView:
    """Run a job at rest again, as a new job that is linked to it; kept steps cost nothing again."""
    wanted = wanted or RerunRequest()
    job = rerun_job(
        tenant=caller.tenant,
        job_id=job_id,
        rerun=Rerun(
            from_step=wanted.from_step,
            from_failure=wanted.from_failure,
            instructions=wanted.instructions,
            submission=wanted.submission,
        ),
        parts=parts.operator,
    )
    return JobView(**job_attributes(job))


_Day = Annotated[date | None, Query(description="A day in UTC, as in 2026-03-01.")]


@router.get("/usage")
def usage(parts: Parts, caller: Viewer, first: _Day = None, last: _Day = None) -> UsageView:
    """What the tenant's jobs used, by day of their creation and workflow; the last 30 days if none are named."""
    end = last or parts.clock().date()
    try:
        begin = first or end - timedelta(days=_USUAL_DAYS - 1)
    except OverflowError as error:
        raise Invalid("There are no 30 days before that one; name the first day too.", last=end.isoformat()) from error
    rows = usage_report(tenant=caller.tenant, first=begin, last=end, history=parts.operator.history)
    return UsageView(
        first=begin,
        last=end,
        rows=[
            UsageRowView(
                day=row.day,
                workflow=row.workflow,
                jobs=row.jobs,
                failed=row.failed,
                tokens=row.tokens,
                cost_usd=row.cost_usd,
            )
            for row in rows
        ],
        tokens=sum(row.tokens for row in rows),
        cost_usd=sum(row.cost_usd for row in rows),
    )


@router.get("/dead-letters")
def dead_letters(parts: Parts, caller: Operator) -> DeadLettersView:
    """Messages that no worker could handle, five times each: those of the tenant's jobs."""
    operator = parts.operator
    letters = list_dead(tenant=caller.tenant, limit=MOST_DEAD_LETTERS, dead=operator.dead, jobs=operator.jobs)
    return DeadLettersView(
        dead_letters=[
            DeadLetterView(
                message_id=letter.message_id,
                sent_at=letter.sent_at.isoformat(timespec="seconds"),
                job_id=None if letter.job is None else letter.job.id,
                status=None if letter.job is None else letter.job.status.value,
                workflow=None if letter.job is None else letter.job.workflow,
            )
            for letter in letters
        ]
    )


@router.post("/dead-letters/redrive")
def redrive_dead_letters(parts: Parts, caller: Admin, wanted: RedriveRequest | None = None) -> RedrivenView:
    """Ask for the jobs of dead letters again, and remove their dead messages."""
    operator = parts.operator
    job_ids = None if wanted is None else wanted.job_ids
    sent = redrive(
        tenant=caller.tenant,
        job_ids=job_ids,
        limit=MOST_DEAD_LETTERS,
        dead=operator.dead,
        jobs=operator.jobs,
        queue=operator.queue,
    )
    return RedrivenView(job_ids=sent)
