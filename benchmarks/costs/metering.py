"""DynamoDB's units as AWS charges them: by the exact size of the item, which the embedded engine does not report."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from threading import Lock, local
from typing import TYPE_CHECKING, Any

from leadmagnet.steplog import item_size

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_WRITE_BYTES = 1024
_READ_BYTES = 4096
_WRITES = ("PutItem", "UpdateItem")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """An item as it was left by the last write."""

    size: int
    #: What each index keeps of it.
    projected: tuple[dict[str, Any], ...]


class Meter:
    """Adds up the units of what a client sends about one table.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html: a write is charged by
    the larger of the item before and after, a refused one as well, and one unit more for each KB of an index's entry
    if that changes; a read by the item, half for one that need not be consistent.
    """

    def __init__(self, *, table: str, plain: DynamoDBClient) -> None:
        """`plain` is a client of its own, with which the meter looks at items unseen."""
        self.write_units = 0
        self.read_units = 0.0
        self._table = table
        self._plain = plain
        self._seen: dict[str, _Seen] = {}
        self._asked = local()
        self._lock = Lock()
        description = plain.describe_table(TableName=table)["Table"]
        indexes = description["GlobalSecondaryIndexes"]
        self._nothing = _Seen(size=0, projected=({},) * len(indexes))
        self._index_keys = [{key["AttributeName"] for key in index["KeySchema"]} for index in indexes]
        self._projected = [
            {"job_id", *keys, *index["Projection"]["NonKeyAttributes"]}
            for keys, index in zip(self._index_keys, indexes, strict=True)
        ]

    def reset(self) -> None:
        """Count from nothing."""
        self.write_units, self.read_units = 0, 0.0

    def watch(self, dynamodb: DynamoDBClient) -> None:
        """Meter all that this client sends."""
        dynamodb.meta.events.register("provide-client-params.dynamodb", self._asks)
        dynamodb.meta.events.register("after-call.dynamodb", self._answered)

    def _asks(self, params: dict[str, Any], **_: Any) -> None:
        # Botocore answers in the thread that asked, without saying what was asked.
        self._asked.params = params

    def _answered(self, model: Any, **_: Any) -> None:
        params = self._asked.params
        if params.get("TableName") != self._table or model.name not in (*_WRITES, "GetItem"):
            return
        key = params["Item"] if model.name == "PutItem" else params["Key"]
        after = self._look(key["job_id"]["S"])
        with self._lock:
            # An item that was there before the meter is taken for unchanged.
            before = self._seen.get(key["job_id"]["S"], self._nothing if model.name == "PutItem" else after)
            if model.name in _WRITES:
                self._seen[key["job_id"]["S"]] = after
                self.write_units += max(1, ceil(max(before.size, after.size) / _WRITE_BYTES))
                self.write_units += self._index_units(before, after)
            else:
                units = max(1, ceil(after.size / _READ_BYTES))
                self.read_units += units if params.get("ConsistentRead") else units / 2

    def _look(self, job_id: str) -> _Seen:
        key = {"job_id": {"S": job_id}}
        item: dict[str, Any] = dict(
            self._plain.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item", {})
        )
        projected = tuple(
            {name: value for name, value in item.items() if keys <= item.keys() and name in names}
            for keys, names in zip(self._index_keys, self._projected, strict=True)
        )
        return _Seen(size=item_size(item), projected=projected)

    def _index_units(self, before: _Seen, after: _Seen) -> int:
        return sum(
            max(1, ceil(max(item_size(old), item_size(new)) / _WRITE_BYTES))
            for old, new in zip(before.projected, after.projected, strict=True)
            if old != new
        )
