"""What the simulator has no eye for: stored bytes that change, objects that vanish, sizes to the byte."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.steplog.simulation.answers import Attribute
from tests.steplog.simulation.dynamodb import MemoryTable
from tests.steplog.simulation.s3 import MemoryBucket
from tests.steplog.simulation.subject import Subject

_TABLE, _BUCKET, _JOB = "jobs", "bucket", "job"
_DOCUMENT = f"jobs/{_JOB}/execution_steps.json"


class Stores:
    """A job in memory, and a log that keeps it: small limits, so that a few steps take every form."""

    def __init__(self, subject: Subject, **limits: int) -> None:
        self.table = MemoryTable(_TABLE)
        self.bucket = MemoryBucket(_BUCKET, part_bytes=1000)
        self.table.put_item(TableName=_TABLE, Item={"job_id": {"S": _JOB}})
        self.limits = {
            "inline_bytes": 400,
            "tail_step_bytes": 150,
            "tail_bytes": 900,
            "tail_entries": 10,
            "merge_bytes": 100_000,
            "part_bytes": 1000,
            "upload_bytes": 1000,
            **limits,
        }
        self.subject = subject
        self.log = self.new_log(self.table)

    def new_log(self, dynamodb: object) -> Any:  # noqa: ANN401 (a StepLog of the package under test)
        """Another log on the same stores, its requests to DynamoDB sent to `dynamodb`."""
        ids = count()
        return self.subject.package.StepLog(
            dynamodb=dynamodb,
            s3=self.bucket,
            table=_TABLE,
            bucket=_BUCKET,
            limits=self.subject.package.Limits(**self.limits),
            new_id=lambda: f"{id(dynamodb)}-{next(ids):08d}",
        )

    def fill(self, steps: int) -> None:
        """Append steps large enough to leave the item."""
        for n in range(steps):
            self.log.append(_JOB, {"n": n, "text": "x" * 300}, step_id=f"s{n}")

    def change(self, key: str, change: Callable[[bytes], bytes]) -> None:
        """Change the bytes of an object in place, as a broken disk would."""
        version_id = self.bucket.newest(key)
        self.bucket.spoil(key, version_id or "", change(self.bucket.peek(key) or b""))

    def last_chunk(self) -> str:
        """The key of the chunk that ends the log."""
        item: Attribute = self.table.peek(_JOB) or {}
        return f"jobs/{_JOB}/steps/{item['execution_steps_tail']['L'][-1]['L'][0]['S']}.json"


def sizes_count_names(subject: Subject) -> None:
    """An item's size counts the bytes of its attributes' names."""
    assert subject.package.item_size({"naïve": {"S": "abc"}}) == len("naïve".encode()) + 3


def changed_bytes_are_noticed(subject: Subject) -> None:
    """One letter that changes in a document or a chunk is an error of whoever reads it, whichever way."""
    for sealed in (True, False):
        for change in (_another_letter, _another_length):
            stores = Stores(subject)
            stores.fill(4)
            if sealed:
                stores.log.seal(_JOB)
            stores.change(_DOCUMENT if sealed else stores.last_chunk(), change)
            _assert_corrupt(stores, paged=change is _another_letter)


def _another_letter(body: bytes) -> bytes:
    return body.replace(b"x", b"y", 1)


def _another_length(body: bytes) -> bytes:
    return body[:-1] + b" ]"


def _assert_corrupt(stores: Stores, *, paged: bool) -> None:
    reads: list[Callable[[], object]] = [
        lambda: stores.log.read(_JOB),
        lambda: b"".join(stores.log.stream(_JOB)),
    ]
    if paged:
        reads.append(lambda: stores.log.page(_JOB, 0, 6))
    for read in reads:
        with pytest.raises(stores.subject.package.StepsCorrupt):
            read()


def a_missing_object_is_looked_up_again(subject: Subject) -> None:
    """A reader whose object was replaced and swept between two requests finds the new one."""
    stores = Stores(subject)
    stores.fill(3)
    stores.log.seal(_JOB)

    def sealed_and_swept() -> None:
        old = stores.bucket.newest(_DOCUMENT)
        stores.fill(5)
        stores.log.seal(_JOB)
        stores.bucket.delete_object(Bucket=_BUCKET, Key=_DOCUMENT, VersionId=old)

    reader = stores.new_log(Interrupted(stores.table, after_get=sealed_and_swept))
    assert [step["n"] for step in reader.read(_JOB)] == [0, 1, 2, 3, 4]


def a_replace_with_a_lost_answer_is_not_done_twice(subject: Subject) -> None:
    """If others wrote after a replace whose answer was lost, what they wrote stays."""
    stores = Stores(subject, ids=1)

    def others_append() -> None:
        stores.log.append(_JOB, {"n": 1}, step_id="s1")
        stores.log.append(_JOB, {"n": 2}, step_id="s2")

    def others_replace() -> None:
        stores.log.replace(_JOB, [{"n": 7}])
        stores.log.append(_JOB, {"n": 8}, step_id="s8")

    stores.new_log(Interrupted(stores.table, after_lost_update=others_append)).replace(_JOB, [{"n": 0}])
    assert [step["n"] for step in stores.log.read(_JOB)] == [0, 1, 2]
    writer = stores.new_log(Interrupted(stores.table, after_lost_update=others_replace))
    with pytest.raises(subject.package.Unavailable):
        writer.replace(_JOB, [{"n": 0}])
    assert [step["n"] for step in stores.log.read(_JOB)] == [7, 8]


class Interrupted:
    """DynamoDB with somebody else's work between two requests."""

    def __init__(
        self,
        table: MemoryTable,
        *,
        after_get: Callable[[], None] | None = None,
        after_lost_update: Callable[[], None] | None = None,
    ) -> None:
        self._table = table
        self._after_get = after_get
        self._after_lost_update = after_lost_update

    def get_item(self, **request: Any) -> Any:  # noqa: ANN401
        """The item as it was before the others' work."""
        answer = self._table.get_item(**request)
        if self._after_get is not None:
            after, self._after_get = self._after_get, None
            after()
        return answer

    def update_item(self, **request: Any) -> Any:  # noqa: ANN401
        """The answer to a second try; the first took effect, its answer was lost, and others wrote since."""
        if self._after_lost_update is None:
            return self._table.update_item(**request)
        after, self._after_lost_update = self._after_lost_update, None
        self._table.update_item(**request)
        after()
        try:
            return self._table.update_item(**request)
        except ClientError as error:
            error.response["ResponseMetadata"]["RetryAttempts"] = 1
            raise
