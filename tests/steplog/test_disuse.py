"""Jobs that are written to every day: what they dropped goes, and nothing that a reader may still be at."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from tests.conftest import Aws, furnish
from tests.steplog.storage import SMALL

from leadmagnet.steplog import StepLog, SweepReport, sweep

_GRACE = timedelta(hours=24)
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_JOB = "job"
_DOCUMENT = f"jobs/{_JOB}/execution_steps.json"


@dataclass(kw_only=True)
class Days:
    """Table, bucket and log of one job, on a clock that the test turns. To the log this is the S3 client."""

    aws: Aws
    table: str
    bucket: str
    now: datetime = datetime(2030, 1, 1, tzinfo=UTC)
    put_at: dict[str, datetime] = field(default_factory=dict)
    #: What the item referred to, and until when.
    used: dict[tuple[str, str | None], datetime] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)

    def new_log(self) -> StepLog:
        s3: Any = self
        return StepLog(
            dynamodb=self.aws.dynamodb, s3=s3, table=self.table, bucket=self.bucket, limits=SMALL, new_id=self.new_id
        )

    def new_id(self) -> str:
        """A ULID of the time on the clock."""
        number = int(self.now.timestamp() * 1000) << 80 | next(self.numbers)
        return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))

    def __getattr__(self, name: str) -> object:
        return getattr(self.aws.s3, name)

    def put_object(self, **request: Any) -> Any:  # noqa: ANN401 (boto3's)
        return self._dated(self.aws.s3.put_object(**request))

    def complete_multipart_upload(self, **request: Any) -> Any:  # noqa: ANN401
        return self._dated(self.aws.s3.complete_multipart_upload(**request))

    def _dated(self, answer: Any) -> Any:  # noqa: ANN401
        self.put_at[answer["VersionId"]] = self.now
        return answer

    def head_object(self, **request: Any) -> Any:  # noqa: ANN401
        answer: Any = self.aws.s3.head_object(**request)
        return {**answer, "LastModified": self.put_at[answer["VersionId"]]}

    def list_object_versions(self, **request: Any) -> Any:  # noqa: ANN401
        answer: Any = self.aws.s3.list_object_versions(**request)
        for version in answer.get("Versions", ()):
            version["LastModified"] = self.put_at[version["VersionId"]]
        return answer

    def sweep(self) -> SweepReport:
        s3: Any = self
        return sweep(
            dynamodb=self.aws.dynamodb, s3=s3, table=self.table, bucket=self.bucket, grace=_GRACE, now=lambda: self.now
        )

    def versions(self, part: str = "") -> set[tuple[str, str]]:
        listed = self.aws.s3.list_object_versions(Bucket=self.bucket, Prefix=f"jobs/{_JOB}/{part}")
        return {(version["Key"], version["VersionId"]) for version in listed.get("Versions", ())}

    def item(self) -> Any:  # noqa: ANN401
        return self.aws.dynamodb.get_item(TableName=self.table, Key={"job_id": {"S": _JOB}}, ConsistentRead=True)[
            "Item"
        ]

    def note_use(self) -> None:
        """Remember that until now the item refers to what it does."""
        item = self.item()
        if "execution_steps_s3_key" in item:
            self.used[_DOCUMENT, item["execution_steps_s3_version"]["S"]] = self.now
        for entry in item.get("execution_steps_tail", {"L": ()})["L"]:
            if "L" in entry:
                key = f"jobs/{_JOB}/steps/{entry['L'][0]['S']}.json"
                self.used[key, None] = self.now
                for chunk in self._body(key) if len(entry["L"]) > 4 else ():
                    if isinstance(chunk, list):
                        self.used[f"jobs/{_JOB}/steps/{chunk[0]}.json", None] = self.now
        page_id = item.get("steps_ids_page", {}).get("S")
        while page_id is not None:
            key = f"jobs/{_JOB}/ids/{page_id}.json"
            self.used[key, None] = self.now
            page_id = self._body(key)["previous"]

    def _body(self, key: str) -> Any:  # noqa: ANN401
        return json.loads(self.aws.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def lost(self) -> list[tuple[str, str | None]]:
        """What was in use within the grace period and is not there."""
        there = self.versions()
        there_at_all = {(key, None) for key, _ in there}
        return [
            use for use, until in self.used.items() if until > self.now - _GRACE and use not in there | there_at_all
        ]


@pytest.fixture
def days(aws: Aws) -> Days:
    made = furnish(aws, Environment=f"t{uuid4().hex[:12]}")
    aws.dynamodb.put_item(TableName=made.jobs_table, Item={"job_id": {"S": _JOB}})
    return Days(aws=aws, table=made.jobs_table, bucket=made.bucket)


@pytest.fixture
def small_fan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of ids are joined in pairs."""
    monkeypatch.setattr("leadmagnet.steplog.idpages._FAN", 2)


def _step(number: int, size: int) -> dict[str, Any]:
    return {"number": number, "text": "x" * size}


def test_a_job_that_is_written_to_every_day_keeps_only_what_was_in_use_lately(days: Days) -> None:
    log = days.new_log()
    for number in range(60):
        log.append(_JOB, _step(number, 900), step_id=str(number))
        if number % 4 == 3:
            log.seal(_JOB)
        days.now += timedelta(hours=6)
    assert days.sweep().problems == []
    # A document each day, and what came since: the sealed one, those of two days, and the chunks that they took in.
    assert len(days.versions("execution_steps.json")) <= 3
    assert len(days.versions("steps/")) <= 12
    assert [step["number"] for step in log.read(_JOB)] == list(range(60))


def test_a_job_that_is_replaced_every_day_keeps_only_what_was_in_use_lately(days: Days) -> None:
    log = days.new_log()
    for day in range(10):
        log.replace(_JOB, [_step(day, 9_000 if day < 9 else 10)])
        for number in range(20):
            log.append(_JOB, _step(number, 10), step_id=str(number))
        days.now += _GRACE + timedelta(hours=1)
    log.append(_JOB, _step(99, 10), step_id="99")
    days.sweep()
    assert days.versions("execution_steps.json") == set()
    assert len(days.versions("ids/")) <= 3
    assert [step["number"] for step in log.read(_JOB)] == [9, *range(20), 99]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.usefixtures("small_fan")
def test_nothing_goes_that_was_in_use_within_the_grace_period_whatever_is_done(days: Days, seed: int) -> None:
    rng, log = random.Random(seed), days.new_log()
    for number in range(90):
        what = rng.random()
        if what < 0.06:
            log.replace(_JOB, [_step(-number, rng.choice((10, 9_000)))])
        elif what < 0.16:
            log.seal(_JOB)
        elif what < 0.24:
            # A writer that dies before its commit.
            days.put_object(Bucket=days.bucket, Key=_DOCUMENT, Body=b"[]")
        else:
            log.append(_JOB, _step(number, rng.choice((10, 200, 900, 2_500))), step_id=str(number))
        days.note_use()
        days.now += timedelta(hours=rng.choice((0.01, 0.5, 3, 9)))
        if rng.random() < 0.3:
            assert days.sweep().problems == []
            assert days.lost() == []
    days.now += 2 * _GRACE
    days.sweep()
    needed = {key for (key, _), until in days.used.items() if until > days.now - 3 * _GRACE}
    assert {key for key, _ in days.versions()} <= needed
