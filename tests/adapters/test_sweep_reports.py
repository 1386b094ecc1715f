"""A sweep leaves word of itself where no sweep and no check looks."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from tests.conftest import Aws, furnish

from leadmagnet.adapters.sweep_reports import KEY, S3SweepReports
from leadmagnet.engine.sweep_run import SweepRun, run_sweep
from leadmagnet.settings import Settings
from leadmagnet.steplog import StepLog
from leadmagnet.steplog.errors import NotPermitted
from leadmagnet.steplog.sweep_report import SweepReport
from leadmagnet.steplog.sweeping import sweep
from leadmagnet.wiring.clients import Clients, connect

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


class Ticking:
    """A second passes between two looks."""

    def __init__(self) -> None:
        self.now = NOW - timedelta(seconds=1)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


class Place:
    """A table and a bucket of a test's own."""

    def __init__(self, clients: Clients, table: str, bucket: str) -> None:
        self.clients, self.table, self.bucket = clients, table, bucket
        self.reports = S3SweepReports(s3=clients.s3, bucket=bucket)
        where: dict[str, Any] = {"dynamodb": clients.dynamodb, "s3": clients.s3, "table": table, "bucket": bucket}
        self.sweep = partial(sweep, **where, grace=timedelta(0), allow_short_grace=True)
        self.log = StepLog(**where)


@pytest.fixture
def place(aws: Aws) -> Place:
    made = furnish(aws, Environment=f"t{uuid4().hex[:12]}")
    settings = Settings(
        region=aws.region, endpoint_url=aws.endpoint_url, access_key_id="test", secret_access_key="test"
    )
    return Place(connect(settings), made.jobs_table, made.bucket)


def test_what_a_sweep_did_is_kept_until_the_next(place: Place) -> None:
    assert place.reports.last() is None
    place.clients.dynamodb.put_item(TableName=place.table, Item={"job_id": {"S": "JOB"}})
    place.log.append("JOB", {"output": "x" * 500_000}, step_id="a")
    place.log.replace("JOB", [])
    report = run_sweep(sweep=place.sweep, reports=place.reports, clock=Ticking())

    kept = place.reports.last()
    assert report.removed_total > 0
    assert kept == SweepRun(
        began_at=NOW,
        duration_ms=1_000,
        objects=report.objects,
        deleted=report.removed_total,
        deleted_bytes=report.removed_bytes_total,
    )
    run_sweep(sweep=place.sweep, reports=place.reports, clock=Ticking())
    again = place.reports.last()
    assert again is not None
    assert again.deleted == 0


def test_a_sweep_that_fails_is_kept_with_its_reason_and_still_fails(place: Place) -> None:
    def refused() -> SweepReport:
        raise NotPermitted("AWS refused s3:ListBucketVersions." + "x" * 9_000, job_id=None)

    def broken() -> SweepReport:
        raise RuntimeError("secret")

    with pytest.raises(NotPermitted):
        run_sweep(sweep=refused, reports=place.reports, clock=Ticking())
    kept = place.reports.last()
    assert kept is not None
    assert kept.failure is not None
    assert kept.failure.startswith("AWS refused s3:ListBucketVersions.")
    assert len(kept.failure) == 500

    with pytest.raises(RuntimeError):
        run_sweep(sweep=broken, reports=place.reports, clock=Ticking())
    kept = place.reports.last()
    assert kept is not None
    assert kept.failure == "It was broken off; the log of the sweeper says why."


def test_the_report_is_neither_swept_nor_found_odd(place: Place) -> None:
    place.reports.put(SweepRun(began_at=NOW, duration_ms=1))
    report = place.sweep(trust_table=True)

    assert (report.objects, report.removed_total, report.problems) == (0, 0, [])
    assert place.reports.last() is not None
    assert KEY.startswith("reports/")


def lost(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log says of reports that were lost."""
    return [each.__dict__["reason"] for each in caplog.records if each.__dict__.get("event") == "sweep_report_lost"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"x" * 100_000, b'{"began_at": 1}'])
def test_what_is_no_report_is_none_and_logged(place: Place, body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    place.clients.s3.put_object(Bucket=place.bucket, Key=KEY, Body=body)
    with caplog.at_level(logging.WARNING):
        assert place.reports.last() is None
    assert lost(caplog) == ["not read"]


def test_a_report_that_cannot_be_kept_does_not_fail_the_sweep(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    nowhere = S3SweepReports(s3=place.clients.s3, bucket="no-such-bucket-here")
    report = run_sweep(sweep=place.sweep, reports=nowhere, clock=Ticking())

    assert report.problems_count == 0
    assert lost(caplog) == ["not kept"]
