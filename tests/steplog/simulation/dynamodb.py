"""DynamoDB in memory: items by job_id, with AWS's rules where a step log could break one."""

from __future__ import annotations

import marshal
from collections.abc import Collection, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from tests.steplog.simulation.answers import Attribute, invalid, refusal
from tests.steplog.simulation.expressions import Evaluation
from tests.steplog.simulation.grammar import Condition, Update, parse_condition, parse_update

from leadmagnet.steplog.sizes import CONTAINER_BYTES, ELEMENT_BYTES, number_size, utf8_size, value_size

ITEM_BYTES = 409_600
_MOST_LEVELS = 32
_CONTAINERS = frozenset(("L", "M", "SS", "NS", "BS"))
_TOO_LARGE = "Item size to update has exceeded the maximum allowed size"


class MemoryTable:
    """One table with the string key `job_id`. Answers are copies; stored values never change in place."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._items: dict[str, Attribute] = {}
        self._before: dict[str, Attribute] = {}
        self._sizes: dict[str, dict[str, int]] = {}
        #: By identity; the element is kept, so that no other can get its.
        self._element_sizes: dict[int, tuple[Attribute, int]] = {}

    def put_item(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Put a whole item in place of what was there, if the condition holds."""
        self._require_table(request, "PutItem")
        old = self._items.get(request["Item"]["job_id"]["S"])
        if "ConditionExpression" in request:
            condition = parse_condition(request["ConditionExpression"])
            if not _evaluation(old, request).holds(condition):
                raise _condition_failed(request, old, "PutItem")
        item = {name: _taken(value, 1) for name, value in request["Item"].items()}
        sizes = {name: self._attribute_size(name, value) for name, value in item.items()}
        if sum(sizes.values()) > ITEM_BYTES:
            raise invalid("Item size has exceeded the maximum allowed size", "PutItem")
        job_id = item["job_id"]["S"]
        self._items[job_id], self._sizes[job_id] = item, sizes
        return _answer()

    def get_item(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """The item, or those of its attributes that are asked for."""
        self._require_table(request, "GetItem")
        job_id = request["Key"]["job_id"]["S"]
        # A read that does not ask for consistency may be behind; here it always is.
        item = self._items.get(job_id) if request.get("ConsistentRead") else self._before.get(job_id)
        if item is None:
            return _answer()
        if "ProjectionExpression" in request:
            item = _projected(item, request)
        return _answer(Item=_copy(item))

    def update_item(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Change one item by an expression, if its condition holds."""
        self._require_table(request, "UpdateItem")
        job_id = request["Key"]["job_id"]["S"]
        update, condition = _parsed(request)
        old = self._items.get(job_id)
        evaluation = _evaluation(old, request)
        if not evaluation.holds(condition):
            raise _condition_failed(request, old)
        updated, changed = evaluation.updated(update)
        new = {"job_id": {"S": job_id}, **updated}
        self._store(job_id, new, changed)
        if request.get("ReturnValues") != "UPDATED_NEW":
            return _answer()
        return _answer(Attributes=_copy({name: new[name] for name in changed if name in new}))

    def scan(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """All items for which the filter holds, in one page. An index of the table holds them all as well."""
        self._require_table(request, "Scan")
        condition = parse_condition(request["FilterExpression"])
        found = [item for item in self._items.values() if _evaluation(item, request).holds(condition)]
        return _answer(Items=[_copy(_projected(item, request)) for item in found])

    def _store(self, job_id: str, item: Attribute, changed: Collection[str]) -> None:
        known = self._sizes.get(job_id, {})
        sizes = {
            name: known[name] if name in known and name not in changed else self._attribute_size(name, value)
            for name, value in item.items()
        }
        if sum(sizes.values()) > ITEM_BYTES:
            raise invalid(_TOO_LARGE)
        self._before[job_id] = self._items.get(job_id, item)
        self._items[job_id], self._sizes[job_id] = item, sizes

    def peek(self, job_id: str) -> Attribute | None:
        """The item itself, not a copy: for those who watch, never to be changed."""
        return self._items.get(job_id)

    def size(self, job_id: str) -> int:
        """DynamoDB's size of the item."""
        return sum(self._sizes[job_id].values())

    def element_size(self, element: Attribute) -> int:
        """What a stored list's element costs there; remembered, because it never changes."""
        found = self._element_sizes.get(id(element))
        if found is None:
            found = self._element_sizes[id(element)] = element, value_size(element) + ELEMENT_BYTES
        return found[1]

    def _attribute_size(self, name: str, value: Attribute) -> int:
        if "L" in value:
            return utf8_size(name) + CONTAINER_BYTES + sum(map(self.element_size, value["L"]))
        return utf8_size(name) + (_number_size(value["N"]) if "N" in value else value_size(value))

    def _require_table(self, request: Mapping[str, Any], operation: str) -> None:
        if request["TableName"] != self._name:
            raise refusal(operation, "ResourceNotFoundException", "Requested resource not found")


def _parsed(request: Mapping[str, Any]) -> tuple[Update, Condition]:
    update, condition, used = _trees(request["UpdateExpression"], request.get("ConditionExpression"))
    given = request.get("ExpressionAttributeNames", {}).keys() | request.get("ExpressionAttributeValues", {}).keys()
    if missing := used - given:
        raise invalid(f"Invalid expression: a name or value used in it is not defined: {sorted(missing)}")
    if unused := given - used:
        raise invalid(f"A name or value is unused in expressions: keys: {sorted(unused)}")
    return update, condition


@lru_cache(maxsize=4096)
def _trees(update_text: str, condition_text: str | None) -> tuple[Update, Condition, frozenset[str]]:
    """Both expressions, and the aliases and placeholders of both."""
    update = parse_update(update_text)
    condition = Condition((), frozenset()) if condition_text is None else parse_condition(condition_text)
    return update, condition, update.uses | condition.uses


def _evaluation(item: Attribute | None, request: Mapping[str, Any]) -> Evaluation:
    values = {name: _taken(value, 1) for name, value in request.get("ExpressionAttributeValues", {}).items()}
    return Evaluation(item or {}, request.get("ExpressionAttributeNames", {}), values)


def _projected(item: Attribute, request: Mapping[str, Any]) -> Attribute:
    aliases = request.get("ExpressionAttributeNames", {})
    names = [aliases.get(name, name) for name in request["ProjectionExpression"].split(",")]
    return {name: item[name] for name in names if name in item}


def _condition_failed(request: Mapping[str, Any], old: Attribute | None, operation: str = "UpdateItem") -> Exception:
    wanted = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    more: dict[str, Any] = {"Item": _copy(old)} if wanted and old is not None else {}
    return refusal(operation, "ConditionalCheckFailedException", "The conditional request failed", **more)


def _taken(value: Attribute, level: int) -> Attribute:
    """A copy of a value that came with a request; ValidationException if DynamoDB could not hold it."""
    ((kind, content),) = value.items()
    match kind:
        case "S" | "BOOL" | "NULL" | "B":
            return {kind: content}
        case "N":
            return {"N": _checked_number(content)}
        case "M":
            _check_level(level)
            if "" in content:
                raise invalid("One or more parameter values were invalid: an attribute name is empty")
            return {"M": {name: _taken(element, level + 1) for name, element in content.items()}}
        case "L":
            _check_level(level)
            return {"L": [_taken(element, level + 1) for element in content]}
        case "SS" | "NS" | "BS":
            return {kind: list(content)}
    raise invalid(f"Supplied AttributeValue has no type that DynamoDB knows: {kind}")


def _check_level(level: int) -> None:
    if level >= _MOST_LEVELS:
        raise invalid("Nesting Levels have exceeded supported limits")


@lru_cache(maxsize=4096)
def _checked_number(text: str) -> str:
    if len(text) < 30 and text.lstrip("-").isdigit():
        return text
    number = Decimal(text)
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    if len(digits) > 38:
        raise invalid("Attempting to store more than 38 significant digits in a Number")
    if number and not -130 <= number.adjusted() <= 125:
        raise invalid("Number overflow or underflow: its magnitude is out of the supported range")
    return f"{number:f}"


_number_size = lru_cache(maxsize=4096)(number_size)


def _copy(item: Attribute) -> Attribute:
    """A copy that shares nothing that could change; marshal is the quickest deep copy there is."""
    deep = {name: value for name, value in item.items() if not _CONTAINERS.isdisjoint(value)}
    copy = {name: value.copy() for name, value in item.items()}
    if deep:
        copy.update(marshal.loads(marshal.dumps(deep)))  # noqa: S302 (our own bytes, made in this line)
    return copy


def _answer(**more: object) -> dict[str, Any]:
    return {**more, "ResponseMetadata": {"HTTPStatusCode": 200, "RetryAttempts": 0}}
