"""The parts of boto3's clients that the step log uses, and their errors in our words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

from leadmagnet.steplog.errors import NotConfigured, NotPermitted, StepLogError, Unavailable

#: A method of a client: keyword arguments in, AWS's answer out. Generated type stubs differ in detail, so no more
#: is said of either here.
Call = Callable[..., Any]


class DynamoDB(Protocol):
    """A boto3 DynamoDB client."""

    @property
    def get_item(self) -> Call: ...  # noqa: D102 (boto3's own)
    @property
    def update_item(self) -> Call: ...  # noqa: D102


class S3(Protocol):
    """A boto3 S3 client."""

    @property
    def get_object(self) -> Call: ...  # noqa: D102
    @property
    def put_object(self) -> Call: ...  # noqa: D102
    @property
    def delete_object(self) -> Call: ...  # noqa: D102
    @property
    def get_bucket_versioning(self) -> Call: ...  # noqa: D102
    @property
    def create_multipart_upload(self) -> Call: ...  # noqa: D102
    @property
    def upload_part(self) -> Call: ...  # noqa: D102
    @property
    def upload_part_copy(self) -> Call: ...  # noqa: D102
    @property
    def complete_multipart_upload(self) -> Call: ...  # noqa: D102
    @property
    def abort_multipart_upload(self) -> Call: ...  # noqa: D102


class Tables(DynamoDB, Protocol):
    """A boto3 DynamoDB client, as those who look at all jobs use it."""

    @property
    def batch_get_item(self) -> Call: ...  # noqa: D102
    @property
    def scan(self) -> Call: ...  # noqa: D102
    @property
    def describe_table(self) -> Call: ...  # noqa: D102


class Buckets(S3, Protocol):
    """A boto3 S3 client, as those who look at a whole bucket use it."""

    @property
    def list_object_versions(self) -> Call: ...  # noqa: D102
    @property
    def head_object(self) -> Call: ...  # noqa: D102
    @property
    def delete_objects(self) -> Call: ...  # noqa: D102
    @property
    def get_public_access_block(self) -> Call: ...  # noqa: D102


#: Everything that a client's call may raise.
AWS_ERRORS = (ClientError, BotoCoreError)

_NOT_PERMITTED = {"AccessDenied", "AccessDeniedException", "AllAccessDisabled", "UnauthorizedOperation"}
_BAD_CREDENTIALS = {
    "ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "InvalidClientTokenId",
    "SignatureDoesNotMatch", "UnrecognizedClientException",
}  # fmt: skip
_NOT_CONFIGURED = {
    "NoSuchBucket": "The bucket does not exist; create it (versioned, private) or name the right one.",
    "PermanentRedirect": "The bucket is in another region; give the S3 client that region.",
    "ResourceNotFoundException": "The table does not exist; create it with the key job_id or name the right one.",
    "ValidationException": "DynamoDB refused the request as invalid; is job_id (a string) the table's whole key?",
}


def error_code(error: ClientError | BotoCoreError) -> str:
    """AWS's own code of an error, or an empty string if no answer came."""
    return error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""


def was_retried(answer: dict[str, Any]) -> bool:
    """Whether the client sent the request more than once; then an earlier try may have taken effect."""
    return bool(answer.get("ResponseMetadata", {}).get("RetryAttempts", 0))


def translated(
    error: ClientError | BotoCoreError, action: str, *, job_id: str | None, key: str | None = None
) -> StepLogError:
    """The error of ours that `error`, met by `action` (as IAM names it: ``s3:GetObject``), stands for."""
    code = error_code(error)
    said = error.response.get("Error", {}).get("Message", "") if isinstance(error, ClientError) else str(error)
    where: dict[str, str | None] = {"job_id": job_id, "key": key}
    if code in _NOT_PERMITTED:
        return NotPermitted(f"AWS refused {action}; allow it in the caller's policy. AWS says: {said}", **where)
    if code in _BAD_CREDENTIALS or isinstance(error, NoCredentialsError | PartialCredentialsError):
        return NotPermitted(f"{action} was sent without valid credentials; renew them. AWS says: {said}", **where)
    if code in _NOT_CONFIGURED:
        return NotConfigured(f"{_NOT_CONFIGURED[code]} {action} says: {said}", **where)
    return Unavailable(
        f"AWS did not carry out {action}, or its answer was lost; send the same call again. Cause: {code} {said}",
        **where,
    )
