"""The DynamoDB side: every update that a step log makes, with the condition that makes it safe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadmagnet.steplog import names
from leadmagnet.steplog.aws import AWS_ERRORS, DynamoDB, error_code, translated, was_retried
from leadmagnet.steplog.encoding import EncodedStep
from leadmagnet.steplog.errors import NoSuchJob
from leadmagnet.steplog.item import CLOSED, ID_BYTES, ChunkRef, LogItem
from leadmagnet.steplog.limits import Limits
from leadmagnet.steplog.values import Guard

#: What the name of a page of ids adds to the item when there was none before.
_IDS_PAGE_BYTES = 60
#: Counters grow by a digit now and then.
_SLACK_BYTES = 32


class Refused(Exception):
    """A condition did not hold. `item` is what DynamoDB had instead (None: no such item).

    If the client sent the request more than once, the condition may have failed against our own first try:
    then `retried` is True and the refusal alone proves nothing.
    """

    def __init__(self, item: LogItem | None, *, retried: bool) -> None:
        super().__init__("the condition did not hold")
        self.item = item
        self.retried = retried


class TooLarge(Exception):
    """DynamoDB refused the item's size: attributes of others grew since we last looked at the item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What DynamoDB answered to an append: the step's index, the log's version, and what the item holds with it."""

    index: int
    version: int
    #: Entries of the list that was appended to, and their DynamoDB bytes.
    entries: int
    held: int


