"""What tells a job from others of its workflow: a value of its submission, short enough for a row of a table."""

from __future__ import annotations

from collections.abc import Mapping

from leadmagnet.domain.json_value import JsonValue
from leadmagnet.domain.workflow import FieldType, Workflow

#: A line of a table; an index entry stays within the one KB that DynamoDB charges as one unit.
LONGEST_CHARS = 80
#: What people call a job by: the company or person that it is for, else an address, else how a longer text begins.
#: Choices and numbers tell no two jobs apart.
_SOUGHT = (FieldType.TEXT, FieldType.EMAIL, FieldType.URL, FieldType.LONG_TEXT)


def label_of(workflow: Workflow, submission: Mapping[str, JsonValue]) -> str | None:
    """The first value of the kind that says most, on one line; None if the submission has none of any."""
    for wanted in _SOUGHT:
        for field in workflow.fields:
            value = submission.get(field.name)
            if field.type is wanted and isinstance(value, str) and (line := _one_line(value)):
                return line
    return None


def _one_line(text: str) -> str:
    # Marks that turn the direction of writing would turn the row around it as well.
    line = "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
    return line if len(line) <= LONGEST_CHARS else line[: LONGEST_CHARS - 1].rstrip() + "…"
