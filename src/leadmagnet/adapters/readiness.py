"""Whether what the service needs answers: the table, the bucket, the queue."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from leadmagnet.steplog.aws import error_code

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

#: Load balancers give a check 5 s as a rule; ours must have answered by then.
PATIENCE_S = 3.0
_NO_JOB = "-"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Asks each of the three for something small, with permissions that the service has anyway."""

    dynamodb: DynamoDBClient
    s3: S3Client
    sqs: SQSClient
    jobs_table: str
    bucket: str
    queue_url: str
    patience_s: float = PATIENCE_S

    def __call__(self) -> Mapping[str, str]:
        """`ok` or `failed` by name. Whoever has not answered in time has failed."""
        checks: dict[str, Callable[[], object]] = {
            "table": lambda: self.dynamodb.get_item(TableName=self.jobs_table, Key={"job_id": {"S": _NO_JOB}}),
            "bucket": lambda: self.s3.list_objects_v2(Bucket=self.bucket, MaxKeys=1),
            "queue": lambda: self.sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=["QueueArn"]),
        }
        pool = ThreadPoolExecutor(max_workers=len(checks), thread_name_prefix="ready")
        try:
            asked = {name: pool.submit(_state, name, check) for name, check in checks.items()}
            wait(asked.values(), timeout=self.patience_s)
            return {name: future.result() if future.done() else "failed" for name, future in asked.items()}
        finally:
            # Whoever is still waiting for an answer ends by the client's own time limits.
            pool.shutdown(wait=False)


def _state(name: str, check: Callable[[], object]) -> str:
    try:
        check()
    except (BotoCoreError, ClientError) as error:
        facts = {"event": "not_ready", "check": name, "error": type(error).__name__, "code": error_code(error)}
        logger.warning("Not ready", extra=facts)
        return "failed"
    return "ok"
