"""From the text of a workflow file to a Workflow."""

from __future__ import annotations

import re

from leadmagnet.domain.workflow import Workflow
from leadmagnet.engine.workflow_file.form import read_fields
from leadmagnet.engine.workflow_file.problems import Problems
from leadmagnet.engine.workflow_file.reading import Reading
from leadmagnet.engine.workflow_file.source import read_tree
from leadmagnet.engine.workflow_file.steps import read_steps
from leadmagnet.engine.workflow_file.survival import read_budget, read_deadline

_NAME = re.compile(r"[a-z][a-z0-9-]*")
_KEYS = ("name", "title", "description", "submission", "deadline_s", "budget_usd", "steps")


def parse_workflow(text: str, *, source_name: str = "The workflow") -> Workflow:
    """The workflow that `text` (YAML) describes; its dependencies are filled in, its version is 0.

    InvalidWorkflow names every mistake with its line and field. `source_name` is what the message calls
    the text: a file's name.
    """
    problems = Problems(source_name)
    reading = Reading(read_tree(text, problems), "", problems, keys=_KEYS)
    name = reading.name("name", _NAME, rule="small letters, digits and -, a letter first")
    fields = read_fields(reading, problems)
    workflow = Workflow(
        name=name,
        title=reading.text("title", default=name.replace("-", " ").capitalize()),
        description=reading.text("description"),
        fields=fields,
        steps=read_steps(reading, fields, problems),
        deadline_s=read_deadline(reading),
        budget_usd=read_budget(reading),
        source=text,
    )
    problems.raise_if_any()
    return workflow
