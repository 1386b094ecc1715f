"""The plainest old reader, by the contract of a job's record alone: knows neither versions nor tails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer

if TYPE_CHECKING:
    from tests.conftest import Aws


def read_plainly(aws: Aws, table: str, bucket: str, job_id: str) -> Any:  # noqa: ANN401 (JSON)
    """`execution_steps`, else the newest S3 object under `execution_steps_s3_key` as one JSON array, else nothing."""
    item = aws.dynamodb.get_item(TableName=table, Key={"job_id": {"S": job_id}}, ConsistentRead=True)["Item"]
    steps = TypeDeserializer().deserialize(item.get("execution_steps", {"NULL": True}))
    if steps is not None:
        # DynamoDB's numbers are decimals; JSON's are what steps are compared in.
        return json.loads(json.dumps(steps, default=lambda number: int(number) if number % 1 == 0 else float(number)))
    if "execution_steps_s3_key" not in item:
        return []
    key = str(TypeDeserializer().deserialize(item["execution_steps_s3_key"]))
    return json.loads(aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read())
