"""A JSON value as a tree that folds, never larger than a page can show: what is left out can be opened by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from leadmagnet.domain.errors import NotFound

#: All nodes of one tree; the rest is behind links.
_MOST_NODES = 800
_MOST_CHILDREN = 100
_MOST_TEXT_CHARS = 2_000
#: Browsers and templates nest only so deep.
_DEEPEST = 20
#: Levels that are unfolded at first.
_OPEN_LEVELS = 2


@dataclass(slots=True, kw_only=True)
class Node:
    """One value of the tree. `pointer` (RFC 6901) says where it is in the whole."""

    key: str
    kind: str
    pointer: str
    #: A scalar's text, or what a container is in a few words.
    text: str = ""
    #: Characters of the text, or entries of the container, that are not here.
    hidden: int = 0
    #: Where the entries that are not here begin.
    next: int = 0
    opened: bool = False
    children: list[Node] = field(default_factory=list)


def value_at(value: object, pointer: str) -> object:
    """The value that the pointer means; NotFound if there is none."""
    for segment in pointer.split("/")[1:]:
        key = segment.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isascii() and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            raise NotFound("The value has nothing at this place; go back to the step.", pointer=pointer[:200])
    return value


def tree_of(value: object, *, pointer: str = "", first: int = 0) -> Node:
    """The tree of `value`; of a container's entries those from `first`."""
    return _Builder().node("", value, pointer, level=0, first=first)


class _Builder:
    """Counts what it makes, and stops at what a page can show."""

    def __init__(self) -> None:
        self._left = _MOST_NODES

    def node(self, key: str, value: object, pointer: str, *, level: int, first: int = 0) -> Node:
        self._left -= 1
        if isinstance(value, Mapping):
            entries: Sequence[tuple[str, Any]] = [(str(name), each) for name, each in value.items()]
            return self._container(Node(key=key, kind="object", pointer=pointer), entries, level, first)
        if isinstance(value, list):
            entries = [(str(place), each) for place, each in enumerate(value)]
            return self._container(Node(key=key, kind="array", pointer=pointer), entries, level, first)
        return _scalar(key, value, pointer)

    def _container(self, node: Node, entries: Sequence[tuple[str, Any]], level: int, first: int) -> Node:
        many = "entry" if len(entries) == 1 else "entries"
        node.text = f"{len(entries):,} {many}"
        node.opened = level < _OPEN_LEVELS
        room = _MOST_CHILDREN if level < _DEEPEST else 0
        for key, value in entries[first : first + room]:
            if self._left <= 0:
                break
            segment = key.replace("~", "~0").replace("/", "~1")
            node.children.append(self.node(key, value, f"{node.pointer}/{segment}", level=level + 1))
        node.next = first + len(node.children)
        node.hidden = len(entries) - node.next
        return node


def _scalar(key: str, value: object, pointer: str) -> Node:
    if isinstance(value, str):
        text = value[:_MOST_TEXT_CHARS]
        return Node(key=key, kind="text", pointer=pointer, text=text, hidden=len(value) - len(text))
    kind = "literal" if value is None or isinstance(value, bool) else "number"
    return Node(key=key, kind=kind, pointer=pointer, text=json.dumps(value))
