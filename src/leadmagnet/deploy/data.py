"""Tables and bucket, which outlive the stack: finding them again, and deleting them for good."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from leadmagnet.deploy.errors import DeployFailed, NameTaken, code_of, explained
from leadmagnet.deploy.names import TABLES, Names

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

#: On the tables: which installation they are of.
TAG = "leadmagnet:environment"
_GONE = frozenset({"404", "NoSuchBucket", "ResourceNotFoundException"})
#: S3's most for one request.
_BATCH = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A table or bucket that is there although the stack is not."""

    logical: str
    type: str
    name: str
    #: Whether it says that it is of this installation.
    ours: bool

    def to_import(self) -> dict[str, Any]:
        """How CloudFormation is told to take it up."""
        key = "BucketName" if self.type == "AWS::S3::Bucket" else "TableName"
        return {
            "ResourceType": self.type,
            "LogicalResourceId": self.logical,
            "ResourceIdentifier": {key: self.name},
        }


class Data:
    """The tables and the bucket of one installation."""

    def __init__(self, *, dynamodb: DynamoDBClient, s3: S3Client, names: Names, account: str) -> None:
        self._dynamodb = dynamodb
        self._s3 = s3
        self._names = names
        self._account = account
        self._tables = dict(zip(TABLES, names.tables, strict=True))
        self._bucket = names.bucket(account=account, region=s3.meta.region_name)

    def kept(self) -> list[Kept]:
        """Those that are there."""
        with explained("Looking for kept data"):
            tables = [self._table(logical, name) for logical, name in self._tables.items()]
            return [each for each in (*tables, self._kept_bucket()) if each is not None]

    def must_be_ours(self) -> list[Kept]:
        """Those that are there; NameTaken if one of them is not of this installation."""
        found = self.kept()
        for each in found:
            if not each.ours:
                raise NameTaken(
                    f"{each.name} exists already and is none of this installation's (it lacks the tag {TAG}="
                    f"{self._names.environment}). Take another name with --environment, or, if it is "
                    "leadmagnet's, give it that tag and try again: it is taken for this installation's then."
                )
        return found

    def delete(self, tell: Callable[[str], None]) -> None:
        """Delete them with everything in them, all versions included."""
        with explained("Deleting the data"):
            for each in self.kept():
                tell(f"Deleting {each.name}")
                if each.type == "AWS::S3::Bucket":
                    self._delete_bucket(each.name)
                else:
                    self._dynamodb.delete_table(TableName=each.name)
                    self._dynamodb.get_waiter("table_not_exists").wait(
                        TableName=each.name, WaiterConfig={"Delay": 1, "MaxAttempts": 300}
                    )

    def _table(self, logical: str, name: str) -> Kept | None:
        try:
            arn = self._dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
        except self._dynamodb.exceptions.ResourceNotFoundException:
            return None
        tags = {each["Key"]: each["Value"] for each in self._dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]}
        return Kept(logical=logical, type="AWS::DynamoDB::Table", name=name, ours=self._is_ours(tags))

    def _kept_bucket(self) -> Kept | None:
        try:
            self._s3.head_bucket(Bucket=self._bucket, ExpectedBucketOwner=self._account)
        except ClientError as error:
            if code_of(error) in _GONE:
                return None
            if code_of(error) == "403":
                raise NameTaken(f"The bucket {self._bucket} is another account's. Deploy to another region.") from error
            raise
        # Its name is made of this account's number, and it is this account's.
        return Kept(logical="ArtifactsBucket", type="AWS::S3::Bucket", name=self._bucket, ours=True)

    def _is_ours(self, tags: Mapping[str, str]) -> bool:
        return tags.get(TAG) == self._names.environment

    def _delete_bucket(self, bucket: str) -> None:
        for batch in _versions(self._s3, bucket):
            answer = self._s3.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
            for error in answer.get("Errors", []):
                raise DeployFailed(
                    f"{error.get('Key')} could not be deleted ({error.get('Code')}). Try again; deleting goes on where "
                    "it was.",
                    bucket=bucket,
                )
        self._s3.delete_bucket(Bucket=bucket)


def _versions(s3: S3Client, bucket: str) -> Iterator[list[Any]]:
    """Every version and delete marker of the bucket, in batches that one request can delete."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": _BATCH}):
        batch: list[Any] = [
            {"Key": each["Key"], "VersionId": each["VersionId"]}
            for each in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
        ]
        if batch:
            yield batch
