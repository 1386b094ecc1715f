"""Collects the mistakes of one workflow file, so that all are told at once."""

from __future__ import annotations

from typing import Protocol

from yaml.nodes import Node

from leadmagnet.domain.errors import InvalidWorkflow, Problem


class Mark(Protocol):
    """A place in the text; lines and columns count from 0."""

    @property
    def line(self) -> int: ...  # noqa: D102

    @property
    def column(self) -> int: ...  # noqa: D102


#: More than anyone mends in one go; the rest would only hide the first ones.
MAX_PROBLEMS = 50


class Problems:
    """The mistakes found so far in the file called `source_name`."""

    def __init__(self, source_name: str) -> None:
        self._source_name = source_name
        self._found: list[Problem] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, node: Node, field: str, message: str) -> None:
        """Note a mistake at `node`."""
        self.add_at(node.start_mark, field, message)

    def add_at(self, mark: Mark | None, field: str, message: str, *, lines_below: int = 0) -> None:
        """Note a mistake at a place in the text, or that many lines under it."""
        line = None if mark is None else mark.line + 1 + lines_below
        column = None if mark is None else 1 if lines_below else mark.column + 1
        self._found.append(Problem(message=message, field=field, line=line, column=column))

    def raise_if_any(self) -> None:
        """InvalidWorkflow with every mistake, in the order of the file."""
        if not self._found:
            return
        found = sorted(self._found, key=lambda problem: (problem.line or 0, problem.column or 0))
        told, more = found[:MAX_PROBLEMS], len(found) - MAX_PROBLEMS
        count = "1 mistake" if len(found) == 1 else f"{len(found)} mistakes"
        shown = f"; these are the first {MAX_PROBLEMS}" if more > 0 else ""
        raise InvalidWorkflow(f"{self._source_name} has {count}{shown}:", problems=told)
