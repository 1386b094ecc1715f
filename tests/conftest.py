"""The real embedded engine for every test that wants one: started once per test process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from hypothesis import HealthCheck, settings

from leadmagnet.local.engine import EmbeddedEngine
from leadmagnet.local.files import template_path
from leadmagnet.local.resources import Resources, create_resources
from leadmagnet.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

# The same examples in every run, and no clock that a busy machine could lose against. To go and look for new
# examples: scripts/test --hypothesis-profile=default.
_ANY_PACE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile("steady", derandomize=True, deadline=None, suppress_health_check=_ANY_PACE)
settings.load_profile("steady")


@dataclass(frozen=True, slots=True, kw_only=True)
class Aws:
    """Clients of the embedded engine."""

    endpoint_url: str
    region: str
    dynamodb: DynamoDBClient
    s3: S3Client
    sqs: SQSClient


def connect(endpoint_url: str) -> Aws:
    """Clients of the engine at that address."""
    session = boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    # A proxy that the environment names must not stand between us and this machine.
    plain = Config(proxies={})
    s3 = plain.merge(Config(signature_version="s3v4", s3={"addressing_style": "path"}))
    return Aws(
        endpoint_url=endpoint_url,
        region=session.region_name,
        dynamodb=session.client("dynamodb", endpoint_url=endpoint_url, config=plain),
        s3=session.client("s3", endpoint_url=endpoint_url, config=s3),
        sqs=session.client("sqs", endpoint_url=endpoint_url, config=plain),
    )


def furnish(aws: Aws, **parameters: str) -> Resources:
    """The template's resources in that engine, with these parameters."""
    return create_resources(template_path(), dynamodb=aws.dynamodb, s3=aws.s3, sqs=aws.sqs, parameters=parameters)


def settings_on(aws: Aws, made: Resources, *, token_key: str) -> Settings:
    """The settings of a service on these resources."""
    return Settings(
        region=aws.region,
        endpoint_url=aws.endpoint_url,
        access_key_id="test",
        secret_access_key="test",
        jobs_table=made.jobs_table,
        workflows_table=made.workflows_table,
        artifacts_bucket=made.bucket,
        queue_url=made.queue_url,
        token_key=token_key,
    )


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedEngine]:
    """One engine per test process, in a folder of its own."""
    with EmbeddedEngine(tmp_path_factory.mktemp("engine"), notify=lambda _: None) as started:
        yield started


@pytest.fixture(scope="session")
def aws(engine: EmbeddedEngine) -> Aws:
    """Clients of the engine; shared, so name what you make uniquely or use `resources`."""
    return connect(engine.access.endpoint_url)


@pytest.fixture(scope="module")
def resources(aws: Aws) -> Resources:
    """Empty tables, bucket and queues from `template.yaml`, for one test module alone."""
    return furnish(aws, Environment=f"t{uuid4().hex[:12]}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the simulated schedules last: many short tests, which even out what the processes have left."""
    items.sort(key=lambda item: item.path.name == "test_simulation.py")
