"""Takes a submission in and makes a job of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from leadmagnet.domain.job import Job
from leadmagnet.domain.json_value import JsonValue
from leadmagnet.engine.job_label import label_of
from leadmagnet.engine.ports import Clock, JobQueue, JobStore, WorkflowStore
from leadmagnet.engine.submission import check_submission


def submit_job(
    *,
    tenant: str,
    workflow: str,
    submission: Mapping[str, JsonValue],
    jobs: JobStore,
    workflows: WorkflowStore,
    queue: JobQueue,
    clock: Clock,
    new_id: Callable[[], str],
) -> Job:
    """The pending job that runs the newest version of `workflow` for `submission`.

    WorkflowNotFound or InvalidSubmission before anything is written. The job is stored before it is
    queued, so that no worker is sent for a job that does not exist.
    """
    found = workflows.get(workflow)
    checked = check_submission(found, submission)
    job = Job(
        id=new_id(),
        tenant=tenant,
        workflow=found.name,
        workflow_version=found.version,
        submission=checked,
        label=label_of(found, checked),
        created_at=clock(),
        steps_total=len(found.steps),
    )
    jobs.create(job)
    queue.send(job.id)
    return job
