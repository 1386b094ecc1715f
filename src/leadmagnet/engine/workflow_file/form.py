"""The `submission` part of a workflow file: the fields of its form."""

from __future__ import annotations

import re

from yaml.nodes import MappingNode, Node

from leadmagnet.domain.workflow import Field, FieldType
from leadmagnet.engine.field_value import field_value
from leadmagnet.engine.workflow_file.problems import Problems
from leadmagnet.engine.workflow_file.reading import Reading

MAX_FIELDS = 100
NAME = re.compile(r"[a-z][a-z0-9_]*")
NAME_RULE = "small letters, digits and _, a letter first"
_KEYS = ("name", "label", "type", "required", "example", "choices")


def read_fields(workflow: Reading, problems: Problems) -> tuple[Field, ...]:
    """The form's fields, in order."""
    nodes = workflow.items("submission")
    if len(nodes) > MAX_FIELDS:
        workflow.complain("submission", f"more than {MAX_FIELDS} fields; ask for less")
        return ()
    if not nodes:
        workflow.complain("submission", "must list at least one field that the form asks for")
    found: dict[str, Field] = {}
    for place, node in enumerate(nodes):
        field = _read_field(node, f"submission[{place}]", problems)
        if field is not None and field.name in found:
            problems.add(node, f"submission[{place}].name", f'"{field.name}" is there twice')
        elif field is not None:
            found[field.name] = field
    return tuple(found.values())


def _read_field(node: Node, path: str, problems: Problems) -> Field | None:
    if not isinstance(node, MappingNode):
        problems.add(node, path, "must be a mapping (name: ..., label: ...)")
        return None
    reading = Reading(node, path, problems, keys=_KEYS)
    name = reading.name("name", NAME, rule=NAME_RULE)
    field = Field(
        name=name,
        label=reading.text("label", default=name.replace("_", " ").capitalize()),
        type=reading.choice("type", list(FieldType), default=FieldType.TEXT) or FieldType.TEXT,
        required=reading.flag("required", default=True),
        example=reading.value("example"),
        choices=reading.texts("choices"),
    )
    _check_choices(field, reading)
    _check_example(field, reading)
    return field if name else None


def _check_choices(field: Field, reading: Reading) -> None:
    if field.type is FieldType.CHOICE and not field.choices:
        reading.complain("choices", "must list what may be chosen")
    if field.type is not FieldType.CHOICE and field.choices:
        reading.complain("choices", "belong to a field of type choice only")
    if len(set(field.choices)) < len(field.choices):
        reading.complain("choices", "must differ from each other")


def _check_example(field: Field, reading: Reading) -> None:
    if field.example is None or (field.type is FieldType.CHOICE and not field.choices):
        return
    checked = field_value(field, field.example)
    if checked.problem:
        reading.complain("example", checked.problem)
