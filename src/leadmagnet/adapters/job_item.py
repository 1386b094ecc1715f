"""A job as an item of the job table, in wire form. The step log adds attributes of its own beside these."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from unicodedata import normalize

from leadmagnet.domain.job import DEFAULT_TENANT, Job, JobError, JobStatus, Origin
from leadmagnet.domain.json_value import JsonObject

#: Longer messages would crowd the item; the failed step's own record has all of it.
_MOST_MESSAGE_CHARS = 1_000
#: When a job was created whose item does not say.
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_STATUSES = set(JobStatus)


def item_of(job: Job, *, submission: Mapping[str, Any]) -> dict[str, Any]:
    """The item of a new job; `submission` is its submission as an attribute value."""
    return {
        "job_id": {"S": job.id},
        "tenant": {"S": job.tenant},
        "workflow": {"S": job.workflow},
        "workflow_version": {"N": str(job.workflow_version)},
        "submission": submission,
        "created_at": {"S": time_text(job.created_at)},
        **_label_attributes(job),
        **_rerun_attributes(job),
        **changing_attributes(job),
    }


def _label_attributes(job: Job) -> dict[str, Any]:
    if job.label is None:
        return {}
    return {"label": {"S": job.label}, "label_folded": {"S": folded(job.label)}}


def folded(text: str) -> str:
    """The text as it is searched: DynamoDB compares to the byte, and people do not mind capitals."""
    return normalize("NFKC", text).casefold()


def _rerun_attributes(job: Job) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    if job.origin is not None:
        attributes["rerun_of"] = {"S": job.origin.job_id}
        attributes |= {} if job.origin.from_step is None else {"rerun_from": {"S": job.origin.from_step}}
    if job.instructions:
        attributes["instructions"] = {"M": {name: {"S": text} for name, text in job.instructions.items()}}
    return attributes


def changing_attributes(job: Job) -> dict[str, Any]:
    """The attributes that change while a job runs."""
    attributes: dict[str, Any] = {
        "status": {"S": job.status.value},
        "steps_total": {"N": str(job.steps_total)},
        "steps_done": {"N": str(job.steps_done)},
        "tokens": {"N": str(job.tokens)},
        "cost_usd": {"N": repr(round(job.cost_usd, 10))},
        "running": {"M": {name: {"N": str(attempt)} for name, attempt in job.running.items()}},
        "running_since": {"M": _claim_times(job)},
    }
    if job.started_at is not None:
        attributes["started_at"] = {"S": time_text(job.started_at)}
    if job.finished_at is not None:
        attributes["finished_at"] = {"S": time_text(job.finished_at)}
    if job.deliverable is not None:
        attributes["deliverable"] = {"S": job.deliverable}
    if job.error is not None:
        attributes["error"] = {"M": _error_attribute(job.error)}
    return attributes


def _claim_times(job: Job) -> dict[str, Any]:
    """When each attempt under way began, beside its number: a worker of 0.1.0 changes `running` alone."""
    return {
        name: {"M": {"attempt": {"N": str(job.running[name])}, "at": {"S": time_text(at)}}}
        for name, at in job.running_since.items()
    }


def _running_since(item: Mapping[str, Any], running: Mapping[str, int]) -> dict[str, datetime]:
    """The times that are those of the attempts under way."""
    claims = {name: claim.get("M", {}) for name, claim in item.get("running_since", {}).get("M", {}).items()}
    times = {
        name: time_of(claim, "at") for name, claim in claims.items() if _number(claim, "attempt") == running.get(name)
    }
    return {name: at for name, at in times.items() if at is not None}


def job_of(item: Mapping[str, Any], *, submission: JsonObject | None = None) -> Job:
    """The job that `item` (from the table or its index) describes.

    Items that older systems wrote may lack any attribute but the id, or hold another kind of value there: they are
    jobs of the default tenant that came to rest long ago.
    """
    status = _text(item, "status")
    running = {name: int(attempt["N"]) for name, attempt in item.get("running", {}).get("M", {}).items()}
    return Job(
        id=item["job_id"]["S"],
        tenant=_text(item, "tenant") or DEFAULT_TENANT,
        workflow=_text(item, "workflow") or "",
        workflow_version=int(_number(item, "workflow_version")),
        submission=submission or {},
        created_at=time_of(item, "created_at") or _LONG_AGO,
        status=JobStatus(status) if status in _STATUSES else JobStatus.COMPLETED,
        started_at=time_of(item, "started_at"),
        finished_at=time_of(item, "finished_at"),
        steps_total=int(_number(item, "steps_total")),
        steps_done=int(_number(item, "steps_done")),
        tokens=int(_number(item, "tokens")),
        cost_usd=_number(item, "cost_usd"),
        deliverable=_text(item, "deliverable"),
        error=_error_of(item["error"]["M"]) if "M" in item.get("error", {}) else None,
        running=running,
        running_since=_running_since(item, running),
        executions=int(_number(item, "executions")),
        cancel_requested_at=time_of(item, "cancel_requested_at"),
        origin=_origin_of(item),
        label=_text(item, "label"),
        instructions={name: text["S"] for name, text in item.get("instructions", {}).get("M", {}).items()},
    )


def _origin_of(item: Mapping[str, Any]) -> Origin | None:
    job_id = _text(item, "rerun_of")
    if job_id is None:
        return None
    return Origin(job_id=job_id, from_step=_text(item, "rerun_from"))


def _text(item: Mapping[str, Any], name: str) -> str | None:
    text: str | None = item.get(name, {}).get("S")
    return text


def _number(item: Mapping[str, Any], name: str) -> float:
    return float(item.get(name, {}).get("N", "0"))


def time_text(moment: datetime) -> str:
    """ISO 8601 in UTC with a fixed width, so that the order of texts is the order of time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def time_of(item: Mapping[str, Any], name: str) -> datetime | None:
    """The time that attribute `name` holds as `time_text` wrote it; None if it holds none."""
    text = _text(item, name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _error_attribute(error: JobError) -> dict[str, Any]:
    message = error.message
    if len(message) > _MOST_MESSAGE_CHARS:
        message = message[:_MOST_MESSAGE_CHARS] + " ... (whole in the step's record)"
    step_id: dict[str, Any] = {"NULL": True} if error.step_id is None else {"S": error.step_id}
    return {"step_id": step_id, "code": {"S": error.code}, "message": {"S": message}}


def _error_of(attribute: Mapping[str, Any]) -> JobError:
    return JobError(
        step_id=_text(attribute, "step_id"),
        code=_text(attribute, "code") or "error",
        message=_text(attribute, "message") or "",
    )
