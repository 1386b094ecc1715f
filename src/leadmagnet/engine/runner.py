"""Runs a job from wherever it stands to its end."""

from __future__ import annotations

import logging
from collections.abc import Callable

from leadmagnet.domain.errors import IllegalTransition, InvalidWorkflow, WorkflowNotFound
from leadmagnet.domain.job import Job, JobError, JobStatus
from leadmagnet.domain.workflow import Workflow
from leadmagnet.engine.ledger import Ledger
from leadmagnet.engine.parts import EngineParts
from leadmagnet.engine.steps_run import run_steps

logger = logging.getLogger(__name__)


def never() -> bool:
    """For a run that nothing interrupts."""
    return False


def run_job(job_id: str, *, parts: EngineParts, stop: Callable[[], bool] = never) -> Job:
    """The job after its run: completed or failed; still processing if `stop` said so between two steps.

    What is recorded already is not run again, so a job may be delivered twice, or taken up where a worker
    that died left it. JobNotFound if there is no such job. Errors of the stores go up: the job stays as it
    is and can be run again.
    """
    while True:
        job = parts.jobs.load(job_id)
        if job.status.at_rest:
            # Its record is whole even if the worker that ended it died right after.
            parts.steps.seal(job_id)
            return job
        try:
            return _run(job, parts, stop)
        except IllegalTransition:
            # Somebody moved the job meanwhile: it was cancelled, or a second delivery was faster. Jobs only
            # move forward, so this comes to an end.
            if parts.jobs.load(job_id).status is job.status:
                raise


def _run(job: Job, parts: EngineParts, stop: Callable[[], bool]) -> Job:
    workflow = _workflow_of(job, parts)
    if isinstance(workflow, JobError):
        return _fail(job, workflow, parts)
    job = _start(job, parts)
    ledger = Ledger.open(job, workflow, parts=parts)
    run_steps(ledger, parts=parts, stop=stop)
    failed = ledger.first_failure()
    if failed is not None:
        return _fail(ledger.job, failed, parts)
    return _complete(ledger, parts) if ledger.finished else ledger.job


def _workflow_of(job: Job, parts: EngineParts) -> Workflow | JobError:
    """The version that the job was made for; a JobError if no later delivery could find it either."""
    try:
        return parts.workflows.get(job.workflow, version=job.workflow_version)
    except (WorkflowNotFound, InvalidWorkflow) as error:
        return JobError(step_id=None, code=error.code, message=error.message)


def _start(job: Job, parts: EngineParts) -> Job:
    started = job.start(at=parts.clock())
    if started is not job:
        parts.jobs.save(started, expected=job.status)
        logger.info("Job started", extra={"event": "job_started", "job_id": job.id, "workflow": job.workflow})
    return started


def _complete(ledger: Ledger, parts: EngineParts) -> Job:
    # Sealed first: whoever sees a completed job finds its document whole. Both can be done again.
    parts.steps.seal(ledger.job.id)
    job = ledger.job.complete(at=parts.clock(), deliverable=ledger.deliverable())
    parts.jobs.save(job, expected=JobStatus.PROCESSING)
    logger.info("Job completed", extra={"event": "job_completed", "job_id": job.id, "steps": job.steps_done})
    return job


def _fail(job: Job, error: JobError, parts: EngineParts) -> Job:
    parts.steps.seal(job.id)
    failed = job.fail(at=parts.clock(), error=error)
    parts.jobs.save(failed, expected=job.status)
    facts = {"event": "job_failed", "job_id": job.id, "step_id": error.step_id, "code": error.code}
    logger.warning("Job failed", extra=facts)
    return failed
