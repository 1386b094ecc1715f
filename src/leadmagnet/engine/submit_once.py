"""Takes the same submission in once, however often it is sent."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping

from leadmagnet.domain.errors import IdempotencyKeyReused, JobExists, JobNotFound
from leadmagnet.domain.job import Job
from leadmagnet.domain.json_value import JsonValue
from leadmagnet.engine.ports import Clock, JobQueue, JobStore, WorkflowStore
from leadmagnet.engine.submission import check_submission
from leadmagnet.engine.submit import submit_job

#: Bytes of the digest that becomes the id: as many as a ULID has of chance and time together.
_ID_BYTES = 16


def submit_once(
    *,
    key: str,
    tenant: str,
    workflow: str,
    submission: Mapping[str, JsonValue],
    jobs: JobStore,
    workflows: WorkflowStore,
    queue: JobQueue,
    clock: Clock,
) -> tuple[Job, bool]:
    """The tenant's job of that key, and whether it is new.

    The key decides the job's id, so that no two requests can make two jobs and nothing has to be remembered beside
    the job. IdempotencyKeyReused if the job of that key was made of something else.
    """
    job_id = job_id_of(tenant, key)
    try:
        return _equal(jobs.get(tenant=tenant, job_id=job_id), workflow, submission, workflows, queue), False
    except JobNotFound:
        pass
    made: Callable[[], str] = lambda: job_id  # noqa: E731 (a name for what submit_job calls)
    try:
        job = submit_job(
            tenant=tenant,
            workflow=workflow,
            submission=submission,
            jobs=jobs,
            workflows=workflows,
            queue=queue,
            clock=clock,
            new_id=made,
        )
    except JobExists:
        # The same request a moment ago, on another connection.
        return _equal(jobs.get(tenant=tenant, job_id=job_id), workflow, submission, workflows, queue), False
    return job, True


def job_id_of(tenant: str, key: str) -> str:
    """The id of the job that a tenant's key makes."""
    digest = hashlib.sha256(f"{len(tenant)}:{tenant}:{key}".encode()).digest()[:_ID_BYTES]
    return "K" + base64.b32encode(digest).decode().rstrip("=")


def _equal(
    job: Job, workflow: str, submission: Mapping[str, JsonValue], workflows: WorkflowStore, queue: JobQueue
) -> Job:
    """`job`, if this request would have made it; a job that no worker has begun is queued again."""
    if job.workflow == workflow:
        then = workflows.get(workflow, version=job.workflow_version)
        if check_submission(then, submission) == job.submission:
            if not job.status.at_rest and job.started_at is None:
                # Whoever made it may have died before it was queued; a message too many does no harm.
                queue.send(job.id)
            return job
    raise IdempotencyKeyReused(
        "This Idempotency-Key was used for another request; send each new request with a key of its own.",
        job_id=job.id,
    )
