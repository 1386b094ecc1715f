"""Cancels jobs and runs them again: one, or those that were selected in the table."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.responses import Response

from leadmagnet.domain.errors import LeadmagnetError
from leadmagnet.domain.job import Job, JobStatus
from leadmagnet.engine.cancel import cancel_job
from leadmagnet.engine.rerun import Rerun, rerun_job
from leadmagnet.steplog.errors import StepLogError
from leadmagnet.web.answers import see
from leadmagnet.web.formats import plural
from leadmagnet.web.pages import part
from leadmagnet.web.table_filter import filter_of
from leadmagnet.web.visit import Visit

#: A page of the table; more were never on a screen together.
_MOST_AT_ONCE = 50
#: What is said after each kind of change, when it worked.
_DONE = {"cancel": "Cancelled, or asked to stop", "rerun": "Run again"}


def cancel(visit: Visit) -> Response:
    """Stop a job; its page says how far that is."""
    job = cancel_job(tenant=visit.caller.tenant, job_id=visit.path("job_id"), parts=visit.parts.operator)
    return see(f"/jobs/{part(job.id)}")


def bulk(visit: Visit) -> Response:
    """Do to each selected job what was asked for, and say how many took it."""
    action = _ACTIONS.get(visit.form.get("do"))
    if action is None:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, "Choose what to do with the jobs, then try again.")
    done = refused = 0
    for job_id in visit.form.all("job")[:_MOST_AT_ONCE]:
        try:
            action(visit, job_id)
            done += 1
        except (LeadmagnetError, StepLogError):
            # Each job stands for itself: one that completed meanwhile must not keep the others from being stopped.
            refused += 1
    separator = "&" if (query := filter_of(visit).query()) else "?"
    return see(f"/jobs{query}{separator}done={visit.form.get('do')}.{done}.{refused}")


def notice_of(visit: Visit) -> str:
    """What to say of the change that led here; empty if none did."""
    action, _, counts = visit.query("done").partition(".")
    done, _, refused = counts.partition(".")
    if action not in _DONE or not (done + refused).isascii() or not (done + refused).isdigit() or len(counts) > 6:
        return ""
    sentences = [f"{_DONE[action]}: {plural(int(done), 'job')}."]
    if refused not in ("", "0"):
        why = "ended already" if action == "cancel" else "run still, or cannot be run again"
        sentences.append(f"{plural(int(refused), 'job')} left alone: they {why}.")
    return " ".join(sentences)


def _cancel_one(visit: Visit, job_id: str) -> Job:
    return cancel_job(tenant=visit.caller.tenant, job_id=job_id, parts=visit.parts.operator)


def _rerun_one(visit: Visit, job_id: str) -> Job:
    """What failed goes on from there, so that nothing is paid for twice; the rest begins anew."""
    parts, tenant = visit.parts.operator, visit.caller.tenant
    failed = parts.jobs.get(tenant=tenant, job_id=job_id).status is JobStatus.FAILED
    return rerun_job(tenant=tenant, job_id=job_id, rerun=Rerun(from_failure=failed), parts=parts)


_ACTIONS: dict[str, Callable[[Visit, str], Job]] = {"cancel": _cancel_one, "rerun": _rerun_one}
