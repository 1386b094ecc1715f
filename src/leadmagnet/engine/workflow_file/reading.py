"""Reads typed values out of a YAML mapping and notes each mistake at its line."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from leadmagnet.domain.json_value import JsonValue
from leadmagnet.engine.suggest import did_you_mean
from leadmagnet.engine.workflow_file.problems import Problems

_Choice = TypeVar("_Choice", bound=StrEnum)
_PLAIN_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("bool", "int", "float", "null")}
MAX_NAME_CHARS = 64


class Reading:
    """One mapping of the file: its keys, each read once and by type."""

    def __init__(self, node: MappingNode, field: str, problems: Problems, *, keys: Sequence[str]) -> None:
        self.node = node
        self._field = field
        self._problems = problems
        self._nodes = mapping_nodes(node, field, problems)
        for key, key_node in self._unknown(node, keys):
            known = ", ".join(keys)
            hint = did_you_mean(key, keys) or f"; there are: {known}"
            problems.add(key_node, self.path(key), f'"{key}" is not a key here{hint}')

    def path(self, key: str) -> str:
        """The full name of `key`, as in `steps[2].depends_on`."""
        return f"{self._field}.{key}" if self._field else key

    def at(self, key: str) -> Node | None:
        """Where the value of `key` stands; None if it is not given, or given as nothing."""
        node = self._nodes.get(key)
        return None if node is None or node.tag.endswith(":null") else node

    def complain(self, key: str, message: str) -> None:
        """Note a mistake at the value of `key`, or at the mapping if it has none."""
        self._problems.add(self._nodes.get(key, self.node), self.path(key), message)

    def text(self, key: str, *, required: bool = False, default: str = "") -> str:
        """The text at `key`."""
        node = self.at(key)
        if node is None:
            return self._absent(key, default) if required else default
        value = plain_value(node, self.path(key), self._problems)
        if not isinstance(value, str):
            self.complain(key, f"must be text; put it in quotes if it is meant so, not {_shape(value)}")
            return default
        if required and not value.strip():
            self.complain(key, "must not be empty")
        return value

    def name(self, key: str, pattern: re.Pattern[str], *, rule: str) -> str:
        """The text at `key`, which is needed, names something and follows `pattern`."""
        value = self.text(key, required=True)
        if value and (not pattern.fullmatch(value) or len(value) > MAX_NAME_CHARS):
            self.complain(key, f'"{value[:80]}" is not a name: {rule}, {MAX_NAME_CHARS} characters at most')
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """The true or false at `key`."""
        node = self.at(key)
        value = default if node is None else plain_value(node, self.path(key), self._problems)
        if not isinstance(value, bool):
            self.complain(key, f"must be true or false, not {_shape(value)}")
            return default
        return value

    def whole_number(self, key: str, *, default: int, lowest: int, highest: int) -> int:
        """The whole number at `key`, between the two bounds."""
        node = self.at(key)
        value = default if node is None else plain_value(node, self.path(key), self._problems)
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            self.complain(key, f"must be a whole number from {lowest} to {highest}, not {_shape(value)}")
            return default
        return value

    def number(self, key: str, *, lowest: float, highest: float) -> float | None:
        """The number at `key`, between the two bounds; None if it is not given."""
        node = self.at(key)
        if node is None:
            return None
        value = plain_value(node, self.path(key), self._problems)
        if isinstance(value, bool) or not isinstance(value, int | float) or not lowest <= value <= highest:
            self.complain(key, f"must be a number from {lowest:g} to {highest:g}, not {_shape(value)}")
            return None
        return float(value)

    def mapping(self, key: str, *, keys: Sequence[str]) -> Reading | None:
        """The mapping at `key`; None if it is not given."""
        node = self.at(key)
        if node is None:
            return None
        if not isinstance(node, MappingNode):
            self.complain(key, "must be a mapping (key: value)")
            return None
        return Reading(node, self.path(key), self._problems, keys=keys)

    def choice(self, key: str, kinds: Sequence[_Choice], *, default: _Choice | None) -> _Choice | None:
        """The one of `kinds` that is at `key`; None after noting that it is none of them."""
        value = self.text(key, required=default is None, default="" if default is None else default.value)
        for kind in kinds:
            if kind.value == value:
                return kind
        if value:
            known = [kind.value for kind in kinds]
            hint = did_you_mean(value, known) or f"; there are: {', '.join(known)}"
            self.complain(key, f'"{value}" is not a {key.replace("_", " ")}{hint}')
        return None

    def items(self, key: str) -> Sequence[Node]:
        """The entries of the list at `key`."""
        node = self.at(key)
        if node is None:
            return ()
        if not isinstance(node, SequenceNode):
            self.complain(key, "must be a list (lines that begin with -)")
            return ()
        return list(node.value)

    def texts(self, key: str) -> tuple[str, ...]:
        """The list of texts at `key`."""
        found = []
        for place, node in enumerate(self.items(key)):
            value = plain_value(node, f"{self.path(key)}[{place}]", self._problems)
            if isinstance(value, str) and value.strip():
                found.append(value)
            else:
                self._problems.add(node, f"{self.path(key)}[{place}]", f"must be text, not {_shape(value)}")
        return tuple(found)

    def value(self, key: str) -> JsonValue:
        """Whatever is at `key`, as JSON."""
        node = self.at(key)
        return None if node is None else plain_value(node, self.path(key), self._problems)

    def object(self, key: str) -> Mapping[str, JsonValue]:
        """The mapping at `key`, as JSON."""
        value = self.value(key)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.complain(key, f"must be a mapping (key: value), not {_shape(value)}")
            return {}
        return value

    def _absent(self, key: str, default: str) -> str:
        self._problems.add(self.node, self.path(key), "is missing")
        return default

    def _unknown(self, node: MappingNode, keys: Sequence[str]) -> list[tuple[str, Node]]:
        return [(str(key.value), key) for key, _ in node.value if _is_key(key) and key.value not in keys]


def mapping_nodes(node: MappingNode, field: str, problems: Problems) -> dict[str, Node]:
    """The values of a mapping by key; what is no key and what comes twice is noted."""
    found: dict[str, Node] = {}
    for key, value in node.value:
        if not _is_key(key):
            problems.add(key, field, "a key must be text")
        elif key.value in found:
            problems.add(key, f"{field}.{key.value}" if field else key.value, f'"{key.value}" is there twice')
        else:
            found[key.value] = value
    return found


def plain_value(node: Node, field: str, problems: Problems) -> JsonValue:
    """The JSON value of a node; what JSON cannot say is noted."""
    if isinstance(node, MappingNode):
        entries = mapping_nodes(node, field, problems).items()
        return {key: plain_value(value, f"{field}.{key}", problems) for key, value in entries}
    if isinstance(node, SequenceNode):
        return [plain_value(value, f"{field}[{place}]", problems) for place, value in enumerate(node.value)]
    return _scalar(node, field, problems)


def _scalar(node: Node, field: str, problems: Problems) -> JsonValue:
    # Dates and whatever else YAML has types for stay the text that was written.
    if node.tag not in _PLAIN_TAGS:
        return str(node.value)
    try:
        value: JsonValue = SafeConstructor().construct_object(node)
    except ValueError:
        value = math.nan
    if isinstance(value, float) and not math.isfinite(value):
        problems.add(node, field, f'"{node.value}" is not a number that JSON can hold')
        return None
    return value


def _is_key(node: Node) -> bool:
    return isinstance(node, ScalarNode)


def _shape(value: JsonValue) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case int() | float():
            return f"the number {value}"
        case str():
            return f'"{value[:40]}"'
        case Mapping():
            return "a mapping"
        case _:
            return "a list"
