"""Readiness against the embedded engine, and against what is not there or does not answer."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config

from leadmagnet.adapters.readiness import Readiness

if TYPE_CHECKING:
    from tests.conftest import Aws

    from leadmagnet.local.resources import Resources


@pytest.fixture
def readiness(aws: Aws, resources: Resources) -> Readiness:
    return Readiness(
        dynamodb=aws.dynamodb,
        s3=aws.s3,
        sqs=aws.sqs,
        jobs_table=resources.jobs_table,
        bucket=resources.bucket,
        queue_url=resources.queue_url,
        patience_s=60,
    )


def test_all_is_ready_when_all_answer(readiness: Readiness) -> None:
    assert readiness() == {"table": "ok", "bucket": "ok", "queue": "ok"}


def test_what_is_not_there_is_named_and_logged(readiness: Readiness, caplog: pytest.LogCaptureFixture) -> None:
    lost = replace(readiness, jobs_table="absent", bucket="absent-bucket")

    assert lost() == {"table": "failed", "bucket": "failed", "queue": "ok"}
    assert {record.__dict__["check"] for record in caplog.records} == {"table", "bucket"}


def test_what_does_not_answer_in_time_has_failed(readiness: Readiness) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        config = Config(read_timeout=1, retries={"total_max_attempts": 1}, proxies={})
        s3 = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{silent.getsockname()[1]}",
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=config,
        )
        state = replace(readiness, s3=s3, patience_s=0.2)()

    assert state["bucket"] == "failed"
