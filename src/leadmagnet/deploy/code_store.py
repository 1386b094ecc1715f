"""The bucket that packages and templates are handed to CloudFormation from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from leadmagnet.deploy.errors import NameTaken, code_of, explained
from leadmagnet.deploy.package import Package

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_GONE = frozenset({"404", "NoSuchKey", "NoSuchBucket", "NotFound"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A package where Lambda can fetch it."""

    bucket: str
    key: str


class CodeStore:
    """Packages and templates by their content, in a private bucket of the account."""

    def __init__(self, *, s3: S3Client, bucket: str, account: str, require_tls: bool) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._account = account
        self._require_tls = require_tls

    def prepare(self) -> None:
        """Have the bucket there, private; NameTaken if it is somebody else's."""
        with explained("Looking for the bucket of packages"):
            if not self._exists():
                self._create()

    def put_package(self, package: Package) -> Code:
        """Where the package lies; uploaded if it does not yet."""
        code = Code(bucket=self._bucket, key=_package_key(package.sha256))
        with explained("Uploading the package"):
            if not self._has(code.key):
                self._s3.upload_file(str(package.path), self._bucket, code.key)
        return code

    def package_of(self, sha256: str) -> Code | None:
        """Where the package of that hash lies; None if it was not uploaded from here."""
        with explained("Looking for the package that serves now"):
            key = _package_key(sha256)
            return Code(bucket=self._bucket, key=key) if self._has(key) else None

    def put_template(self, name: str, text: str) -> str:
        """The URL at which CloudFormation finds the template."""
        key = f"templates/{name}.json"
        with explained("Uploading the template"):
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=text.encode())
        return f"{self._s3.meta.endpoint_url.rstrip('/')}/{self._bucket}/{key}"

    def _has(self, key: str) -> bool:
        try:
            self._s3.head_object(Bucket=self._bucket, Key=key, ExpectedBucketOwner=self._account)
        except ClientError as error:
            if code_of(error) in _GONE:
                return False
            raise
        return True

    def _exists(self) -> bool:
        try:
            self._s3.head_bucket(Bucket=self._bucket, ExpectedBucketOwner=self._account)
        except ClientError as error:
            if code_of(error) in _GONE:
                return False
            if code_of(error) in ("403", "AccessDenied"):
                raise NameTaken(
                    f"The bucket {self._bucket} is another account's, or these credentials may not see it "
                    "(s3:ListBucket). Have that allowed, or deploy to another region."
                ) from error
            raise
        return True

    def _create(self) -> None:
        region = self._s3.meta.region_name
        # S3 refuses the name of its first region as a location constraint.
        if region == "us-east-1":
            self._s3.create_bucket(Bucket=self._bucket)
        else:
            self._s3.create_bucket(
                Bucket=self._bucket,
                CreateBucketConfiguration={"LocationConstraint": region},  # type: ignore[typeddict-item]  # any region
            )
        self._s3.put_public_access_block(
            Bucket=self._bucket,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
        )
        if self._require_tls:
            self._s3.put_bucket_policy(Bucket=self._bucket, Policy=_tls_only(self._bucket, self._s3.meta.partition))


def _package_key(sha256: str) -> str:
    return f"packages/{sha256}.zip"


def _tls_only(bucket: str, partition: str) -> str:
    arn = f"arn:{partition}:s3:::{bucket}"
    statement = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
