"""`template.yaml` read as values: parameters filled in, conditions decided, functions worked out.

Only the functions that the template uses are known; another one is an error that names it, never skipped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from leadmagnet.local.errors import TemplateNotUnderstood

#: `${Name}` and `${Name.Attribute}`; `${!Name}` stands for itself.
_PLACEHOLDER = re.compile(r"\$\{(!?)([A-Za-z0-9:.]+)\}")

#: A piece of the template as YAML gives it.
Node: TypeAlias = Any

#: The value of a resource's attribute; an empty attribute asks for what Ref gives.
LookUp = Callable[[str, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A template with its parameters decided."""

    values: Mapping[str, str]
    conditions: Mapping[str, bool]
    #: By logical name, in the template's order, as written.
    resources: Mapping[str, Mapping[str, Any]]
    outputs: Mapping[str, Any]

    def holds(self, condition: str) -> bool:
        """Whether the condition of that name is met."""
        if condition not in self.conditions:
            raise _not_understood("condition", condition)
        return self.conditions[condition]

    def resolve(self, value: Node, look_up: LookUp) -> Node:
        """`value` without functions; `look_up` answers for resources."""
        if isinstance(value, list):
            kept = (self.resolve(element, look_up) for element in value)
            return [element for element in kept if element is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        function = _function(value)
        if function is None:
            solved = {key: self.resolve(inner, look_up) for key, inner in value.items()}
            return {key: inner for key, inner in solved.items() if inner is not _NO_VALUE}
        return self._apply(function, value[function], look_up)

    def _apply(self, function: str, argument: Node, look_up: LookUp) -> Node:
        match function, argument:
            case "Ref", "AWS::NoValue":
                return _NO_VALUE
            case "Ref", str(name):
                return self._named(name, look_up)
            case "Fn::GetAtt", str(path):
                return self._named(path, look_up)
            case "Fn::GetAtt", [str(name), str(attribute)]:
                return look_up(name, attribute)
            case "Fn::Sub", str(text):
                return _PLACEHOLDER.sub(lambda found: self._substitute(found, look_up), text)
            case "Fn::If", [str(condition), yes, no] if condition in self.conditions:
                return self.resolve(yes if self.conditions[condition] else no, look_up)
        raise _not_understood("function", function, argument=argument)

    def _substitute(self, found: re.Match[str], look_up: LookUp) -> str:
        literal, name = found.groups()
        return f"${{{name}}}" if literal else str(self._named(name, look_up))

    def _named(self, name: str, look_up: LookUp) -> str:
        if name in self.values:
            return self.values[name]
        logical, _, attribute = name.partition(".")
        if logical in self.resources:
            return look_up(logical, attribute)
        raise _not_understood("name", name)


def load_template(path: Path, *, parameters: Mapping[str, str], facts: Mapping[str, str]) -> Template:
    """The template at `path`: `parameters` over their defaults, `facts` for names such as AWS::Region."""
    document = read_template(path)
    values = dict(facts)
    declared = document.get("Parameters", {})
    for name, parameter in declared.items():
        if name not in parameters and "Default" not in parameter:
            raise TemplateNotUnderstood("The template asks for a parameter. Give it a value.", parameter=name)
        values[name] = str(parameters.get(name, parameter.get("Default")))
    for name in parameters.keys() - declared.keys():
        raise TemplateNotUnderstood("The template has no such parameter. Leave it out.", parameter=name)
    return Template(
        values=values,
        conditions={name: _decide(test, values) for name, test in document.get("Conditions", {}).items()},
        resources=document["Resources"],
        outputs=document.get("Outputs", {}),
    )


class _NoValue:
    """Stands for AWS::NoValue: the property is left out."""


_NO_VALUE = _NoValue()


class _Loader(yaml.CSafeLoader):
    """YAML with CloudFormation's tags, which become the long form of the functions. Read in C: ten times as fast."""


def _construct_function(loader: yaml.CSafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    name = tag if tag in {"Ref", "Condition"} else f"Fn::{tag}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    if isinstance(node, yaml.MappingNode):
        return {name: loader.construct_mapping(node, deep=True)}
    raise _not_understood("tag", tag)


_Loader.add_multi_constructor("!", _construct_function)


def read_template(path: Path) -> dict[str, Any]:
    """The template at `path` as written, functions in their long form."""
    try:
        document = yaml.load(path.read_text(), Loader=_Loader)  # noqa: S506 - derived from SafeLoader
    except (OSError, yaml.YAMLError) as exc:
        # An error of YAML ends with lines of the file and a mark below them.
        raise TemplateNotUnderstood(
            f"The template {path} cannot be read. Put the file right, or install leadmagnet again. It says:\n{exc}",
            path=path,
        ) from exc
    if not isinstance(document, dict) or not isinstance(document.get("Resources"), dict):
        raise TemplateNotUnderstood("The template has no Resources. Put the file right.", path=path)
    return document


def _function(value: Mapping[str, Any]) -> str | None:
    """The function that this mapping calls, if it calls one."""
    if len(value) != 1:
        return None
    name = next(iter(value))
    return name if name in {"Ref", "Condition"} or name.startswith("Fn::") else None


def _decide(test: Node, values: Mapping[str, str]) -> bool:
    match test:
        case {"Fn::Equals": [left, right]}:
            return _operand(left, values) == _operand(right, values)
        case {"Fn::Not": [inner]}:
            return not _decide(inner, values)
    raise _not_understood("condition", test)


def _operand(value: Node, values: Mapping[str, str]) -> str:
    match value:
        case {"Ref": str(name)} if name in values:
            return values[name]
        case str() | int():
            return str(value)
    raise _not_understood("operand", value)


def _not_understood(kind: str, name: object, **facts: object) -> TemplateNotUnderstood:
    return TemplateNotUnderstood(
        f"The template uses a {kind} that the embedded engine cannot be given: {name}. "
        "Teach leadmagnet.local to do it, or take it out of the template.",
        **facts,
    )
