"""What a step log does, on each engine that plays DynamoDB: one suite, the real code, real HTTP."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError
from tests.steplog import second_engine

from leadmagnet.steplog import (
    Guard,
    GuardFailed,
    InvalidJobId,
    InvalidStep,
    Limits,
    NoRoom,
    NoSuchJob,
    NotConfigured,
    StepConflict,
    StepLog,
    StepsCorrupt,
    StepsMissing,
    Unavailable,
    VersionConflict,
    item_size,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from tests.conftest import Aws

    from leadmagnet.local.resources import Resources

KIB = 1024
#: Limits at which a few small steps take a log through every form that it can have.
SMALL = Limits(
    inline_bytes=3 * KIB, tail_step_bytes=300, tail_bytes=1 * KIB, tail_entries=6, merge_bytes=6 * KIB, ids=8
)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A job table, a bucket, and step logs on them."""

    dynamodb: DynamoDBClient
    s3: S3Client
    table: str
    bucket: str

    def log(self, limits: Limits | None = None, *, table: str | None = None, bucket: str | None = None) -> StepLog:
        return StepLog(
            dynamodb=self.dynamodb,
            s3=self.s3,
            table=table or self.table,
            bucket=bucket or self.bucket,
            limits=limits,
        )

    def new_job(self, log: StepLog | None = None, **attributes: Mapping[str, Any]) -> str:
        """The id of a new job whose item holds `attributes`, and an empty log if `log` is given."""
        job_id = f"job-{uuid4().hex}"
        item = {"job_id": {"S": job_id}, **attributes}
        self.dynamodb.put_item(TableName=self.table, Item=item | (log.empty(item) if log else {}))
        return job_id

    def item(self, job_id: str) -> Mapping[str, Any]:
        answer = self.dynamodb.get_item(TableName=self.table, Key={"job_id": {"S": job_id}}, ConsistentRead=True)
        return answer["Item"]

    def versions(self, job_id: str) -> set[tuple[str, str]]:
        """Every object version of the job in S3."""
        listed = self.s3.list_object_versions(Bucket=self.bucket, Prefix=f"jobs/{job_id}/")
        return {(each["Key"], each["VersionId"]) for each in listed.get("Versions", [])}

    def document(self, job_id: str) -> object:
        key = self.item(job_id)["execution_steps_s3_key"]["S"]
        return json.loads(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())


