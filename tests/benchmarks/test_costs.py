"""The dollars on docs/costs.md are those that the counts make, and the counts are as DynamoDB charges."""

from __future__ import annotations

import pytest
from benchmarks.costs import report
from benchmarks.costs.bill import bill_of, looks, queue, waiting
from benchmarks.costs.jobs import SHAPES, SOONER, Counted, Shape
from benchmarks.costs.metering import Meter
from tests.conftest import Aws, connect

from leadmagnet.local.resources import Resources

SHAPE = Shape(name="1 MB", steps=10, kib=100)


def counted(**more: float) -> Counted:
    nothing = dict.fromkeys(
        ("write_units", "read_units", "s3_writes", "s3_reads", "sent_bytes", "item_bytes", "live_bytes", "old_bytes"), 0
    )
    return Counted(shape=SHAPE, way="step log", **{**nothing, **more})  # type: ignore[arg-type] # numbers all


def test_the_pages_tables_are_what_the_counts_make() -> None:
    page = report.PAGE.read_text(encoding="utf-8")
    found = report.read_counts()

    assert report.with_tables(page, report.dollars(found)) == page
    ways = {(each.shape.name, each.way) for each in found}
    kinds = (report.OURS, SOONER, report.OBVIOUS, report.WHOLE)
    assert ways == {(shape.name, way) for shape in SHAPES for way in kinds}


def test_a_bill_adds_up() -> None:
    made = bill_of(counted(write_units=1_000, read_units=100, s3_writes=10, s3_reads=50))

    # A thousand jobs: a million write units, 100,000 read units, 10,000 PUTs, 50,000 GETs.
    assert made.dynamodb == pytest.approx(0.625 + 0.0125)
    assert made.s3 == pytest.approx(0.05 + 0.02)
    assert made.record == pytest.approx(made.dynamodb + made.s3)


def test_what_stays_is_paid_by_the_month_and_what_is_swept_by_the_day() -> None:
    made = bill_of(counted(item_bytes=1_000_000, live_bytes=1_000_000, old_bytes=30_400_000, sent_bytes=50_000_000))

    assert made.month == pytest.approx(0.25 + 0.20 + 0.023)
    assert made.old == pytest.approx(30.4 * 0.023 * 1.5 / 30.4)
    # One second of a worker of 1,769 MB for each job.
    assert made.sending == pytest.approx(1_000 * 1.7275390625 * 0.0000133334)


def test_waiting_looks_and_messages_are_paid_too() -> None:
    small, large = counted(item_bytes=4_097, live_bytes=0), counted(item_bytes=4_097, live_bytes=9_000_000)

    assert waiting(small) == pytest.approx(1_000 * (50 * 1.7275390625 * 0.0000133334 + 0.0000002))
    assert queue() == pytest.approx(1_000 * 3 * 0.0000004)
    assert looks(small) == pytest.approx(1_000 * 3 * 3 * 2 * 0.125e-6)
    assert looks(large) - looks(small) == pytest.approx(1_000 * 3 * 0.0004 / 1_000)


def test_the_meter_charges_by_the_larger_item_and_for_the_index(aws: Aws, resources: Resources) -> None:
    client = connect(aws.endpoint_url).dynamodb
    meter = Meter(table=resources.jobs_table, plain=aws.dynamodb)
    meter.watch(client)
    key = {"job_id": {"S": "metered"}}

    def units_of(update: str, value: str) -> int:
        meter.reset()
        client.update_item(
            TableName=resources.jobs_table,
            Key=key,
            UpdateExpression=update,
            ExpressionAttributeValues={":v": {"S": value}},
        )
        return meter.write_units

    client.put_item(TableName=resources.jobs_table, Item={**key, "tenant": {"S": "t"}, "created_at": {"S": "now"}})
    # A unit for the item and one for its entry in each of two indexes.
    assert meter.write_units == 3
    assert units_of("SET body=:v", "x" * 3_100) == 4
    assert units_of("SET workflow=:v", "of the indexes") == 4 + 2
    # Smaller now, but it was large before.
    assert units_of("SET body=:v", "x") == 4
    assert units_of("SET body=:v", "y") == 1

    meter.reset()
    units_of("SET body=:v", "x" * 9_000)
    client.get_item(TableName=resources.jobs_table, Key=key, ConsistentRead=True)
    client.get_item(TableName=resources.jobs_table, Key=key)
    assert meter.read_units == 3 + 1.5


def test_a_refused_write_is_charged_as_well(aws: Aws, resources: Resources) -> None:
    client = connect(aws.endpoint_url).dynamodb
    key = {"job_id": {"S": "refused"}}
    client.put_item(TableName=resources.jobs_table, Item={**key, "body": {"S": "x" * 2_500}})
    meter = Meter(table=resources.jobs_table, plain=aws.dynamodb)
    meter.watch(client)

    with pytest.raises(client.exceptions.ConditionalCheckFailedException):
        client.update_item(
            TableName=resources.jobs_table,
            Key=key,
            UpdateExpression="SET a=:v",
            ConditionExpression="attribute_not_exists(body)",
            ExpressionAttributeValues={":v": {"S": "1"}},
        )

    assert meter.write_units == 3
