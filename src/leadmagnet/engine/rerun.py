"""Runs a job again: from the start, from a step, or from where it failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from leadmagnet.domain.errors import IllegalTransition, Invalid, InvalidWorkflow, Problem
from leadmagnet.domain.job import Job, Origin
from leadmagnet.domain.json_value import JsonValue
from leadmagnet.domain.workflow import Workflow
from leadmagnet.engine.job_label import label_of
from leadmagnet.engine.kept_steps import artifact_ids, kept_records, moved
from leadmagnet.engine.operator_parts import OperatorParts
from leadmagnet.engine.plan import ancestors
from leadmagnet.engine.submission import check_submission
from leadmagnet.engine.submission_record import submission_record
from leadmagnet.engine.suggest import did_you_mean
from leadmagnet.engine.workflow_file.templates import template_mistakes


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerun:
    """What is to be run again, and what is to be different."""

    #: The first step to run anew, with those after it; None: all of them, or where it failed.
    from_step: str | None = None
    #: Keep what completed, and run the rest.
    from_failure: bool = False
    #: Other instructions, by step name.
    instructions: Mapping[str, str] = field(default_factory=dict)
    #: Fields of the submission that change.
    submission: Mapping[str, JsonValue] = field(default_factory=dict)


def rerun_job(*, tenant: str, job_id: str, rerun: Rerun, parts: OperatorParts) -> Job:
    """The new, pending job: the same version of the workflow, linked to the job it came from.

    Steps that are kept are copied with their files and cost nothing again. JobNotFound; IllegalTransition while the
    job still runs; Invalid, InvalidWorkflow or InvalidSubmission for edits that cannot be run. Nothing is written then.
    """
    before = parts.jobs.get(tenant=tenant, job_id=job_id)
    if not before.status.at_rest:
        raise IllegalTransition(
            f"The job is {before.status} still; wait for its end or cancel it, then run it again.",
            job_id=job_id,
            have=before.status.value,
            want="pending",
        )
    workflow = parts.workflows.get(before.workflow, version=before.workflow_version)
    _check(workflow, rerun)
    whole = rerun.from_step is None and not rerun.from_failure
    kept = [] if whole else kept_records(parts.steps.read(job_id), workflow, from_step=rerun.from_step)
    _check_edited_runs(rerun, {record.step_id for record in kept})
    submission = check_submission(workflow, {**before.submission, **rerun.submission})
    job = Job(
        id=parts.new_id(),
        tenant=tenant,
        workflow=workflow.name,
        workflow_version=workflow.version,
        submission=submission,
        label=label_of(workflow, submission),
        created_at=parts.clock(),
        steps_total=len(workflow.steps),
        origin=Origin(job_id=job_id, from_step=rerun.from_step),
        instructions={**before.instructions, **rerun.instructions},
    )
    parts.jobs.create(job)
    if kept:
        parts.steps.append(job.id, submission_record(job), owner=None)
    for record in kept:
        # Files first: a record never names one that is not there.
        for artifact_id in artifact_ids(record):
            parts.artifacts.copy(artifact_id, from_job=job_id, to_job=job.id)
        parts.steps.append(job.id, moved(record, from_job=job_id, to_job=job.id), owner=None)
    parts.queue.send(job.id)
    return job


def _check(workflow: Workflow, rerun: Rerun) -> None:
    """Refuse steps that the workflow does not have, and instructions that could not be rendered."""
    names = [step.name for step in workflow.steps]
    wanted = [*rerun.instructions, *([] if rerun.from_step is None else [rerun.from_step])]
    for name in wanted:
        if name not in names:
            hint = did_you_mean(name, names) or f"; there are: {', '.join(names)}"
            raise Invalid(f'"{name}" is not a step of the workflow {workflow.name}{hint}.', step=name)
    if rerun.from_step is not None and rerun.from_failure:
        raise Invalid("Run again either from a step or from where it failed; leave one of the two out.")
    edited = workflow.with_instructions(rerun.instructions)
    problems = [
        Problem(message=mistake.message, field=f"instructions.{name}", line=mistake.line)
        for name in rerun.instructions
        for mistake in template_mistakes(edited.step(name), _known(workflow, name))
    ]
    if problems:
        raise InvalidWorkflow("The instructions cannot be used:", problems=problems)


def _known(workflow: Workflow, name: str) -> Mapping[str, list[str]]:
    before = ancestors(workflow.steps, workflow.step(name))
    return {
        "submission": [field.name for field in workflow.fields],
        "steps": [step.name for step in workflow.steps if step.name in before],
    }


def _check_edited_runs(rerun: Rerun, kept: set[str]) -> None:
    for name in rerun.instructions:
        if name in kept:
            raise Invalid(f'The step "{name}" would be kept as it is; run again from it, or leave its edit out.')