@pytest.fixture(scope="module", params=["ministack", pytest.param("dynoxide", marks=pytest.mark.long)])
def world(
    request: pytest.FixtureRequest, aws: Aws, resources: Resources, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    if request.param == "ministack":
        yield World(dynamodb=aws.dynamodb, s3=aws.s3, table=resources.jobs_table, bucket=resources.bucket)
        return
    program = second_engine.binary()
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("dynoxide must be there in CI: npm could not install @dynoxide/linux-x64")
        pytest.skip("dynoxide does not exist for this machine, or npm is missing")
    with second_engine.running(tmp_path_factory.mktemp("dynoxide"), program) as dynamodb:
        dynamodb.create_table(
            TableName="jobs",
            KeySchema=[{"AttributeName": "job_id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "job_id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield World(dynamodb=dynamodb, s3=aws.s3, table="jobs", bucket=resources.bucket)


def step(number: int, size: int = 100) -> dict[str, Any]:
    return {"number": number, "text": "é" + "x" * size, "none": None, "list": [1, 2.5, True, {}], "empty": ""}


def fill(log: StepLog, job_id: str, sizes: list[int], first: int = 0) -> list[dict[str, Any]]:
    """Append a step of each size and return the steps."""
    added = [step(first + place, size) for place, size in enumerate(sizes)]
    for one in added:
        log.append(job_id, one, step_id=f"step-{one['number']}")
    return added


#: Step sizes that take a log with the limits SMALL through its forms, by the form they end in.
SHAPES: dict[str, list[int]] = {
    "empty": [],
    "inline": [100] * 5,
    "inline, to the brim": [100] * 12,
    "offloaded by a small step": [100] * 22,
    "offloaded by a large first step": [5_000],
    "small steps in the tail": [3_000, 50, 50],
    "chunks in the tail": [3_000, 400, 400, 400],
    "flushed": [3_000] + [100] * 12,
    "manifests in the tail": [3_000] + [400] * 9,
    "merged": [3_000] + [900] * 9,
    "mixed": [3_000, 50, 900, 50, 900, 50, 50, 900, 900, 50, 900],
    "many ids": [20] * 60,
}


@pytest.fixture(params=SHAPES, ids=lambda name: name.replace(" ", "-"))
def filled(request: pytest.FixtureRequest, world: World) -> tuple[StepLog, str, list[dict[str, Any]]]:
    """A log in one of its forms, its job, and the steps that it must hold."""
    log = world.log(SMALL)
    job_id = world.new_job(log)
    return log, job_id, fill(log, job_id, SHAPES[request.param])


Filled = tuple[StepLog, str, list[dict[str, Any]]]


def test_every_form_reads_back_equal(filled: Filled) -> None:
    log, job_id, steps = filled
    assert log.read(job_id) == steps


def test_every_form_streams_as_one_json_array(filled: Filled) -> None:
    log, job_id, steps = filled
    assert json.loads(b"".join(log.stream(job_id))) == steps


def test_every_form_pages_to_the_same_steps_by_any_page_size(filled: Filled) -> None:
    log, job_id, steps = filled
    for limit in (1, 3, 7, 100):
        start: int | None = 0
        paged: list[dict[str, Any]] = []
        while start is not None:
            page = log.page(job_id, start=start, limit=limit)
            assert (page.start, page.count, len(page.steps) <= limit) == (start, len(steps), True)
            paged += page.steps
            start = page.next_start
        assert paged == steps


def test_every_form_says_its_count_and_size(filled: Filled) -> None:
    log, job_id, steps = filled
    summary = log.summary(job_id)
    assert summary.count == len(steps)
    assert summary.size_bytes == len(b"".join(log.stream(job_id)))
    assert summary.stored == ("inline" if summary.s3_key is None else "offloaded")


def test_every_form_is_whole_in_a_snapshot_that_asks_for_the_item_once(filled: Filled, world: World) -> None:
    log, job_id, steps = filled
    asked = []
    world.dynamodb.meta.events.register("before-call.dynamodb.*", lambda model, **_: asked.append(model.name), "count")
    try:
        snapshot = log.snapshot(job_id)
        read = (snapshot.summary, json.loads(b"".join(snapshot.stream())), snapshot.page(1, 3).steps)
    finally:
        world.dynamodb.meta.events.unregister("before-call.dynamodb.*", unique_id="count")
    assert asked == ["GetItem"]
    assert read == (log.summary(job_id), steps, steps[1:4])
    assert snapshot.attributes == world.item(job_id)


def test_a_snapshot_whose_object_was_replaced_and_swept_answers_with_what_is_there_now(world: World) -> None:
    log = world.log(SMALL)
    job_id = world.new_job(log)
    fill(log, job_id, [5_000])
    snapshot = log.snapshot(job_id)
    swept = world.versions(job_id)
    log.replace(job_id, [step(7, 6_000)])
    for key, version in swept:
        world.s3.delete_object(Bucket=world.bucket, Key=key, VersionId=version)
    assert json.loads(b"".join(snapshot.stream())) == [step(7, 6_000)]
    assert snapshot.page().steps == [step(7, 6_000)]


def test_every_form_gives_the_last_step_if_the_item_holds_it(filled: Filled, world: World) -> None:
    log, job_id, steps = filled
    item = world.item(job_id)
    held = item.get("execution_steps", item.get("execution_steps_tail"))["L"]
    on_item = bool(held) and "M" in held[-1]
    no_s3: Any = None
    looking = StepLog(dynamodb=world.dynamodb, s3=no_s3, table=world.table, bucket=world.bucket)
    assert looking.summary(job_id).last_step == (steps[-1] if on_item else None)
    assert log.page(job_id, start=max(0, len(steps) - 1), limit=1).steps == steps[-1:]


def test_every_form_holds_one_attribute_and_never_both(filled: Filled, world: World) -> None:
    _, job_id, _ = filled
    item = world.item(job_id)
    assert ("execution_steps" in item) != ("execution_steps_s3_key" in item)


def test_every_form_sealed_is_plain_json_for_the_simplest_reader(filled: Filled, world: World) -> None:
    log, job_id, steps = filled
    log.seal(job_id)
    if log.summary(job_id).stored == "offloaded":
        assert world.document(job_id) == steps
        assert world.item(job_id)["execution_steps_tail"] == {"L": []}
    assert log.read(job_id) == steps


def test_every_form_takes_more_after_it_was_sealed(filled: Filled) -> None:
    log, job_id, steps = filled
    log.seal(job_id)
    more = fill(log, job_id, [50, 900, 50], first=len(steps))
    log.seal(job_id)
    assert log.read(job_id) == steps + more


def test_every_form_knows_its_steps_again(filled: Filled, world: World) -> None:
    log, job_id, steps = filled
    fresh = world.log(SMALL)
    version = log.summary(job_id).version
    for index, one in enumerate(steps):
        again = fresh.append(job_id, one, step_id=f"step-{index}")
        assert (again.index, again.version) == (index, version)
    assert log.read(job_id) == steps


def test_every_form_refuses_other_content_under_a_known_id(filled: Filled, world: World) -> None:
    log, job_id, steps = filled
    for index in range(len(steps)):
        with pytest.raises(StepConflict, match=f"as step {index}"):
            world.log(SMALL).append(job_id, step(-1, 900), step_id=f"step-{index}")
    assert log.read(job_id) == steps


def test_every_form_can_be_replaced_small_large_and_small_again(filled: Filled, world: World) -> None:
    log, job_id, _ = filled
    for size in (50, 5_000, 50):
        steps = [step(1, size), step(2, size)]
        log.replace(job_id, steps)
        assert log.read(job_id) == steps
        assert ("execution_steps_s3_key" in world.item(job_id)) == (size == 5_000)


def test_what_the_item_says_of_its_size_is_never_too_little(filled: Filled, world: World) -> None:
    _, job_id, _ = filled
    item = world.item(job_id)
    assert item_size(item) <= int(item["steps_item"]["N"]) <= item_size(item) + 600


def test_an_append_says_where_it_went(world: World) -> None:
    log = world.log(SMALL)
    job_id = world.new_job(log)
    appended = [log.append(job_id, step(n, 700), step_id=f"s{n}") for n in range(6)]
    assert [a.index for a in appended] == list(range(6))
    assert [a.version for a in appended] == sorted({a.version for a in appended})
    assert [a.stored for a in appended] == ["inline"] * 3 + ["offloaded"] * 3


# --- the contract's numbers ---


@pytest.mark.parametrize(
    ("kib", "stored"), [(250, "inline"), (310, "offloaded"), (350, "offloaded"), (1500, "offloaded")]
)
def test_the_estimate_decides_at_300_kb(world: World, kib: int, stored: str) -> None:
    log = world.log()
    job_id = world.new_job(log)
    steps = [{"text": "x" * (kib * KIB // 10)} for _ in range(10)]
    for number, one in enumerate(steps):
        log.append(job_id, one, step_id=str(number))
    assert log.summary(job_id).stored == stored
    log.replace(job_id, steps)
    assert (log.summary(job_id).stored, log.read(job_id) == steps) == (stored, True)


def test_the_buffer_counts_to_the_byte(world: World) -> None:
    most = Limits().held_inline_bytes
    assert most == int(300 * KIB / 1.1)
    overhead = 1 + 3 + 1 + len("text")
    for extra, stored in ((0, "inline"), (1, "offloaded")):
        log = world.log()
        job_id = world.new_job(log)
        log.append(job_id, {"text": "x" * (most - overhead + extra)}, step_id="only")
        assert log.summary(job_id).stored == stored


@pytest.mark.parametrize("other_kib", [100, 140, 250, 330, 395])
def test_whatever_else_the_item_holds_no_request_is_refused_for_size(world: World, other_kib: int) -> None:
    log = world.log()
    job_id = world.new_job(log, other={"S": "x" * (other_kib * KIB)})
    steps = fill(log, job_id, [7_000] * 60 + [30_000] * 3)
    log.seal(job_id)
    assert log.read(job_id) == steps


def test_attributes_that_grow_while_the_job_runs_move_the_steps_out(world: World) -> None:
    log = world.log()
    job_id = world.new_job(log)
    steps = fill(log, job_id, [50_000] * 5)
    world.dynamodb.update_item(
        TableName=world.table,
        Key={"job_id": {"S": job_id}},
        UpdateExpression="SET notes = :n",
        ExpressionAttributeValues={":n": {"S": "x" * 140_000}},
    )
    steps += fill(log, job_id, [15_000, 50_000], first=5)
    assert (log.summary(job_id).stored, log.read(job_id) == steps) == ("offloaded", True)


def test_an_item_that_others_fill_is_refused_with_what_to_do(world: World) -> None:
    log = world.log()
    job_id = world.new_job(log, other={"S": "x" * (399 * KIB)})
    for call in (
        lambda: log.append(job_id, step(1), step_id="a"),
        lambda: log.append(job_id, step(1, 300_000), step_id="a"),
        lambda: log.replace(job_id, [step(1)]),
        lambda: log.replace(job_id, [step(1, 300_000)]),
    ):
        with pytest.raises(NoRoom, match="make them smaller"):
            call()


def test_ids_on_the_item_give_way_when_their_room_is_needed(world: World) -> None:
    log = world.log()
    job_id = world.new_job(log, notes={"S": ""})
    steps = fill(log, job_id, [5] * 200)
    steps += fill(log, job_id, [300_000, 9_000], first=200)
    assert len(world.item(job_id)["steps_ids"]["M"]) > 200
    free = 409_600 - 1_024 - item_size(world.item(job_id))
    world.dynamodb.update_item(
        TableName=world.table,
        Key={"job_id": {"S": job_id}},
        UpdateExpression="SET notes = :n",
        ExpressionAttributeValues={":n": {"S": "x" * free}},
    )
    steps += fill(log, job_id, [9_000] * 20 + [50], first=202)
    assert log.read(job_id) == steps
    assert log.append(job_id, steps[7], step_id="step-7").index == 7


class LosingAnswers:
    """A DynamoDB client whose answer to an update that moves a log to S3 is lost on its way, or asked for twice."""

    def __init__(self, dynamodb: DynamoDBClient, *, retried: bool) -> None:
        self._dynamodb = dynamodb
        self._retried = retried
        self._lost = False

    def update_item(self, **request: Any) -> object:  # noqa: ANN401 (boto3's own signature)
        moves = "SET" in request["UpdateExpression"] and ":execution_steps_doc" in request["ExpressionAttributeValues"]
        if not moves or self._lost:
            return self._dynamodb.update_item(**request)
        self._lost = True
        self._dynamodb.update_item(**request)
        if not self._retried:
            raise ReadTimeoutError(endpoint_url="https://aws.example")
        try:
            return self._dynamodb.update_item(**request)
        except ClientError as error:
            error.response["ResponseMetadata"]["RetryAttempts"] = 1
            raise

    def __getattr__(self, name: str) -> object:
        return getattr(self._dynamodb, name)


MOVES: dict[str, Callable[[StepLog, str], object]] = {
    "append": lambda log, job_id: log.append(job_id, step(9, 5_000), step_id="large"),
    "replace": lambda log, job_id: log.replace(job_id, [step(9, 5_000)]),
    "migrate": lambda log, job_id: log.adopt(job_id),
}


@pytest.mark.parametrize("how", ["answered", "lost", "retried"])
@pytest.mark.parametrize("move", MOVES)
def test_each_move_to_s3_writes_its_log_line(
    world: World, caplog: pytest.LogCaptureFixture, move: str, how: str
) -> None:
    wide = world.log()
    job_id = world.new_job(wide)
    fill(wide, job_id, [400] * 10)
    dynamodb: Any = world.dynamodb if how == "answered" else LosingAnswers(world.dynamodb, retried=how == "retried")
    limits = SMALL if move == "migrate" else Limits(inline_bytes=5_000)
    log = StepLog(dynamodb=dynamodb, s3=world.s3, table=world.table, bucket=world.bucket, limits=limits)
    with caplog.at_level("INFO"), suppress(Unavailable):
        MOVES[move](log, job_id)
    lines = [record for record in caplog.records if record.message == "execution_steps stored in S3"]
    key = f"jobs/{job_id}/execution_steps.json"
    assert [(line.__dict__["job_id"], line.__dict__["key"]) for line in lines] == [(job_id, key)]
    assert lines[0].__dict__["size_bytes"] == log.summary(job_id).size_bytes


EXOTIC: dict[str, Any] = {
    "deep": {"a": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["bottom"]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]},
    "integer of 60 digits": {"n": 10**59 + 7},
    "float out of range": {"n": 1e300, "m": 5e-324},
    "empty name": {"": {"": None}},
    "unicode": {"\u0000\U0001f600é": "\u2028\u0000\U0010ffff"},
    "empty": {},
}


@pytest.mark.parametrize("name", EXOTIC)
def test_what_goes_in_comes_out_wherever_it_is_stored(world: World, name: str) -> None:
    log = world.log(SMALL)
    job_id = world.new_job(log)
    steps = [EXOTIC[name], step(1), EXOTIC[name] | {"pad": "x" * 4_000}, EXOTIC[name]]
    for number, one in enumerate(steps):
        log.append(job_id, one, step_id=str(number))
        assert log.read(job_id) == steps[: number + 1]
    log.seal(job_id)
    assert world.log().read(job_id) == steps


@pytest.mark.parametrize("size", [400, 6_000_000], ids=["small", "copied-by-s3"])
def test_a_seal_puts_the_document_above_one_that_somebody_left_there(world: World, size: int) -> None:
    log = world.log()
    job_id = world.new_job(log)
    log.replace(job_id, [step(1, 400_000), step(2, size)])
    steps = log.read(job_id)
    key = f"jobs/{job_id}/execution_steps.json"
    world.s3.put_object(Bucket=world.bucket, Key=key, Body=b'[{"from": "a writer that died"}]')
    log.seal(job_id)
    assert (world.document(job_id), log.read(job_id)) == (steps, steps)
    assert log.page(job_id, start=1, limit=1).steps == steps[1:]


class Interrupted:
    """An S3 client between whose put and its caller's commit another writer is always faster."""

    def __init__(self, s3: S3Client, meanwhile: Callable[[], object]) -> None:
        self._s3 = s3
        self._meanwhile = meanwhile
        self.puts = 0

    def put_object(self, **request: Any) -> object:  # noqa: ANN401 (boto3's own signature)
        self.puts += 1
        answer = self._s3.put_object(**request)
        self._meanwhile()
        return answer

    def __getattr__(self, name: str) -> object:
        return getattr(self._s3, name)


def test_a_large_step_gets_in_however_fast_small_ones_are_appended(world: World) -> None:
    small = world.log()
    job_id = world.new_job(small)
    numbers = iter(range(10_000))

    def append_small() -> None:
        number = next(numbers)
        small.append(job_id, step(number), step_id=f"small-{number}")

    s3: Any = Interrupted(world.s3, append_small)
    large = StepLog(dynamodb=world.dynamodb, s3=s3, table=world.table, bucket=world.bucket)
    large.append(job_id, step(-1, 400_000), step_id="large")
    assert s3.puts <= 4
    log = world.log()
    assert sorted(one["number"] for one in log.read(job_id)) == list(range(-1, next(numbers)))


class InterruptedUpdates:
    """A DynamoDB client before each of whose updates somebody else is faster."""

    def __init__(self, dynamodb: DynamoDBClient, meanwhile: Callable[[], object]) -> None:
        self._dynamodb = dynamodb
        self._meanwhile = meanwhile
        self.updates = 0

    def update_item(self, **request: Any) -> object:  # noqa: ANN401 (boto3's own signature)
        self.updates += 1
        self._meanwhile()
        return self._dynamodb.update_item(**request)

    def __getattr__(self, name: str) -> object:
        return getattr(self._dynamodb, name)


@pytest.mark.parametrize("size", [50, 5_000], ids=["inline", "document"])
def test_a_replace_gets_in_however_fast_others_append(filled: Filled, world: World, size: int) -> None:
    appending, job_id, _ = filled
    numbers = iter(range(10_000))

    def append_small() -> None:
        for _ in range(3):
            number = next(numbers)
            appending.append(job_id, step(number), step_id=f"small-{number}")

    dynamodb: Any = InterruptedUpdates(world.dynamodb, append_small)
    replacing = StepLog(dynamodb=dynamodb, s3=world.s3, table=world.table, bucket=world.bucket, limits=SMALL)
    steps = [step(-1, size), step(-2, size)]
    version = replacing.replace(job_id, steps)
    # One more where an append moved the log to S3, or merged it, in between.
    assert dynamodb.updates <= 3
    assert (replacing.summary(job_id).version, replacing.read(job_id)) == (version, steps)


def test_a_replace_puts_its_document_above_one_that_was_put_meanwhile(world: World) -> None:
    log = world.log(SMALL)
    job_id = world.new_job(log)
    fill(log, job_id, [5_000, 50])
    others = [partial(log.seal, job_id)]

    def seal_once() -> None:
        if others:
            others.pop()()

    dynamodb: Any = InterruptedUpdates(world.dynamodb, seal_once)
    replacing = StepLog(dynamodb=dynamodb, s3=world.s3, table=world.table, bucket=world.bucket, limits=SMALL)
    replacing.replace(job_id, [step(9, 5_000)])
    assert world.document(job_id) == log.read(job_id) == [step(9, 5_000)]


# --- guards ---

#: A name that DynamoDB reserves, as others' attributes may well have.
OWNER = Guard(attribute="owner", value="worker-1")


def owned_by(world: World, job_id: str, owner: str | None) -> None:
    """Let the job's item name `owner` as its owner, or nobody."""
    change: dict[str, Any] = {"UpdateExpression": "REMOVE #o"}
    if owner is not None:
        change = {"UpdateExpression": "SET #o=:o", "ExpressionAttributeValues": {":o": {"S": owner}}}
    world.dynamodb.update_item(
        TableName=world.table, Key={"job_id": {"S": job_id}}, ExpressionAttributeNames={"#o": "owner"}, **change
    )


#: Sizes of a step that take every way into a log with the limits SMALL: inline or tail, chunk, or an offload.
WAYS = pytest.mark.parametrize("size", [50, 900, 5_000])


@WAYS
def test_a_guarded_append_is_recorded_in_every_form_while_its_guard_holds(
    filled: Filled, world: World, size: int
) -> None:
    log, job_id, steps = filled
    owned_by(world, job_id, "worker-1")
    assert log.append(job_id, step(-1, size), step_id="guarded", guard=OWNER).index == len(steps)
    assert log.read(job_id) == [*steps, step(-1, size)]


@WAYS
@pytest.mark.parametrize("owner", ["worker-2", None])
def test_a_guarded_append_is_refused_in_every_form_when_its_guard_does_not_hold(
    filled: Filled, world: World, size: int, owner: str | None
) -> None:
    log, job_id, steps = filled
    owned_by(world, job_id, owner)
    before = world.versions(job_id)
    with pytest.raises(GuardFailed, match="owner of the job's item is not 'worker-1'") as refused:
        log.append(job_id, step(-1, size), step_id="guarded", guard=OWNER)
    assert refused.value.job_id == job_id
    assert (log.read(job_id), world.versions(job_id)) == (steps, before)


def test_every_form_knows_a_guarded_step_again_after_the_guard_is_gone(filled: Filled, world: World) -> None:
    log, job_id, steps = filled
    owned_by(world, job_id, "worker-2")
    for index, one in enumerate(steps):
        assert log.append(job_id, one, step_id=f"step-{index}", guard=OWNER).index == index
    assert log.read(job_id) == steps


def test_the_guard_is_held_to_by_the_update_itself(world: World) -> None:
    """The owner changes after the step's object was put and before the update that would record it."""
    for sizes, size in (([], 400_000), ([5_000], 900), ([100] * 22, 900)):
        log = world.log(SMALL)
        job_id = world.new_job(log, owner={"S": "worker-1"})
        steps = fill(log, job_id, sizes)
        s3: Any = Interrupted(world.s3, partial(owned_by, world, job_id, "worker-2"))
        writer = StepLog(dynamodb=world.dynamodb, s3=s3, table=world.table, bucket=world.bucket, limits=SMALL)
        with pytest.raises(GuardFailed):
            writer.append(job_id, step(-1, size), step_id="guarded", guard=OWNER)
        assert s3.puts == 1
        assert log.read(job_id) == steps


def test_a_guarded_append_to_no_job_says_that_there_is_none(world: World) -> None:
    with pytest.raises(NoSuchJob):
        world.log().append(f"job-{uuid4().hex}", step(1), step_id="a", guard=OWNER)


@pytest.mark.parametrize("attribute", ["execution_steps", "steps_epoch", "steps_ids_page"])
def test_a_guard_on_an_attribute_of_the_logs_own_is_refused(attribute: str) -> None:
    with pytest.raises(ValueError, match="belongs to the step log"):
        Guard(attribute=attribute, value="1")


def test_a_guard_without_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match="needs the name"):
        Guard(attribute="", value="1")


# --- versions ---


def test_replace_with_an_expected_version_refuses_a_log_that_moved_on(world: World) -> None:
    log = world.log(SMALL)
    job_id = world.new_job(log)
    fill(log, job_id, [50])
    version = log.summary(job_id).version
    fill(log, job_id, [50], first=1)
    with pytest.raises(VersionConflict, match=r"at version 2, not 1"):
        log.replace(job_id, [], expected_version=version)
    log.replace(job_id, [step(9)], expected_version=log.summary(job_id).version)
    assert log.read(job_id) == [step(9)]


def test_a_replaced_log_begins_anew_with_its_ids(world: World) -> None:
    log = world.log(SMALL)
    job_id = world.new_job(log)
    fill(log, job_id, [50, 50])
    log.replace(job_id, [])
    assert log.append(job_id, step(7), step_id="step-0").index == 0


# --- older systems ---


def bare_list(world: World, steps: list[dict[str, Any]]) -> str:
    source = world.log()
    origin = world.new_job(source)
    source.replace(origin, steps)
    return world.new_job(execution_steps=world.item(origin)["execution_steps"])


def bare_key(world: World, steps: list[dict[str, Any]], indent: int | None = None) -> str:
    job_id = world.new_job()
    key = f"jobs/{job_id}/execution_steps.json"
    world.s3.put_object(Bucket=world.bucket, Key=key, Body=json.dumps(steps, indent=indent).encode())
    world.dynamodb.update_item(
        TableName=world.table,
        Key={"job_id": {"S": job_id}},
        UpdateExpression="SET execution_steps_s3_key = :k",
        ExpressionAttributeValues={":k": {"S": key}},
    )
    return job_id


def _fat_list(world: World) -> tuple[str, list[dict[str, Any]]]:
    steps = [{"text": "x" * 39_000} for _ in range(10)]
    return world.new_job(execution_steps={"L": [{"M": {"text": {"S": one["text"]}}} for one in steps]}), steps


def _with_null_key(world: World, key: Mapping[str, Any] | None = None) -> str:
    """An older system's list beside a key that says "none", and a version that does."""
    none = key or {"NULL": True}
    steps = world.item(bare_list(world, [step(1)]))["execution_steps"]
    return world.new_job(execution_steps=steps, execution_steps_s3_key=none, execution_steps_s3_version=none)


OLDER: dict[str, Callable[[World], tuple[str, list[dict[str, Any]]]]] = {
    "no attribute at all": lambda world: (world.new_job(), []),
    "an empty list": lambda world: (bare_list(world, []), []),
    "a short list": lambda world: (bare_list(world, [step(1), step(2)]), [step(1), step(2)]),
    "a list of 390 KB": _fat_list,
    "a key that is null": lambda world: (_with_null_key(world), [step(1)]),
    "a key that is empty": lambda world: (_with_null_key(world, {"S": ""}), [step(1)]),
    "a key": lambda world: (bare_key(world, [step(1), step(2)]), [step(1), step(2)]),
    "a key to an indented document": lambda world: (bare_key(world, [step(1)] * 40, indent=2), [step(1)] * 40),
    "a key to an empty document": lambda world: (bare_key(world, []), []),
}


@pytest.fixture(params=OLDER, ids=lambda name: name.replace(" ", "-"))
def older(request: pytest.FixtureRequest, world: World) -> tuple[str, list[dict[str, Any]]]:
    return OLDER[request.param](world)


def test_what_an_older_system_wrote_reads_the_same(older: tuple[str, list[dict[str, Any]]], world: World) -> None:
    job_id, steps = older
    log = world.log()
    assert log.read(job_id) == steps
    assert json.loads(b"".join(log.stream(job_id))) == steps
    assert log.page(job_id, start=1, limit=2).steps == steps[1:3]
    assert log.summary(job_id).count in (len(steps), None)


def test_what_an_older_system_wrote_can_be_appended_to(older: tuple[str, list[dict[str, Any]]], world: World) -> None:
    job_id, steps = older
    log = world.log()
    appended = log.append(job_id, step(99), step_id="new")
    assert appended.index == len(steps)
    assert log.append(job_id, step(99), step_id="new").index == len(steps)
    log.seal(job_id)
    assert log.read(job_id) == [*steps, step(99)]
    assert log.summary(job_id).count == len(steps) + 1


def test_what_an_older_system_wrote_can_be_replaced(older: tuple[str, list[dict[str, Any]]], world: World) -> None:
    job_id, _ = older
    log = world.log()
    log.replace(job_id, [step(5)])
    assert log.read(job_id) == [step(5)]


def test_a_stray_key_beside_small_steps_goes_with_the_next_replace(world: World) -> None:
    log = world.log()
    job_id = world.new_job(log)
    log.replace(job_id, [step(1, 400_000)])
    log.replace(job_id, [step(2)])
    world.dynamodb.update_item(
        TableName=world.table,
        Key={"job_id": {"S": job_id}},
        UpdateExpression="SET execution_steps_s3_key = :k",
        ExpressionAttributeValues={":k": {"S": f"jobs/{job_id}/execution_steps.json"}},
    )
    log.replace(job_id, [step(3)])
    assert "execution_steps_s3_key" not in world.item(job_id)
    assert log.read(job_id) == [step(3)]


# --- what goes wrong ---


@pytest.mark.parametrize(
    "bad", [None, [1], {"n": float("nan")}, {"b": b"x"}, {"s": {1}}, {1: 2}, {"t": "\ud800"}], ids=repr
)
def test_a_step_that_json_cannot_say_is_refused_and_nothing_written(world: World, bad: dict[str, Any]) -> None:
    log = world.log()
    job_id = world.new_job(log)
    before = world.item(job_id)
    with pytest.raises(InvalidStep) as refused:
        log.append(job_id, bad, step_id="a")
    with pytest.raises(InvalidStep):
        log.replace(job_id, [{}, bad])
    assert refused.value.job_id == job_id
    assert world.item(job_id) == before


@pytest.mark.parametrize("step_id", ["", "\ud800"], ids=repr)
def test_a_step_id_that_is_no_text_is_refused(world: World, step_id: str) -> None:
    log = world.log()
    with pytest.raises(InvalidStep, match="step_id"):
        log.append(world.new_job(log), {}, step_id=step_id)


@pytest.mark.parametrize("job_id", ["", "a/b", "..", "a\nb", "x" * 1000, "\ud800"], ids=ascii)
def test_a_job_id_that_cannot_be_in_a_key_is_refused(world: World, job_id: str) -> None:
    log = world.log()
    with pytest.raises(InvalidJobId):
        log.append(job_id, {}, step_id="a")
    for call in (log.read, log.page, log.stream, log.summary, log.seal, lambda name: log.replace(name, [])):
        with pytest.raises(InvalidJobId):
            call(job_id)


def test_a_job_that_does_not_exist_is_never_made_by_the_way(world: World) -> None:
    log = world.log()
    for call in (
        lambda: log.append("nobody", {}, step_id="a"),
        lambda: log.append("nobody", {"t": "x" * 400_000}, step_id="a"),
        lambda: log.replace("nobody", []),
        lambda: log.read("nobody"),
        lambda: log.page("nobody"),
        lambda: log.stream("nobody"),
        lambda: log.summary("nobody"),
        lambda: log.seal("nobody"),
    ):
        with pytest.raises(NoSuchJob, match="create the job before its steps"):
            call()


def test_a_missing_table_is_said(world: World) -> None:
    with pytest.raises(NotConfigured, match="table does not exist"):
        world.log(table="no-such-table").read("job")


def test_a_missing_bucket_is_said_and_nothing_written(world: World) -> None:
    log = world.log(bucket="no-such-bucket")
    job_id = world.new_job(log)
    before = world.item(job_id)
    with pytest.raises(NotConfigured, match="bucket does not exist") as refused:
        log.append(job_id, step(1, 400_000), step_id="a")
    assert refused.value.job_id == job_id
    assert world.item(job_id) == before


def test_a_bucket_without_versions_is_refused_before_anything_is_put(world: World) -> None:
    bucket = f"plain-{uuid4().hex}"
    world.s3.create_bucket(Bucket=bucket)
    log = world.log(bucket=bucket)
    job_id = world.new_job(log)
    with pytest.raises(NotConfigured, match="turn versioning on"):
        log.append(job_id, step(1, 400_000), step_id="a")
    assert "Contents" not in world.s3.list_objects_v2(Bucket=bucket)


def offloaded(world: World) -> tuple[StepLog, str, str]:
    """A sealed log in S3, its job, and its key."""
    log = world.log(SMALL)
    job_id = world.new_job(log)
    fill(log, job_id, SHAPES["mixed"])
    log.seal(job_id)
    return log, job_id, f"jobs/{job_id}/execution_steps.json"


def test_a_missing_object_is_named_with_its_key_and_version(world: World) -> None:
    log, job_id, key = offloaded(world)
    version = world.item(job_id)["execution_steps_s3_version"]["S"]
    world.s3.delete_object(Bucket=world.bucket, Key=key, VersionId=version)
    for call in (lambda: log.read(job_id), lambda: log.stream(job_id), lambda: log.page(job_id)):
        with pytest.raises(StepsMissing) as missing:
            call()
        assert (missing.value.job_id, missing.value.key, missing.value.version) == (job_id, key, version)


def test_a_deleted_current_object_is_still_read_by_its_version(world: World) -> None:
    log, job_id, key = offloaded(world)
    steps = log.read(job_id)
    world.s3.delete_object(Bucket=world.bucket, Key=key)
    assert log.read(job_id) == steps
    assert log.page(job_id, start=2, limit=3).steps == steps[2:5]


def test_a_document_put_over_ours_by_somebody_else_is_not_mistaken_for_ours(world: World) -> None:
    log, job_id, key = offloaded(world)
    steps = log.read(job_id)
    world.s3.put_object(Bucket=world.bucket, Key=key, Body=b"[]")
    assert log.read(job_id) == steps
    assert log.page(job_id, start=2, limit=3).steps == steps[2:5]


def test_changed_bytes_are_found_whichever_way_they_are_read(world: World) -> None:
    log, job_id, key = offloaded(world)
    body = bytearray(world.s3.get_object(Bucket=world.bucket, Key=key)["Body"].read())
    body[len(body) // 2] ^= 1
    changed = world.s3.put_object(Bucket=world.bucket, Key=key, Body=bytes(body))["VersionId"]
    world.dynamodb.update_item(
        TableName=world.table,
        Key={"job_id": {"S": job_id}},
        UpdateExpression="SET execution_steps_s3_version = :v",
        ExpressionAttributeValues={":v": {"S": changed}},
    )
    for call in (
        lambda: log.read(job_id),
        lambda: b"".join(log.stream(job_id)),
        lambda: log.page(job_id, start=0, limit=100),
    ):
        with pytest.raises(StepsCorrupt, match="restore") as corrupt:
            call()
        assert (corrupt.value.job_id, corrupt.value.key) == (job_id, key)


def test_a_changed_chunk_is_found(world: World) -> None:
    log = world.log(SMALL)
    job_id = world.new_job(log)
    fill(log, job_id, SHAPES["chunks in the tail"])
    listed = world.s3.list_objects_v2(Bucket=world.bucket, Prefix=f"jobs/{job_id}/steps/")
    world.s3.put_object(Bucket=world.bucket, Key=listed["Contents"][0]["Key"], Body=b'[{"a":1}]')
    with pytest.raises(StepsCorrupt):
        log.read(job_id)


def test_a_value_that_json_cannot_say_is_said_with_its_job(world: World) -> None:
    job_id = world.new_job(execution_steps={"L": [{"M": {"picture": {"B": b"1"}}}]})
    log = world.log()
    calls: tuple[Callable[[], object], ...] = (
        lambda: log.read(job_id),
        lambda: log.stream(job_id),
        lambda: log.page(job_id),
        lambda: log.summary(job_id),
        lambda: log.append(job_id, step(1), step_id="a"),
        lambda: log.append(job_id, step(1, 400_000), step_id="a"),
        lambda: log.adopt(job_id),
    )
    for call in calls:
        with pytest.raises(StepsCorrupt, match="B value") as corrupt:
            call()
        assert corrupt.value.job_id == job_id


def test_a_list_that_is_no_list_is_said(world: World) -> None:
    job_id = world.new_job(execution_steps={"S": "[]"})
    with pytest.raises(StepsCorrupt, match="not a list"):
        world.log().read(job_id)


@pytest.mark.parametrize(("start", "limit"), [(-1, 5), (0, 0), (0, -1)])
def test_a_page_that_cannot_be_is_refused(world: World, start: int, limit: int) -> None:
    with pytest.raises(ValueError, match="a page starts at 0"):
        world.log().page("any", start=start, limit=limit)


def test_a_page_past_the_end_is_empty(world: World) -> None:
    log = world.log(SMALL)
    job_id = world.new_job(log)
    fill(log, job_id, [50])
    page = log.page(job_id, start=5, limit=5)
    assert (page.steps, page.count, page.next_start) == ([], 1, None)


def test_an_engine_that_is_away_is_said_to_be(world: World) -> None:
    config = Config(connect_timeout=1, retries={"total_max_attempts": 1}, proxies={})
    session = boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    away = session.client("dynamodb", endpoint_url="http://127.0.0.1:9", config=config)
    log = StepLog(dynamodb=away, s3=world.s3, table=world.table, bucket=world.bucket)
    with pytest.raises(Unavailable, match="send the same call again"):
        log.append("job", {}, step_id="a")
