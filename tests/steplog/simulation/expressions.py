"""What an update does to an item, and whether a condition holds for it, as DynamoDB documents both."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

from tests.steplog.simulation.answers import Attribute, invalid
from tests.steplog.simulation.grammar import (
    Among,
    AnyOf,
    Compare,
    Condition,
    Exists,
    IfNotExists,
    ListAppend,
    Operand,
    Path,
    PathOf,
    SizeOf,
    Test,
    Update,
    Value,
)

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_NO_SUCH_PLACE = "The document path provided in the update expression is invalid for update"


class Evaluation:
    """One request's expressions against the item as it was before the request."""

    def __init__(self, before: Attribute, names: Mapping[str, str], values: Attribute) -> None:
        self._before = before
        self._names = names
        self._values = values

    def holds(self, condition: Condition) -> bool:
        """Whether every test holds."""
        return all(self._test(test) for test in condition.tests)

    def updated(self, update: Update) -> tuple[Attribute, dict[str, None]]:
        """The item after the update, and the top-level attributes that the update names, in its order.

        Containers that change are new ones, so the old item stays as it was.
        """
        sets = [(self._resolved(path), self._value(operand)) for path, operand in update.sets]
        adds = [(self._resolved(path), self._sum(path, value)) for path, value in update.adds]
        removes = [self._resolved(path) for path in update.removes]
        paths = [path for path, _ in sets] + [path for path, _ in adds] + removes
        refuse_overlaps(paths)
        after = dict(self._before)
        for path, value in sets + adds:
            _assign(after, path, value)
        # Indexes mean places in the list as it was, so the last goes first.
        for path in sorted(removes, key=_last_index, reverse=True):
            _remove(after, path)
        return after, dict.fromkeys(str(path[0]) for path in paths)

    def _test(self, test: Test) -> bool:
        if isinstance(test, AnyOf):
            return any(all(self._test(each) for each in tests) for tests in test.alternatives)
        if isinstance(test, Among):
            side = self._side(test.side)
            return side is not None and any(_equal(side, self._given(value)) for value in test.values)
        return self._simple_test(test)

    def _simple_test(self, test: Compare | Exists) -> bool:
        if isinstance(test, Exists):
            return (_at(self._before, self._resolved(test.path)) is not None) == test.wanted
        left, right = self._side(test.left), self._side(test.right)
        if left is None or right is None:
            return False
        if test.comparison == "=":
            return _equal(left, right)
        if test.comparison == "<>":
            return not _equal(left, right)
        ((left_kind, left_content),), ((right_kind, right_content),) = left.items(), right.items()
        if left_kind != right_kind:
            return False
        if left_kind not in "NSB":
            raise invalid(f"Invalid ConditionExpression: Incorrect operand type; operand type: {left_kind}")
        if left_kind == "N":
            return _COMPARE[test.comparison](_number(left_content), _number(right_content))
        return _COMPARE[test.comparison](left_content, right_content)

    def _side(self, side: Value | PathOf | SizeOf) -> Attribute | None:
        if isinstance(side, Value):
            return self._given(side)
        found = _at(self._before, self._resolved(side.path))
        if isinstance(side, PathOf) or found is None:
            return found
        ((kind, content),) = found.items()
        if kind not in ("L", "M", "S", "B"):
            # An operand of the wrong type makes a test false; only a literal one is refused beforehand.
            return None
        return {"N": str(len(content.encode() if kind == "S" else content))}

    def _value(self, operand: Operand) -> Attribute:
        if isinstance(operand, Value):
            return self._given(operand)
        if isinstance(operand, PathOf):
            found = _at(self._before, self._resolved(operand.path))
            if found is None:
                raise invalid("The provided expression refers to an attribute that does not exist in the item")
            return found
        if isinstance(operand, IfNotExists):
            return _at(self._before, self._resolved(operand.path)) or self._given(operand.otherwise)
        return self._joined(operand)

    def _joined(self, operand: ListAppend) -> Attribute:
        first, second = self._value(operand.first), self._value(operand.second)
        if "L" not in first or "L" not in second:
            raise invalid("An operand in the update expression has an incorrect data type")
        return {"L": first["L"] + second["L"]}

    def _sum(self, path: Path, value: Value) -> Attribute:
        added, found = self._given(value), _at(self._before, self._resolved(path))
        if "N" not in added:
            raise invalid("Invalid UpdateExpression: Incorrect operand type for operator ADD")
        if found is not None and "N" not in found:
            raise invalid("An operand in the update expression has an incorrect data type")
        return {"N": str(_number(added["N"]) + (0 if found is None else _number(found["N"])))}

    def _given(self, value: Value) -> Attribute:
        given: Attribute = self._values[value.name]
        return given

    def _resolved(self, path: Path) -> Path:
        if not self._names or (len(path) == 1 and path[0] not in self._names):
            return path
        return tuple(self._names[part] if isinstance(part, str) and part[0] == "#" else part for part in path)


def refuse_overlaps(paths: Collection[Path]) -> None:
    """ValidationException if one path is another, or leads to another (the embedded engine lets both pass)."""
    by_root: dict[str | int, list[Path]] = {}
    if len({path[0] for path in paths}) == len(paths):
        return
    for path in paths:
        by_root.setdefault(path[0], []).append(path)
    for same in by_root.values():
        for n, one in enumerate(same):
            for other in same[:n]:
                if one[: len(other)] == other[: len(one)]:
                    raise invalid(f"Invalid UpdateExpression: Two document paths overlap: {one}, {other}")


def _at(item: Attribute, path: Path) -> Attribute | None:
    found: Attribute | None = item.get(str(path[0]))
    for part in path[1:]:
        if found is None:
            return None
        if isinstance(part, int):
            elements = found.get("L", ())
            found = elements[part] if part < len(elements) else None
        else:
            found = found.get("M", {}).get(part)
    return found


def _container(item: Attribute, path: Path) -> Any:  # noqa: ANN401 (the dict or list that holds the last part)
    """The container of `path`, copied all the way down from `item` so that it may be changed."""
    container: Any = item
    for part, following in pairwise(path):
        kind = "L" if isinstance(following, int) else "M"
        found = _element(container, part)
        if found is None or kind not in found:
            raise invalid(_NO_SUCH_PLACE)
        copy = list(found["L"]) if kind == "L" else dict(found["M"])
        container[part] = {kind: copy}
        container = copy
    return container


def _element(container: Any, part: str | int) -> Attribute | None:  # noqa: ANN401
    if isinstance(part, int):
        return container[part] if part < len(container) else None
    return container.get(part)  # type: ignore[no-any-return]  # the dict or list inside of an attribute


def _assign(item: Attribute, path: Path, value: Attribute) -> None:
    container, last = _container(item, path), path[-1]
    if isinstance(last, int) and last >= len(container):
        container.append(value)
    else:
        container[last] = value


def _remove(item: Attribute, path: Path) -> None:
    container, last = _container(item, path), path[-1]
    if not isinstance(last, int):
        container.pop(last, None)
    elif last < len(container):
        del container[last]


def _last_index(path: Path) -> int:
    return path[-1] if isinstance(path[-1], int) else -1


def _equal(left: Attribute, right: Attribute) -> bool:
    if left == right:
        return True
    if "N" in left and "N" in right:
        return _number(left["N"]) == _number(right["N"])
    return False


def _number(text: str) -> int | Decimal:
    return int(text) if text.lstrip("-").isdigit() else Decimal(text)
