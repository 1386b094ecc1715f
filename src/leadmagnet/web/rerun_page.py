"""Runs a job again: from the start, from where it failed or from a step, with other words where they are wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from starlette.responses import Response

from leadmagnet.domain.errors import IllegalTransition, Invalid
from leadmagnet.domain.job import Job, JobStatus
from leadmagnet.domain.workflow import Step, Workflow
from leadmagnet.engine.rerun import Rerun, rerun_job
from leadmagnet.web.answers import page, see
from leadmagnet.web.form import Form
from leadmagnet.web.new_job import FormField, form_fields, typed_values
from leadmagnet.web.pages import part
from leadmagnet.web.visit import Visit

#: What the form calls the two beginnings that are not a step; no step's name has a space.
FROM_START = " start"
FROM_FAILURE = " failure"
_PREFIX = "instructions."


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedStep:
    """A step whose instructions can be changed for this run."""

    step: Step
    text: str
    #: As they were, in the job that is run again.
    before: str
    problem: str = ""

    @property
    def name(self) -> str:
        """Its name in the form."""
        return _PREFIX + self.step.name


@dataclass(frozen=True, slots=True, kw_only=True)
class RerunForm:
    """The form, with what was typed and what is wrong with it."""

    job: Job
    workflow: Workflow
    start: str
    fields: Sequence[FormField]
    steps: Sequence[EditedStep]
    problems: Sequence[str] = ()

    @property
    def may_keep(self) -> bool:
        """Whether there is a failure to go on from."""
        return self.job.status in (JobStatus.FAILED, JobStatus.CANCELLED)


def show(visit: Visit) -> Response:
    """The form, filled with what the job was run with."""
    job, workflow = _job(visit)
    failed = job.status in (JobStatus.FAILED, JobStatus.CANCELLED)
    start = visit.query("from") or (FROM_FAILURE if failed else FROM_START)
    values = {name: str(value) for name, value in job.submission.items()}
    return _page(visit, _form(job, workflow, start, values, _instructions(job, workflow), {}))


def submit(visit: Visit) -> Response:
    """The new job; or the form again, with what is wrong with it."""
    job, workflow = _job(visit)
    start = visit.form.get("from", FROM_START)
    values = typed_values(visit.form, workflow.fields)
    texts = _typed_instructions(visit.form, job, workflow)
    try:
        made = rerun_job(
            tenant=visit.caller.tenant,
            job_id=job.id,
            rerun=_rerun(job, workflow, start, values, texts),
            parts=visit.parts.operator,
        )
    except (Invalid, IllegalTransition) as error:
        problems = {problem.field: problem.message for problem in getattr(error, "problems", ())}
        form = _form(job, workflow, start, values, texts, problems or {"": error.message})
        return _page(visit, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return see(f"/jobs/{part(made.id)}")


def _job(visit: Visit) -> tuple[Job, Workflow]:
    parts = visit.parts.operator
    job = parts.jobs.get(tenant=visit.caller.tenant, job_id=visit.path("job_id"))
    return job, parts.workflows.get(job.workflow, version=job.workflow_version)


def _rerun(job: Job, workflow: Workflow, start: str, values: Mapping[str, str], texts: Mapping[str, str]) -> Rerun:
    """Only what was changed: steps that are kept may not be given instructions."""
    before = _instructions(job, workflow)
    said = {name: str(value) for name, value in job.submission.items()}
    return Rerun(
        from_step=None if start in (FROM_START, FROM_FAILURE) else start,
        from_failure=start == FROM_FAILURE,
        instructions={name: text for name, text in texts.items() if text != before[name]},
        submission={name: value for name, value in values.items() if value != said.get(name, "")},
    )


def _instructions(job: Job, workflow: Workflow) -> dict[str, str]:
    """The instructions of each step that has some, as the job ran with them."""
    edited = workflow.with_instructions(job.instructions)
    return {step.name: step.instructions for step in edited.steps if step.instructions.strip()}


def _typed_instructions(form: Form, job: Job, workflow: Workflow) -> dict[str, str]:
    return {name: form.get(_PREFIX + name, text) for name, text in _instructions(job, workflow).items()}


def _form(
    job: Job,
    workflow: Workflow,
    start: str,
    values: Mapping[str, str],
    texts: Mapping[str, str],
    problems: Mapping[str, str],
) -> RerunForm:
    before = _instructions(job, workflow)
    steps = [
        EditedStep(step=workflow.step(name), text=text, before=before[name], problem=problems.get(_PREFIX + name, ""))
        for name, text in texts.items()
    ]
    known = {field.name for field in workflow.fields} | {step.name for step in steps}
    return RerunForm(
        job=job,
        workflow=workflow,
        start=start,
        fields=form_fields(workflow, values, problems),
        steps=steps,
        problems=[message for name, message in problems.items() if name not in known],
    )


def _page(visit: Visit, form: RerunForm, *, status: int = HTTPStatus.OK) -> Response:
    wrong = [*(each for each in form.fields if each.problem), *(each for each in form.steps if each.problem)]
    return page(
        visit,
        "rerun.html",
        form=form,
        wrong=wrong,
        from_start=FROM_START,
        from_failure=FROM_FAILURE,
        status=status,
    )
