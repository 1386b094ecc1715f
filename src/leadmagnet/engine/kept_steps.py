"""Records that a rerun takes over from the job before, with the files that they name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from leadmagnet.domain.execution_step import ExecutionStep, StepStatus, StepType
from leadmagnet.domain.json_value import JsonValue
from leadmagnet.domain.workflow import Workflow
from leadmagnet.engine.artifact_url import artifact_url
from leadmagnet.engine.large_output import WHOLE_IN
from leadmagnet.engine.plan import ancestors

#: Types of steps whose outputs are made by us and name files.
_MAKERS = (StepType.IMAGE_GENERATION, StepType.HTML_GENERATION, StepType.FINAL_OUTPUT)


def kept_records(records: Iterable[ExecutionStep], workflow: Workflow, *, from_step: str | None) -> list[ExecutionStep]:
    """The completed steps that need not run again.

    With `from_step`: neither that one nor those after it. Without: neither those that did not complete nor those
    after them.
    """
    completed = {record.step_id: record for record in records if record.status is StepStatus.COMPLETED}
    names = [step.name for step in workflow.steps]
    begins = {from_step} if from_step is not None else {name for name in names if name not in completed}
    again = {step.name for step in workflow.steps if step.name in begins or begins & ancestors(workflow.steps, step)}
    return [completed[name] for name in names if name in completed and name not in again]


def moved(record: ExecutionStep, *, from_job: str, to_job: str) -> ExecutionStep:
    """`record` as one of `to_job`, which did not pay for it."""
    old, new = artifact_url(from_job, ""), artifact_url(to_job, "")
    return replace(
        record,
        output=_moved(record.output, old, new) if _names_files(record) else record.output,
        image_urls=tuple(url.replace(old, new, 1) for url in record.image_urls),
        kept_from=record.kept_from or from_job,
    )


def artifact_ids(record: ExecutionStep) -> list[str]:
    """The ids of the files that `record` names."""
    found = [] if record.artifact_id is None else [record.artifact_id]
    if _names_files(record):
        found += _ids_in(record.output)
    return list(dict.fromkeys(found))


def _names_files(record: ExecutionStep) -> bool:
    return record.step_type in _MAKERS or (isinstance(record.output, Mapping) and WHOLE_IN in record.output)


def _ids_in(value: JsonValue) -> list[str]:
    if isinstance(value, Mapping):
        return [str(value[key]) for key in ("artifact_id", WHOLE_IN) if key in value]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [found for each in value for found in _ids_in(each)]
    return []


def _moved(value: JsonValue, old: str, new: str) -> JsonValue:
    """`value` with the addresses of files changed; an address is a whole text, never a part of one."""
    if isinstance(value, Mapping):
        return {key: _moved(each, old, new) for key, each in value.items()}
    if isinstance(value, str):
        return new + value.removeprefix(old) if value.startswith(old) else value
    if isinstance(value, Sequence):
        return [_moved(each, old, new) for each in value]
    return value
