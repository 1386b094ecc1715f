"""The jobs that a check makes: a tenant, a workflow and records of their own, gone when the check is over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from leadmagnet.domain.artifact import Artifact
from leadmagnet.domain.job import Job, JobStatus
from leadmagnet.domain.workflow import CHECK_WORKFLOW, Workflow
from leadmagnet.engine.ports import ArtifactStore, Clock, JobFiles, JobStore, WorkflowStore
from leadmagnet.engine.workflow_file import parse_workflow

#: No customer's: what the check makes shows in nobody's list.
TENANT = "leadmagnet-check"

#: Offline models cost nothing and need no key.
_WORKFLOW = (
    f"name: {CHECK_WORKFLOW}\n"
    + """\
title: Pre-traffic check
description: Run through each new version of the worker before it gets jobs of customers.
submission:
  - {name: word, label: A word, example: lantern}
steps:
  - name: text
    title: A text
    type: ai_generation
    order: 1
    model: offline
    instructions: Write two sentences about a {{ submission.word }}.
  - name: page
    title: A page
    type: html_generation
    order: 2
    instructions: "<!doctype html><title>Check</title><p>{{ steps.text.output }}</p>"
  - name: deliver
    title: Deliverable
    type: final_output
    order: 3
    options: {from: page}
"""
)
STEPS = ("form_submission", "text", "page", "deliver")


class Steps(Protocol):
    """The step log."""

    def replace(self, job_id: str, steps: Sequence[Mapping[str, Any]]) -> int:
        """Put `steps` in place of the whole log; its new version."""

    def read(self, job_id: str) -> list[dict[str, Any]]:
        """All steps of the job, in order."""


class Ids(Protocol):
    """Makes new unique ids."""

    def __call__(self) -> str:
        """One of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticJobs:
    """Makes jobs to check with, and removes them."""

    jobs: JobStore
    workflows: WorkflowStore
    steps: Steps
    artifacts: ArtifactStore
    files: JobFiles
    clock: Clock
    new_id: Ids

    @contextmanager
    def waiting(self) -> Iterator[Job]:
        """A job that nobody has taken and that no message asks for, for as long as the block lasts."""
        workflow = self.workflows.put(parse_workflow(_WORKFLOW))
        with self._stored(workflow, JobStatus.PENDING) as job:
            yield job

    @contextmanager
    def at_rest(self, steps: Sequence[Mapping[str, Any]]) -> Iterator[Job]:
        """A completed job with that record, for as long as the block lasts."""
        with self._stored(parse_workflow(_WORKFLOW), JobStatus.COMPLETED) as job:
            self.steps.replace(job.id, steps)
            yield job

    def look_at(self, job: Job) -> tuple[Job, list[dict[str, Any]]]:
        """The job as it is now, and its execution steps."""
        return self.jobs.get(tenant=TENANT, job_id=job.id), self.steps.read(job.id)

    def file_of(self, job: Job, artifact_id: str) -> Artifact:
        """A file that the job made."""
        return self.artifacts.get(job.id, artifact_id)

    @contextmanager
    def _stored(self, workflow: Workflow, status: JobStatus) -> Iterator[Job]:
        now = self.clock()
        job = Job(
            id=self.new_id(),
            tenant=TENANT,
            workflow=workflow.name,
            workflow_version=workflow.version,
            submission={"word": "lantern"},
            created_at=now,
            status=status,
            finished_at=now if status.at_rest else None,
            steps_total=len(workflow.steps),
        )
        self.jobs.create(job)
        try:
            yield job
        finally:
            self._remove(job)

    def _remove(self, job: Job) -> None:
        left = self.jobs.get(tenant=TENANT, job_id=job.id)
        if not left.status.at_rest:
            left = self.jobs.cancel(tenant=TENANT, job_id=job.id, at=self.clock())
        # A version that is broken may hold a job until its lease ends; its tenant is nobody's, so it may stay.
        if left.status.at_rest:
            self.files.delete_all(job.id)
            self.jobs.delete(tenant=TENANT, job_id=job.id)
