"""Lists of jobs, from the index that holds their small attributes: neither S3 nor the jobs' own items are read."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leadmagnet.adapters.job_index import read_index
from leadmagnet.adapters.job_item import folded, job_of, time_text
from leadmagnet.domain.errors import Invalid
from leadmagnet.domain.job import JobStatus
from leadmagnet.domain.job_filter import JobFilter
from leadmagnet.engine.ports import JobPage, RecordFacts

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

#: Where a filter is set, the first request looks at so many times as many jobs as the page may hold: most filters let
#: enough of them through. Where too few came, the next two look at this many each.
#: A page may then hold fewer than it could; its cursor goes on.
_FIRST_LOOK = 4
_LOOKED_AT = 2_500
_MOST_REQUESTS = 3
_LONGEST_ID_BYTES = 2_048
_LONGEST_TIME_BYTES = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLists:
    """Pages of jobs, newest first, by tenant and filter."""

    dynamodb: DynamoDBClient
    table: str

    def page(self, *, tenant: str, where: JobFilter, limit: int, cursor: str | None) -> JobPage:
        """Up to `limit` jobs. Invalid for a cursor of another tenant's list, of another filter, or of nobody's."""
        bound_to = _fingerprint(tenant, where)
        found: list[Mapping[str, Any]] = []
        last: Mapping[str, Any] | None = _position(cursor, tenant, bound_to) if cursor else None
        for number, answer in enumerate(self._answers(tenant, where, limit, last), start=1):
            room = limit - len(found)
            found += answer["Items"][:room]
            if len(answer["Items"]) > room:
                last = found[-1]
                break
            last = answer.get("LastEvaluatedKey")
            if len(found) == limit or number == _MOST_REQUESTS:
                break
        return JobPage(
            jobs=tuple(job_of(item) for item in found),
            next=_cursor(last, bound_to) if last else None,
            records={item["job_id"]["S"]: _record(item) for item in found},
        )

    def _answers(
        self, tenant: str, where: JobFilter, limit: int, start: Mapping[str, Any] | None
    ) -> Iterator[Mapping[str, Any]]:
        """DynamoDB's answers, one request after the other, to the end of the index."""
        request = _request(tenant, where)
        filtered = "FilterExpression" in request
        look = limit * _FIRST_LOOK if filtered else limit
        while True:
            position: Any = {"ExclusiveStartKey": start} if start else {}
            answer = read_index(
                self.dynamodb.query,
                TableName=self.table,
                ScanIndexForward=False,
                Limit=look,
                **request,
                **position,
            )
            yield answer
            start = answer.get("LastEvaluatedKey")
            if not start:
                return
            look = _LOOKED_AT if filtered else limit


def _request(tenant: str, where: JobFilter) -> dict[str, Any]:
    """The parts of the query that the filter decides: time by the index's key, the rest by a filter expression."""
    key, values = "tenant=:tenant", {":tenant": {"S": tenant}}
    if where.created_from or where.created_to:
        key += " AND created_at BETWEEN :from AND :to"
        values[":from"] = {"S": time_text(where.created_from) if where.created_from else " "}
        values[":to"] = {"S": time_text(where.created_to) if where.created_to else "~"}
    conditions: list[str] = []
    if where.status is JobStatus.COMPLETED:
        # What older systems wrote may have no status, or one of their own: it came to rest long ago (`job_of`).
        others = [status for status in JobStatus if status is not JobStatus.COMPLETED]
        conditions.append(f"NOT #status IN ({','.join(f':{status}' for status in others)})")
        values |= {f":{status}": {"S": status.value} for status in others}
    elif where.status:
        conditions.append("#status=:status")
        values[":status"] = {"S": where.status.value}
    if where.workflow is not None:
        conditions.append("workflow=:workflow")
        values[":workflow"] = {"S": where.workflow}
    if where.stored:
        conditions.append(f"attribute_{'' if where.stored == 'offloaded' else 'not_'}exists(execution_steps_s3_key)")
    if where.text:
        condition, searched = _search(where.text, where.titled)
        conditions.append(condition)
        values |= searched
    request: dict[str, Any] = {"KeyConditionExpression": key, "ExpressionAttributeValues": values}
    if conditions:
        request["FilterExpression"] = " AND ".join(conditions)
    if where.status:
        request["ExpressionAttributeNames"] = {"#status": "status"}
    return request


def _search(text: str, titled: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """What a job must hold to be found by the text, and the values that this names."""
    # Names are in small letters and ids in capitals; whoever types either way should find them.
    ways = [
        "contains(workflow,:text)",
        "contains(workflow,:small)",
        "contains(job_id,:text)",
        "contains(job_id,:capital)",
        "contains(label_folded,:folded)",
    ]
    values = {
        ":text": {"S": text},
        ":small": {"S": text.lower()},
        ":capital": {"S": text.upper()},
        ":folded": {"S": folded(text)},
    }
    if titled:
        names = {f":title{number}": {"S": name} for number, name in enumerate(titled)}
        ways.append(f"workflow IN ({','.join(names)})")
        values |= names
    return f"({' OR '.join(ways)})", values


def _record(item: Mapping[str, Any]) -> RecordFacts:
    def number(name: str) -> int | None:
        text = item.get(name, {}).get("N")
        return None if text is None else int(text)

    offloaded = "S" in item.get("execution_steps_s3_key", {})
    count, json_bytes = number("steps_count"), number("steps_bytes")
    return RecordFacts(
        stored="offloaded" if offloaded else "inline",
        steps_count=count,
        # The step log counts the steps alone; commas and brackets make a JSON array of them.
        steps_bytes=None if count is None or json_bytes is None else json_bytes + max(0, count - 1) + 2,
    )


def _fingerprint(tenant: str, where: JobFilter) -> str:
    asked = [tenant, where.status, where.workflow, where.stored, where.text]
    times = [moment and time_text(moment) for moment in (where.created_from, where.created_to)]
    return hashlib.sha256(json.dumps([*asked, *times]).encode()).hexdigest()[:16]


def _cursor(position: Mapping[str, Any], bound_to: str) -> str:
    fields = [position["job_id"]["S"], position["created_at"]["S"], bound_to]
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode()


def _position(cursor: str, tenant: str, bound_to: str) -> dict[str, Any]:
    """Where a list goes on. The tenant is the caller's, whatever the cursor says."""
    try:
        job_id, created_at, bound = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        # DynamoDB's own limits of a key, which it would complain about as a fault of ours.
        if not (0 < len(job_id.encode()) <= _LONGEST_ID_BYTES and 0 < len(created_at.encode()) <= _LONGEST_TIME_BYTES):
            raise ValueError("a cursor holds two keys")  # noqa: TRY301 (one way out for every wrong cursor)
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError) as error:
        raise Invalid("This cursor is not one of ours; begin the list again without it.") from error
    if bound != bound_to:
        raise Invalid("This cursor is of another list; use it with the filters it came from, or begin again without.")
    return {"job_id": {"S": job_id}, "created_at": {"S": created_at}, "tenant": {"S": tenant}}
