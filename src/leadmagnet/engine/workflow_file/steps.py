"""The `steps` part of a workflow file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from yaml.nodes import MappingNode, Node

from leadmagnet.domain.execution_step import StepType
from leadmagnet.domain.workflow import Field, Step
from leadmagnet.engine.executors import STEP_KINDS
from leadmagnet.engine.plan import ancestors
from leadmagnet.engine.workflow_file.form import NAME, NAME_RULE
from leadmagnet.engine.workflow_file.graph import Complain, check_cycles, check_final, check_known, resolve
from leadmagnet.engine.workflow_file.problems import Problems
from leadmagnet.engine.workflow_file.reading import Reading
from leadmagnet.engine.workflow_file.survival import read_on_failure, read_retry, read_timeout
from leadmagnet.engine.workflow_file.templates import check_template

MAX_STEPS = 200
_KEYS = (
    "name",
    "title",
    "type",
    "order",
    "depends_on",
    "model",
    "instructions",
    "options",
    "retry",
    "timeout_s",
    "on_failure",
)
_TYPES = tuple(STEP_KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A step as it stands in the file."""

    step: Step
    reading: Reading
    #: None where `depends_on` is left out.
    depends_on: tuple[str, ...] | None


def read_steps(workflow: Reading, fields: Sequence[Field], problems: Problems) -> tuple[Step, ...]:
    """The steps in order, with their dependencies filled in."""
    nodes = workflow.items("steps")
    if len(nodes) > MAX_STEPS:
        workflow.complain("steps", f"more than {MAX_STEPS} steps; split the workflow")
        return ()
    written = [_read_step(node, place, problems) for place, node in enumerate(nodes)]
    found = _distinct([each for each in written if each is not None])
    given = {name: each.depends_on for name, each in found.items() if each.depends_on is not None}
    steps = resolve(sorted((each.step for each in found.values()), key=lambda step: step.order), given)
    _check_one_final(workflow, steps)
    complain = _complainer(found)
    # Who comes before whom is known only if every step could be read and the graph holds.
    whole = len(found) == len(nodes)
    sound = whole and check_known(steps, given, complain) and check_cycles(steps, complain)
    if sound:
        check_final(steps, complain)
    for step in steps:
        before = ancestors(steps, step) if sound else None
        _check_one(found[step.name].reading, step, steps, fields, before, problems)
    return steps


def _read_step(node: Node, place: int, problems: Problems) -> _Written | None:
    path = f"steps[{place}]"
    if not isinstance(node, MappingNode):
        problems.add(node, path, "must be a mapping (name: ..., type: ...)")
        return None
    reading = Reading(node, path, problems, keys=_KEYS)
    name = reading.name("name", NAME, rule=NAME_RULE)
    kind = _kind(reading)
    order = reading.whole_number("order", default=place + 1, lowest=1, highest=1_000_000)
    step = Step(
        name=name,
        title=reading.text("title", default=name.replace("_", " ").capitalize()),
        type=kind or StepType.FINAL_OUTPUT,
        order=order,
        model=reading.text("model") or None,
        instructions=reading.text("instructions"),
        options=reading.object("options"),
        retry=read_retry(reading),
        timeout_s=read_timeout(reading),
        on_failure=read_on_failure(reading, kind or StepType.AI_GENERATION),
    )
    depends_on = None if reading.at("depends_on") is None else reading.texts("depends_on")
    return _Written(step=step, reading=reading, depends_on=depends_on) if name and kind else None


def _kind(reading: Reading) -> StepType | None:
    if reading.value("type") == StepType.FORM_SUBMISSION.value:
        reading.complain("type", "the submission is recorded by itself; take this step out")
        return None
    return reading.choice("type", _TYPES, default=None)


def _distinct(written: Sequence[_Written]) -> dict[str, _Written]:
    found: dict[str, _Written] = {}
    for each in written:
        if each.step.name in found:
            each.reading.complain("name", f'"{each.step.name}" is there twice; a step\'s name is its own')
        else:
            found[each.step.name] = each
    return found


def _complainer(found: dict[str, _Written]) -> Complain:
    def complain(step: str, key: str, message: str) -> None:
        found[step].reading.complain(key, message)

    return complain


def _check_one_final(workflow: Reading, steps: Sequence[Step]) -> None:
    finals = Counter(step.type for step in steps)[StepType.FINAL_OUTPUT]
    if finals != 1:
        count = "no step" if finals == 0 else f"{finals} steps"
        workflow.complain(
            "steps", f"{count} of type final_output; a workflow ends with exactly one, which names what it made"
        )


def _check_one(
    reading: Reading,
    step: Step,
    steps: Sequence[Step],
    fields: Sequence[Field],
    before: Collection[str] | None,
    problems: Problems,
) -> None:
    for key, message in STEP_KINDS[step.type].check(step, steps):
        reading.complain(key, message)
    node = reading.at("instructions")
    if node is not None:
        known = {"submission": [field.name for field in fields]}
        known |= {} if before is None else {"steps": [each.name for each in steps if each.name in before]}
        check_template(step, reading.path("instructions"), node, known=known, problems=problems)
