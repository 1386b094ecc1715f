"""A job as an item of the job table, in wire form. The step log adds attributes of its own beside these."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from leadmagnet.domain.job import Job, JobError, JobStatus

#: Longer messages would crowd the item; the failed step's own record has all of it.
_MOST_MESSAGE_CHARS = 1_000


def item_of(job: Job, *, submission: Mapping[str, Any]) -> dict[str, Any]:
    """The item of a new job; `submission` is its submission as an attribute value."""
    return {
        "job_id": {"S": job.id},
        "tenant": {"S": job.tenant},
        "workflow": {"S": job.workflow},
        "workflow_version": {"N": str(job.workflow_version)},
        "submission": submission,
        "created_at": {"S": _time(job.created_at)},
        **changing_attributes(job),
    }


def changing_attributes(job: Job) -> dict[str, Any]:
    """The attributes that change while a job runs."""
    attributes: dict[str, Any] = {
        "status": {"S": job.status.value},
        "steps_total": {"N": str(job.steps_total)},
        "steps_done": {"N": str(job.steps_done)},
        "tokens": {"N": str(job.tokens)},
        "cost_usd": {"N": repr(round(job.cost_usd, 10))},
    }
    if job.started_at is not None:
        attributes["started_at"] = {"S": _time(job.started_at)}
    if job.finished_at is not None:
        attributes["finished_at"] = {"S": _time(job.finished_at)}
    if job.deliverable is not None:
        attributes["deliverable"] = {"S": job.deliverable}
    if job.error is not None:
        attributes["error"] = {"M": _error_attribute(job.error)}
    return attributes


def job_of(item: Mapping[str, Any], *, submission: Mapping[str, Any]) -> Job:
    """The job that `item` (from the table or its index) describes."""
    return Job(
        id=item["job_id"]["S"],
        tenant=item["tenant"]["S"],
        workflow=item["workflow"]["S"],
        workflow_version=int(item["workflow_version"]["N"]),
        submission=submission,
        created_at=datetime.fromisoformat(item["created_at"]["S"]),
        status=JobStatus(item["status"]["S"]),
        started_at=_optional_time(item, "started_at"),
        finished_at=_optional_time(item, "finished_at"),
        steps_total=int(item["steps_total"]["N"]),
        steps_done=int(item["steps_done"]["N"]),
        tokens=int(item["tokens"]["N"]),
        cost_usd=float(item["cost_usd"]["N"]),
        deliverable=item["deliverable"]["S"] if "deliverable" in item else None,
        error=_error_of(item["error"]["M"]) if "error" in item else None,
    )


def _time(moment: datetime) -> str:
    """ISO 8601 in UTC with a fixed width, so that the order of texts is the order of time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _optional_time(item: Mapping[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(item[name]["S"]) if name in item else None


def _error_attribute(error: JobError) -> dict[str, Any]:
    message = error.message
    if len(message) > _MOST_MESSAGE_CHARS:
        message = message[:_MOST_MESSAGE_CHARS] + " ... (whole in the step's record)"
    step_id: dict[str, Any] = {"NULL": True} if error.step_id is None else {"S": error.step_id}
    return {"step_id": step_id, "code": {"S": error.code}, "message": {"S": message}}


def _error_of(attribute: Mapping[str, Any]) -> JobError:
    return JobError(
        step_id=attribute["step_id"].get("S"), code=attribute["code"]["S"], message=attribute["message"]["S"]
    )
