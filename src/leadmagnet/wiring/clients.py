"""The clients of AWS, or of what stands in for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

    from leadmagnet.settings import Settings

#: Enough for every thread of a worker and the steps that it runs at the same time.
_CONNECTIONS = 64
_CONNECT_TIMEOUT_S = 5
#: SQS answers a long poll after at most 20 s.
_READ_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """AWS, or what stands in for it."""

    dynamodb: DynamoDBClient
    s3: S3Client
    sqs: SQSClient


def connect(settings: Settings) -> Clients:
    """The clients that everything else is built on."""
    session = boto_session(settings)
    config = client_config(settings)
    # Links signed the old way (SigV2) never expire on the embedded engine; path style needs no wildcard DNS.
    s3 = config.merge(
        Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"} if settings.endpoint_url else {},
            # What we read is checked against what our own records say of it; the files of jobs ask for S3's checksum.
            response_checksum_validation="when_required",
        )
    )
    # Steps are checked by the step log's own walk; botocore's second walk over large ones only costs time.
    dynamodb = config.merge(Config(parameter_validation=False))
    endpoint = settings.endpoint_url
    return Clients(
        dynamodb=session.client("dynamodb", endpoint_url=endpoint, config=dynamodb),
        s3=session.client("s3", endpoint_url=endpoint, config=s3),
        sqs=session.client("sqs", endpoint_url=endpoint, config=config),
    )


def boto_session(settings: Settings) -> boto3.session.Session:
    """What clients are made from: region and, if the settings name them, credentials."""
    return boto3.session.Session(
        region_name=settings.region,
        aws_access_key_id=settings.access_key_id,
        aws_secret_access_key=settings.secret_access_key,
        aws_session_token=settings.session_token,
    )


def client_config(settings: Settings) -> Config:
    """How every client behaves: retries, time limits, connections."""
    return Config(
        retries={"mode": "standard", "max_attempts": 4},
        connect_timeout=_CONNECT_TIMEOUT_S,
        read_timeout=_READ_TIMEOUT_S,
        max_pool_connections=_CONNECTIONS,
        # A proxy that the environment names must not stand between us and this machine.
        proxies={} if _on_this_machine(settings.endpoint_url) else None,
    )


def _on_this_machine(endpoint_url: str | None) -> bool:
    return urlsplit(endpoint_url or "").hostname in ("127.0.0.1", "localhost", "::1")
