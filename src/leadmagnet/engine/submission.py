"""A submission, checked against the form of its workflow."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from leadmagnet.domain.errors import InvalidSubmission, Problem
from leadmagnet.domain.json_value import JsonValue
from leadmagnet.domain.workflow import Workflow
from leadmagnet.engine.field_value import field_value
from leadmagnet.engine.suggest import did_you_mean

#: A job's item holds its submission beside up to 300 KB of steps, and DynamoDB ends at 400 KB.
MAX_BYTES = 64 * 1024


def check_submission(workflow: Workflow, submission: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The cleaned values by field; a field that was left empty is left out.

    InvalidSubmission names every mistake.
    """
    problems = [*_unknown(workflow, submission)]
    cleaned: dict[str, JsonValue] = {}
    for field in workflow.fields:
        checked = field_value(field, submission.get(field.name))
        if checked.problem:
            problems.append(Problem(field=field.name, message=checked.problem))
        elif checked.value is not None:
            cleaned[field.name] = checked.value
    problems += [] if problems else _too_large(cleaned)
    if problems:
        raise InvalidSubmission(f'The submission does not fit the workflow "{workflow.name}":', problems=problems)
    return cleaned


def _unknown(workflow: Workflow, submission: Mapping[str, JsonValue]) -> Iterator[Problem]:
    known = [field.name for field in workflow.fields]
    for name in submission:
        if name not in known:
            shown = name[:80]
            hint = did_you_mean(shown, known) or f"; there are: {', '.join(known)}"
            yield Problem(field=shown, message=f"is not a field of this form{hint}")


def _too_large(cleaned: Mapping[str, JsonValue]) -> list[Problem]:
    size = len(json.dumps(cleaned, ensure_ascii=False).encode())
    if size <= MAX_BYTES:
        return []
    return [Problem(message=f"all fields together are {size:,} bytes; {MAX_BYTES:,} is the most, so shorten the texts")]
