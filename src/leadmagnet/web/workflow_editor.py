"""Edits a workflow as YAML: what is wrong is said at its line, and nothing wrong is ever stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from starlette.responses import Response

from leadmagnet.domain.errors import InvalidWorkflow, Problem
from leadmagnet.domain.workflow import Workflow
from leadmagnet.engine.workflow_file import parse_workflow
from leadmagnet.web.answers import page, see
from leadmagnet.web.pages import part
from leadmagnet.web.visit import Visit
from leadmagnet.web.workflows_page import newest_of

_LONGEST_EXCERPT = 120
#: What a new workflow begins with: small, and right as it stands.
_BEGINNING = """\
name: my-report
title: My report
description: What it makes, and for whom.

submission:
  - name: company
    label: Company
    example: Harbour Coffee

steps:
  - name: draft
    title: Draft
    type: ai_generation
    instructions: |
      Write one page about {{ submission.company }}.

  - name: page
    title: Page
    type: html_generation
    instructions: |
      <!doctype html><title>{{ submission.company }}</title>
      <body>{{ steps.draft.output | markdown }}</body>

  - name: deliver
    title: Deliverable
    type: final_output
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One thing that is wrong, and the line that it is in."""

    problem: Problem
    excerpt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorForm:
    """The text, with what is wrong with it. `workflow` is None for a new one."""

    text: str
    workflow: Workflow | None
    #: The version that the text began as; 0 for a new workflow.
    base: int
    mistakes: Sequence[Mistake] = ()

    @property
    def lines(self) -> int:
        """How many lines the text has."""
        return self.text.count("\n") + 1

    @property
    def wrong_lines(self) -> frozenset[int]:
        """The lines with something wrong."""
        return frozenset(each.problem.line for each in self.mistakes if each.problem.line)


def show(visit: Visit) -> Response:
    """The newest text of the workflow, to be edited."""
    workflow = newest_of(visit)
    return _page(visit, EditorForm(text=workflow.source, workflow=workflow, base=workflow.version))


def show_new(visit: Visit) -> Response:
    """A text to begin a workflow with."""
    return _page(visit, EditorForm(text=_BEGINNING, workflow=None, base=0))


def save(visit: Visit) -> Response:
    """The next version; or the text again, with what is wrong with it."""
    workflow = newest_of(visit)
    base = visit.form.get("base")
    if base != str(workflow.version):
        changed = Problem(
            message=f"Version {workflow.version} was stored since you began. Take what is yours out of this text, open "
            "the workflow again and put it in there."
        )
        return _refused(visit, workflow, [changed], base=int(base) if base.isascii() and base.isdigit() else 0)
    return _store(visit, workflow)


def save_new(visit: Visit) -> Response:
    """The first version of a new workflow; or the text again, with what is wrong with it."""
    return _store(visit, None)


def _store(visit: Visit, workflow: Workflow | None) -> Response:
    store = visit.parts.operator.workflows
    try:
        parsed = parse_workflow(visit.form.get("text"))
        _require_name(parsed, workflow, [each.name for each in store.list()])
    except InvalidWorkflow as error:
        problems = error.problems or (Problem(message=error.message),)
        return _refused(visit, workflow, problems, base=workflow.version if workflow else 0)
    return see(f"/workflows/{part(store.put(parsed).name)}")


def _require_name(parsed: Workflow, workflow: Workflow | None, taken: Sequence[str]) -> None:
    """A new workflow may not become a version of another by accident, nor an edited one another's."""
    if workflow is None and parsed.name in taken:
        message = f"there is a workflow {parsed.name} already; give this one another name, or edit that one"
    elif workflow is not None and parsed.name != workflow.name:
        message = f"this is the workflow {workflow.name}; for another name begin a new workflow"
    else:
        return
    line = next((n for n, text in enumerate(parsed.source.split("\n"), start=1) if text.startswith("name:")), None)
    raise InvalidWorkflow("The name does not fit.", problems=[Problem(message=message, field="name", line=line)])


def _refused(visit: Visit, workflow: Workflow | None, problems: Sequence[Problem], *, base: int) -> Response:
    text = visit.form.get("text")
    lines = text.split("\n")
    mistakes = [
        Mistake(problem=problem, excerpt=_excerpt(lines, problem.line))
        for problem in sorted(problems, key=lambda each: each.line or 0)
    ]
    form = EditorForm(text=text, workflow=workflow, base=base, mistakes=mistakes)
    return _page(visit, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _excerpt(lines: Sequence[str], number: int | None) -> str:
    return lines[number - 1].strip()[:_LONGEST_EXCERPT] if number and number <= len(lines) else ""


def _page(visit: Visit, form: EditorForm, *, status: int = HTTPStatus.OK) -> Response:
    return page(visit, "workflow_edit.html", form=form, status=status)
