"""A new job: a form made from the fields of a workflow."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from starlette.responses import Response

from leadmagnet.domain.errors import InvalidSubmission
from leadmagnet.domain.workflow import Field, FieldType, Workflow
from leadmagnet.engine.submit_once import submit_once
from leadmagnet.web.answers import page, see
from leadmagnet.web.form import Form
from leadmagnet.web.pages import part
from leadmagnet.web.visit import Visit

#: Fields of the form are named apart from those of the page (`csrf`).
_PREFIX = "field."
_INPUTS = {FieldType.EMAIL: "email", FieldType.URL: "url", FieldType.NUMBER: "text"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field of the form, with what was typed and what is wrong with it."""

    field: Field
    value: str = ""
    problem: str = ""

    @property
    def name(self) -> str:
        """Its name in the form."""
        return _PREFIX + self.field.name

    @property
    def input(self) -> str:
        """The kind of control: `choice`, `long_text`, or the type of an input."""
        kind = self.field.type
        return kind.value if kind in (FieldType.CHOICE, FieldType.LONG_TEXT) else _INPUTS.get(kind, "text")

    @property
    def example(self) -> str:
        """The example as it would be typed."""
        return "" if self.field.example is None else str(self.field.example)


def choose(visit: Visit) -> Response:
    """The workflows that a job can run."""
    return page(visit, "new.html", workflows=visit.parts.operator.workflows.list())


def show(visit: Visit) -> Response:
    """The form of one workflow; `?example` fills it."""
    workflow = visit.parts.operator.workflows.get(visit.path("workflow"))
    filled = "example" in visit.request.query_params
    values = {field.name: str(field.example) for field in workflow.fields if filled and field.example is not None}
    return _form(visit, workflow, values, problems={})


def submit(visit: Visit) -> Response:
    """A job from what was typed; the form again, with what is wrong at its field, if it does not fit."""
    workflow = visit.parts.operator.workflows.get(visit.path("workflow"))
    typed = typed_values(visit.form, workflow.fields)
    parts = visit.parts.operator
    # The same form sent twice makes one job; sent again with other values, another.
    sent = hashlib.sha256(repr((visit.form.get("key"), workflow.name, sorted(typed.items()))).encode()).hexdigest()
    try:
        job, _ = submit_once(
            key=sent,
            tenant=visit.caller.tenant,
            workflow=workflow.name,
            submission=typed,
            jobs=parts.jobs,
            workflows=parts.workflows,
            queue=parts.queue,
            clock=parts.clock,
        )
    except InvalidSubmission as error:
        problems = {problem.field: problem.message for problem in error.problems}
        return _form(visit, workflow, typed, problems=problems or {"": error.message})
    return see(f"/jobs/{part(job.id)}")


def typed_values(form: Form, fields: Sequence[Field]) -> dict[str, str]:
    """What was typed, by field."""
    return {field.name: form.get(_PREFIX + field.name) for field in fields}


def form_fields(workflow: Workflow, values: Mapping[str, str], problems: Mapping[str, str]) -> list[FormField]:
    """The fields of the form, with what was typed and what is wrong."""
    return [
        FormField(field=field, value=values.get(field.name, ""), problem=problems.get(field.name, ""))
        for field in workflow.fields
    ]


def _form(visit: Visit, workflow: Workflow, values: Mapping[str, str], *, problems: Mapping[str, str]) -> Response:
    fields = form_fields(workflow, values, problems)
    known = {field.name for field in workflow.fields}
    rest = [message for name, message in problems.items() if name not in known]
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK
    wrong = [each for each in fields if each.problem]
    key = visit.form.get("key") or visit.parts.operator.new_id()
    return page(
        visit, "new_form.html", workflow=workflow, fields=fields, wrong=wrong, rest=rest, key=key, status=status
    )
