"""Runs a job from wherever it stands to its end."""

from __future__ import annotations

import logging
from collections.abc import Callable

from leadmagnet.domain.errors import InvalidWorkflow, LeaseLost, WorkflowNotFound
from leadmagnet.domain.job import Job, JobError
from leadmagnet.domain.workflow import Workflow
from leadmagnet.engine.job_end import log_end
from leadmagnet.engine.ledger import Ledger
from leadmagnet.engine.parts import EngineParts
from leadmagnet.engine.steps_run import run_steps

logger = logging.getLogger(__name__)


def never() -> bool:
    """For a run that nothing interrupts."""
    return False


def run_job(job_id: str, *, parts: EngineParts, stop: Callable[[], bool] = never) -> Job:
    """The job after its run: completed, failed or cancelled; still processing if `stop` said so between two steps.

    What is recorded already is not run again, so a job may be delivered twice, or taken up where a worker
    that died left it. JobNotFound if there is no such job; LeaseHeld if another worker owns it; LeaseLost if this
    one did not say in time that it lives. Errors of the stores go up: the job stays as it is and can be run again.
    """
    owner = parts.new_id()
    job = parts.runs.take(job_id, owner=owner, now=parts.clock(), until=parts.lease_end())
    if job.status.at_rest:
        # Its record is whole even if the worker that ended it died right after.
        parts.steps.seal(job_id)
        return job
    facts = {"event": "job_taken", "job_id": job.id, "tenant": job.tenant, "workflow": job.workflow, "owner": owner}
    logger.info("Job taken", extra=facts | {"execution": job.executions})
    try:
        job = _run(job, owner, parts, stop)
    except LeaseLost:
        logger.warning("Lease lost", extra={"event": "lease_lost", "job_id": job_id, "owner": owner})
        raise
    finally:
        if not job.status.at_rest:
            parts.runs.release(job_id, owner=owner)
    return job


def _run(job: Job, owner: str, parts: EngineParts, stop: Callable[[], bool]) -> Job:
    workflow = _workflow_of(job, parts)
    if isinstance(workflow, JobError):
        # No ledger can be kept of steps that nobody knows; the job ends with what it has.
        ended = job.fail(at=parts.clock(), error=workflow)
        parts.steps.seal(job.id)
        parts.runs.save(ended, owner=owner, until=parts.lease_end())
        log_end(ended, ())
        return ended
    ledger = Ledger.open(job, workflow, owner=owner, parts=parts)
    failure = run_steps(ledger, parts=parts, stop=stop)
    # What was recorded of steps that were given up came after the last time that progress was saved.
    job = ledger.progress(running={})
    if ledger.cancel_requested:
        return _end(ledger, job.cancel(at=parts.clock()), parts)
    if failure is not None:
        return _end(ledger, job.fail(at=parts.clock(), error=failure), parts)
    if ledger.finished:
        return _end(ledger, job.complete(at=parts.clock(), deliverable=ledger.deliverable()), parts)
    return ledger.job


def _workflow_of(job: Job, parts: EngineParts) -> Workflow | JobError:
    """The version that the job was made for; a JobError if no later delivery could find it either."""
    try:
        workflow = parts.workflows.get(job.workflow, version=job.workflow_version)
    except (WorkflowNotFound, InvalidWorkflow) as error:
        return JobError(step_id=None, code=error.code, message=error.message)
    return workflow.with_instructions(job.instructions)


def _end(ledger: Ledger, ended: Job, parts: EngineParts) -> Job:
    # Sealed first: whoever sees a job at rest finds its document whole. Both can be done again.
    parts.steps.seal(ended.id)
    ledger.put(ended)
    # Only now is it true: whoever lost the lease ends nothing.
    log_end(ended, ledger.records)
    return ended
