"""Many jobs' items at once: all of a table page by page, or named ones in batches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadmagnet.steplog.aws import AWS_ERRORS, Tables, translated
from leadmagnet.steplog.errors import Unavailable
from leadmagnet.steplog.item import LogItem

#: DynamoDB takes at most this many keys in one BatchGetItem.
MOST_KEYS = 100
#: Rounds in which DynamoDB hands back every key, before it counts as unavailable.
_MOST_ROUNDS = 8
_LONGEST_PAUSE_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPage:
    """Some items of a table; `position` is where the next page starts, None at the end."""

    items: Sequence[LogItem]
    position: Mapping[str, Any] | None
    #: Items that DynamoDB looked at for this page; a filter leaves some of them out.
    scanned: int


def item_pages(dynamodb: Tables, table: str, **request: Any) -> Iterator[ItemPage]:  # noqa: ANN401 (boto3's arguments)
    """The whole table in pages of up to 1 MB; `request` holds further arguments of Scan."""
    start = request.pop("ExclusiveStartKey", None)
    while True:
        where = {} if start is None else {"ExclusiveStartKey": start}
        try:
            answer = dynamodb.scan(TableName=table, **request, **where)
        except AWS_ERRORS as error:
            raise translated(error, "dynamodb:Scan", job_id=None) from error
        start = answer.get("LastEvaluatedKey")
        items = [LogItem(attributes["job_id"]["S"], attributes) for attributes in answer.get("Items", ())]
        yield ItemPage(items=items, position=start, scanned=answer.get("ScannedCount", len(items)))
        if start is None:
            return


def get_items(
    dynamodb: Tables,
    table: str,
    job_ids: Sequence[str],
    attributes: Sequence[str],
    *,
    pause: Callable[[float], None] = time.sleep,
) -> dict[str, LogItem]:
    """Those of up to 100 jobs that exist, read consistently, with `attributes` alone (`job_id` among them)."""
    found: dict[str, LogItem] = {}
    # By alias: a name of the caller's own (`status`) may be one of DynamoDB's reserved words.
    aliases = {f"#n{number}": name for number, name in enumerate(attributes)}
    projection = {
        "ConsistentRead": True,
        "ProjectionExpression": ",".join(aliases),
        "ExpressionAttributeNames": aliases,
    }
    keys: Sequence[Any] = [{"job_id": {"S": job_id}} for job_id in job_ids]
    fruitless = 0
    while keys:
        try:
            answer = dynamodb.batch_get_item(RequestItems={table: {"Keys": keys, **projection}})
        except AWS_ERRORS as error:
            raise translated(error, "dynamodb:BatchGetItem", job_id=job_ids[0]) from error
        for item in answer["Responses"].get(table, ()):
            found[item["job_id"]["S"]] = LogItem(item["job_id"]["S"], item)
        # An answer holds at most 16 MB, fewer when the table is throttled; the rest is asked for again.
        rest = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", ())
        fruitless = fruitless + 1 if len(rest) == len(keys) else 0
        if fruitless == _MOST_ROUNDS:
            raise Unavailable("DynamoDB is throttled; run the same again later.", job_id=job_ids[0])
        if fruitless:
            pause(min(0.05 * 2**fruitless, _LONGEST_PAUSE_S))
        keys = rest
    return found
