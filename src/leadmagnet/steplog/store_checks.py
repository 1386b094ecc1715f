"""Whether table and bucket are there and set up as the step log needs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from leadmagnet.steplog.aws import AWS_ERRORS, Buckets, Tables, error_code, translated
from leadmagnet.steplog.errors import NotConfigured, NotPermitted
from leadmagnet.steplog.findings import Finding

_NO_BLOCK = "NoSuchPublicAccessBlockConfiguration"
_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def check_table(dynamodb: Tables, table: str) -> Iterator[Finding]:
    """What is wrong with the table itself."""
    try:
        described = _ask(lambda: dynamodb.describe_table(TableName=table), "dynamodb:DescribeTable")["Table"]
    except NotConfigured as error:
        yield Finding(kind="table_missing", message=f"There is no table {table}: {error.message}")
        return
    except NotPermitted as error:
        yield Finding(kind="check_refused", message=error.message)
        return
    key = [(each["AttributeName"], each["KeyType"]) for each in described["KeySchema"]]
    types = {each["AttributeName"]: each["AttributeType"] for each in described["AttributeDefinitions"]}
    if key != [("job_id", "HASH")] or types.get("job_id") != "S":
        names = ", ".join(f"{name} ({types.get(name)}, {kind})" for name, kind in key)
        yield Finding(kind="table_key_wrong", message=f"The key of {table} is {names}, not job_id (S, HASH).")


def check_bucket(s3: Buckets, bucket: str) -> Iterator[Finding]:
    """What is wrong with the bucket itself."""
    try:
        status = _ask(lambda: s3.get_bucket_versioning(Bucket=bucket), "s3:GetBucketVersioning").get("Status")
    except NotConfigured as error:
        yield Finding(kind="bucket_missing", message=f"There is no bucket {bucket}: {error.message}")
        return
    except NotPermitted as error:
        yield Finding(kind="check_refused", message=error.message)
    else:
        if status != "Enabled":
            yield Finding(kind="versioning_off", message=f"Versioning of {bucket} is {status or 'off'}.")
    yield from _check_privacy(s3, bucket)


def _check_privacy(s3: Buckets, bucket: str) -> Iterator[Finding]:
    try:
        answer = s3.get_public_access_block(Bucket=bucket)
        settings = answer["PublicAccessBlockConfiguration"]
    except AWS_ERRORS as error:
        if error_code(error) != _NO_BLOCK:
            refused = translated(error, "s3:GetBucketPublicAccessBlock", job_id=None)
            yield Finding(kind="check_refused", message=refused.message)
            return
        settings = {}
    if open_ones := [name for name in _BLOCKS if not settings.get(name)]:
        yield Finding(kind="bucket_public", message=f"{bucket} may be made public: {', '.join(open_ones)} not set.")


def _ask(call: Callable[[], Any], action: str) -> Any:  # noqa: ANN401 (boto3's answer)
    try:
        return call()
    except AWS_ERRORS as error:
        raise translated(error, action, job_id=None) from error