class LogTable:
    """The job table, as the step log uses it."""

    def __init__(self, *, dynamodb: DynamoDB, table: str, limits: Limits) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._limits = limits

    def get(self, job_id: str) -> LogItem:
        """The job's item, read consistently; NoSuchJob if there is none."""
        try:
            answer = self._dynamodb.get_item(TableName=self._table, Key={"job_id": {"S": job_id}}, ConsistentRead=True)
        except AWS_ERRORS as error:
            raise translated(error, "dynamodb:GetItem", job_id=job_id) from error
        if "Item" not in answer:
            raise no_such_job(job_id)
        return LogItem(job_id, answer["Item"])

    def append_inline(
        self, job_id: str, step: EncodedStep, digest: str, ids_page: str | None, guard: Guard | None
    ) -> Place:
        """Add `step` to the inline list, if the log is inline, has room, and does not know the id."""
        conditions = (
            f"attribute_not_exists({names.KEY})",
            # An older system may have written the list without our bookkeeping; then the counts do not fit.
            f"size(#l)={names.COUNT}",
        )
        return self._append(
            job_id,
            list_name=names.STEPS,
            entry=step.attribute,
            cost=step.size,
            json_bytes=len(step.text),
            digest=digest,
            ids_page=ids_page,
            guard=guard,
            most_held=self._limits.held_inline_bytes,
            most_item=self._limits.item_inline_bytes,
            conditions=conditions,
        )

    def append_tail(
        self,
        job_id: str,
        step: EncodedStep,
        chunk: ChunkRef | None,
        digest: str,
        ids_page: str | None,
        guard: Guard | None,
    ) -> Place:
        """Add `step`, or the chunk that holds it, to the tail, if the log is offloaded and has room."""
        conditions = (
            f"attribute_not_exists({names.STEPS})",
            # False as well where there is no tail: only a log of ours in S3 has one.
            "size(#l)<:t",
        )
        return self._append(
            job_id,
            list_name=names.TAIL,
            entry=step.attribute if chunk is None else chunk.to_attribute(),
            cost=step.size if chunk is None else chunk.cost,
            json_bytes=len(step.text),
            digest=digest,
            ids_page=ids_page,
            guard=guard,
            most_held=self._limits.tail_bytes,
            most_item=self._limits.item_bytes,
            conditions=conditions,
            values={":t": {"N": str(self._limits.tail_entries)}},
        )

    def _append(
        self,
        job_id: str,
        *,
        list_name: str,
        entry: Mapping[str, Any],
        cost: int,
        json_bytes: int,
        digest: str,
        ids_page: str | None,
        guard: Guard | None,
        most_held: int,
        most_item: int,
        conditions: Sequence[str],
        values: Mapping[str, Any] | None = None,
    ) -> Place:
        """One update without a lock: DynamoDB orders the writers, the conditions keep each append whole."""
        page = f"attribute_not_exists({names.IDS_PAGE})" if ids_page is None else f"{names.IDS_PAGE}=:p"
        operands: dict[str, Any] = {
            **(values or {}),
            ":s": {"L": [entry]},
            ":1": {"N": "1"},
            ":b": {"N": str(json_bytes)},
            ":c": {"N": str(cost)},
            ":d": {"N": str(cost + ID_BYTES)},
            # Room is what is left before this step: DynamoDB cannot add within a condition.
            ":h": {"N": str(most_held - cost)},
            ":w": {"N": str(most_item - cost - ID_BYTES)},
            ":n": {"N": str(self._limits.ids)},
        }
        if ids_page is not None:
            operands[":p"] = {"S": ids_page}
        # The list's name stands in both expressions: an alias is shorter, and each append sends it.
        aliases = {"#i": digest, "#l": list_name}
        answer = self._update(
            job_id,
            update=f"SET #l=list_append(#l,:s),{names.IDS}.#i={names.COUNT} "
            f"ADD {names.VERSION} :1,{names.COUNT} :1,{names.JSON_BYTES} :b,{names.HELD} :c,{names.ITEM} :d",
            conditions=(
                *conditions,
                f"{names.HELD}<=:h",
                f"{names.ITEM}<=:w",
                f"attribute_not_exists({names.IDS}.#i)",
                f"size({names.IDS})<:n",
                page,
                *_guarded(guard, operands, aliases),
            ),
            aliases=aliases,
            values=operands,
        )
        new = answer["Attributes"]
        return Place(
            index=int(new[names.COUNT]["N"]) - 1,
            version=int(new[names.VERSION]["N"]),
            entries=len(new[list_name]["L"]),
            held=int(new[names.HELD]["N"]),
        )

    def rewrite(
        self, seen: LogItem, attributes: Mapping[str, Any], *, keep: Sequence[str] = (), guard: Guard | None = None
    ) -> int:
        """Put `attributes` in place of the log that was `seen`, unless it moved; the new version.

        All other attributes of the log but `keep` go. Appends that came after `seen` make this refuse.
        """
        if seen.ids_page is not None and names.IDS_PAGE not in attributes:
            # A sweep goes by it when it finds the pages that are forgotten here.
            attributes = {names.ORIGIN: attributes[names.EPOCH], **attributes}
        values: dict[str, Any] = {f":{name}": value for name, value in attributes.items()}
        if names.VERSION in seen.attributes:
            conditions = [f"{names.VERSION}=:seen"]
            values[":seen"] = seen.attributes[names.VERSION]
        else:
            conditions = [f"attribute_not_exists({names.VERSION})", "attribute_exists(job_id)"]
        aliases: dict[str, str] = {}
        conditions += [*self._same_steps(seen, values), *_guarded(guard, values, aliases)]
        return self._write_anew(seen.job_id, attributes, keep, conditions, values, aliases)

    def supplant(self, seen: LogItem, attributes: Mapping[str, Any]) -> int:
        """Put `attributes` in place of the log, whatever was appended since it was `seen`; the new version.

        Neither appends nor what keeps the tail short make this refuse, only another replace, and another document:
        ours has to be the newest in S3. `attributes` name a new origin, so if this arrives twice, the second refuses.
        """
        values: dict[str, Any] = {f":{name}": value for name, value in attributes.items()}
        conditions = [
            f"attribute_exists({names.EPOCH})",
            _same(names.ORIGIN, ":seen", seen, values),
            _same(names.KEY, ":key", seen, values),
            _same(names.VERSION_ID, ":pointed", seen, values),
        ]
        return self._write_anew(seen.job_id, attributes, (), conditions, values, {})

    def _write_anew(
        self,
        job_id: str,
        attributes: Mapping[str, Any],
        keep: Sequence[str],
        conditions: Sequence[str],
        values: dict[str, Any],
        aliases: Mapping[str, str],
    ) -> int:
        """Set `attributes`, count the version, and remove all else of the log; the new version."""
        kept = {*attributes, *keep, names.VERSION, names.ORIGIN}
        answer = self._update(
            job_id,
            update=f"SET {','.join(f'{name}=:{name}' for name in attributes)} "
            f"REMOVE {','.join(name for name in names.OURS if name not in kept)} ADD {names.VERSION} :1",
            conditions=conditions,
            aliases=aliases,
            values={**values, ":1": {"N": "1"}},
        )
        return int(answer["Attributes"][names.VERSION]["N"])

    @staticmethod
    def _same_steps(seen: LogItem, values: dict[str, Any]) -> list[str]:
        """Conditions that hold while nobody, an older system included, changed what the item says of its steps."""
        conditions = []
        conditions.append(_same(names.KEY, ":key", seen, values))
        if seen.key is not None:
            conditions.append(_same(names.VERSION_ID, ":pointed", seen, values))
        if "L" in seen.attributes.get(names.STEPS, {}):
            conditions.append(f"size({names.STEPS})=:length")
            values[":length"] = {"N": str(len(seen.inline))}
        return conditions

    def pin(self, seen: LogItem, version_id: str) -> None:
        """Let a pointer that an older system wrote name the version that it means, before another is put there."""
        values: dict[str, Any] = {":pinned": {"S": version_id}, ":key": {"S": seen.key}}
        self._update(
            seen.job_id,
            update=f"SET {names.VERSION_ID}=:pinned",
            conditions=[f"{names.KEY}=:key", _same(names.VERSION_ID, ":pointed", seen, values)],
            values=values,
        )

    def close_inline(self, seen: LogItem) -> None:
        """Take no more steps inline: whoever appends next offloads the log, and somebody's offload then succeeds."""
        self._update(
            seen.job_id,
            update=f"SET {names.HELD}=:closed ADD {names.VERSION} :1",
            conditions=[f"{names.EPOCH}=:seen", f"attribute_not_exists({names.KEY})"],
            values={":closed": {"N": str(CLOSED)}, ":seen": {"S": seen.epoch}, ":1": {"N": "1"}},
        )

    def shorten_tail(
        self,
        seen: LogItem,
        *,
        epoch: str,
        replaced: Mapping[int, Mapping[str, Any]],
        removed: Sequence[int],
        freed: int,
        grown: int,
        document: Mapping[str, Any],
    ) -> None:
        """Change entries of the tail that was `seen`; later appends stay, and do not make this refuse.

        Entries only ever change under a new epoch, so their places are sure while the epoch is the same.
        `document` holds the attributes of a new document, if there is one; `freed` the bytes the tail
        loses and `grown` those that the document's description gains.
        """
        values: dict[str, Any] = {f":{name}": value for name, value in document.items()}
        values |= {f":t{place}": entry for place, entry in replaced.items()}
        values |= {
            ":epoch": {"S": epoch},
            ":seen": {"S": seen.epoch},
            ":1": {"N": "1"},
            ":freed": {"N": str(-freed)},
            # Also puts right what others' attributes have changed since the last look at the whole item.
            ":item": {"N": str(seen.size - freed + grown + _SLACK_BYTES - seen.tracked_size)},
        }
        sets = [f"{name}=:{name}" for name in document]
        sets += [f"#t[{place}]=:t{place}" for place in replaced]
        sets.append(f"{names.EPOCH}=:epoch")
        # In descending order: engines that remove one after the other would else remove the wrong ones.
        removes = ",".join(f"#t[{place}]" for place in sorted(removed, reverse=True))
        self._update(
            seen.job_id,
            update=f"SET {','.join(sets)}"
            + (f" REMOVE {removes}" if removes else "")
            + f" ADD {names.VERSION} :1,{names.HELD} :freed,{names.ITEM} :item",
            conditions=[f"{names.EPOCH}=:seen"],
            aliases={"#t": names.TAIL} if replaced or removed else {},
            values=values,
        )

    def turn_ids_page(self, seen: LogItem, *, page_id: str, epoch: str) -> None:
        """Forget the ids on the item, which `page_id` now holds. They are full, so no append can add to them."""
        conditions = [f"{names.EPOCH}=:seen", f"size({names.IDS})=:n"]
        values: dict[str, Any] = {
            ":seen": {"S": seen.epoch},
            ":n": {"N": str(len(seen.ids))},
            ":page": {"S": page_id},
            ":epoch": {"S": epoch},
            ":none": {"M": {}},
            ":freed": {"N": str(_IDS_PAGE_BYTES - ID_BYTES * len(seen.ids))},
            ":1": {"N": "1"},
        }
        self._update(
            seen.job_id,
            update=f"SET {names.IDS}=:none,{names.IDS_PAGE}=:page,{names.EPOCH}=:epoch "
            f"ADD {names.ITEM} :freed,{names.VERSION} :1",
            conditions=conditions,
            values=values,
        )

    def _update(
        self,
        job_id: str,
        *,
        update: str,
        conditions: Sequence[str],
        values: Mapping[str, Any],
        aliases: Mapping[str, str] | None = None,
    ) -> Any:  # noqa: ANN401 (boto3's answer)
        request: dict[str, Any] = {
            "TableName": self._table,
            "Key": {"job_id": {"S": job_id}},
            "UpdateExpression": update,
            "ConditionExpression": " AND ".join(conditions),
            "ExpressionAttributeValues": values,
            "ReturnValues": "UPDATED_NEW",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if aliases:
            request["ExpressionAttributeNames"] = aliases
        try:
            return self._dynamodb.update_item(**request)
        except AWS_ERRORS as error:
            if error_code(error) == "ConditionalCheckFailedException":
                answer: Any = getattr(error, "response", {})
                item = answer.get("Item")
                raise Refused(LogItem(job_id, item) if item else None, retried=was_retried(answer)) from error
            if error_code(error) == "ValidationException" and "item size" in str(error).lower():
                raise TooLarge from error
            raise translated(error, "dynamodb:UpdateItem", job_id=job_id) from error


def _guarded(guard: Guard | None, values: dict[str, Any], aliases: dict[str, str]) -> list[str]:
    """The condition that the item is as `guard` demands, in the very update that records the step."""
    if guard is None:
        return []
    # Others choose the name: it may be a word that DynamoDB reserves.
    aliases["#g"] = guard.attribute
    values[":g"] = {"S": guard.value}
    return ["#g=:g"]


def _same(name: str, operand: str, seen: LogItem, values: dict[str, Any]) -> str:
    """The condition that an attribute is as it was seen: absent, or of the same value."""
    if name not in seen.attributes:
        return f"attribute_not_exists({name})"
    values[operand] = seen.attributes[name]
    return f"{name}={operand}"


def no_such_job(job_id: str) -> NoSuchJob:
    """The error for a job that the table does not hold."""
    return NoSuchJob("There is no item for this job; create the job before its steps.", job_id=job_id)
