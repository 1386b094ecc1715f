"""S3 buckets and their policies as the template describes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from leadmagnet.local.properties import known

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import LifecycleRuleTypeDef, ServerSideEncryptionRuleTypeDef

_PROPERTIES = {
    "BucketName",
    "VersioningConfiguration",
    "PublicAccessBlockConfiguration",
    "OwnershipControls",
    "BucketEncryption",
    "LifecycleConfiguration",
    "MetricsConfigurations",
}
_ENCRYPTION = {"ServerSideEncryptionByDefault", "BucketKeyEnabled"}
_RULE = {
    "Id",
    "Status",
    "Prefix",
    "AbortIncompleteMultipartUpload",
    "ExpirationInDays",
    "NoncurrentVersionExpiration",
}


def ensure_bucket(client: S3Client, properties: Mapping[str, Any]) -> Mapping[str, str]:
    """The bucket's name (empty key) and Arn; it exists and is set as asked.

    Everything is set again each time: after a loss the engine brings a bucket back without its settings.
    """
    wanted = known("AWS::S3::Bucket", properties, _PROPERTIES)
    name = str(wanted["BucketName"])
    _create(client, name)
    if versioning := wanted.get("VersioningConfiguration"):
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning)
    if block := wanted.get("PublicAccessBlockConfiguration"):
        client.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=block)
    if controls := wanted.get("OwnershipControls"):
        client.put_bucket_ownership_controls(Bucket=name, OwnershipControls=controls)
    if encryption := wanted.get("BucketEncryption"):
        rules = [_encryption_rule(rule) for rule in encryption["ServerSideEncryptionConfiguration"]]
        client.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    if lifecycle := wanted.get("LifecycleConfiguration"):
        client.put_bucket_lifecycle_configuration(
            Bucket=name,
            LifecycleConfiguration={"Rules": [_lifecycle_rule(rule) for rule in lifecycle["Rules"]]},
        )
    # Its metrics are for the alarms of a deployment; nothing watches a laptop.
    return {"": name, "Arn": f"arn:aws:s3:::{name}"}


def ensure_bucket_policy(client: S3Client, properties: Mapping[str, Any]) -> Mapping[str, str]:
    """The policy's bucket (empty key), which has the policy."""
    wanted = known("AWS::S3::BucketPolicy", properties, {"Bucket", "PolicyDocument"})
    client.put_bucket_policy(Bucket=wanted["Bucket"], Policy=json.dumps(wanted["PolicyDocument"]))
    return {"": wanted["Bucket"]}


def _create(client: S3Client, name: str) -> None:
    region = client.meta.region_name
    try:
        # S3 refuses the name of its first region as a location constraint.
        if region == "us-east-1":
            client.create_bucket(Bucket=name)
        else:
            client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})  # type: ignore[typeddict-item]  # any region
    except client.exceptions.BucketAlreadyOwnedByYou:
        return


def _encryption_rule(rule: Mapping[str, Any]) -> ServerSideEncryptionRuleTypeDef:
    """What CloudFormation calls by another name than the API."""
    wanted = known("AWS::S3::Bucket.BucketEncryption", rule, _ENCRYPTION)
    return {
        "ApplyServerSideEncryptionByDefault": wanted["ServerSideEncryptionByDefault"],
        "BucketKeyEnabled": wanted.get("BucketKeyEnabled", False),
    }


def _lifecycle_rule(rule: Mapping[str, Any]) -> LifecycleRuleTypeDef:
    wanted = known("AWS::S3::Bucket.LifecycleConfiguration", rule, _RULE)
    asked: LifecycleRuleTypeDef = {
        "ID": wanted["Id"],
        "Status": wanted["Status"],
        "Filter": {"Prefix": wanted.get("Prefix", "")},
    }
    if abort := wanted.get("AbortIncompleteMultipartUpload"):
        asked["AbortIncompleteMultipartUpload"] = abort
    if days := wanted.get("ExpirationInDays"):
        asked["Expiration"] = {"Days": days}
    if noncurrent := wanted.get("NoncurrentVersionExpiration"):
        asked["NoncurrentVersionExpiration"] = noncurrent
    return asked
