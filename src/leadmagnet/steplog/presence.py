"""What S3 says of an object version, without fetching it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leadmagnet.steplog.aws import AWS_ERRORS, Buckets, error_code, translated
from leadmagnet.steplog.errors import NotPermitted
from leadmagnet.steplog.objects import SUPERSEDES

#: A HEAD has no body, so S3's code is the HTTP status; 400 is a version id that S3 never gave out.
_MISSING = {"400", "404", "405", "NoSuchKey", "NoSuchVersion", "MethodNotAllowed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """An object version that is there."""

    size: int
    put_at: datetime
    #: The version of the document whose place it took, if it is a document and there was one.
    supersedes: str | None


def object_size(s3: Buckets, bucket: str, key: str, version_id: str | None, *, job_id: str) -> int | None:
    """Bytes of the version (None: of the current one), or None if there is no such version."""
    present = look(s3, bucket, key, version_id, job_id=job_id)
    return None if present is None else present.size


def look(s3: Buckets, bucket: str, key: str, version_id: str | None, *, job_id: str) -> Present | None:
    """What S3 says of the version (None: of the current one), or None if there is no such version."""
    if not key:
        # Older systems wrote empty names; S3's client does not even send those.
        return None
    request = {"Bucket": bucket, "Key": key} | ({} if version_id is None else {"VersionId": version_id})
    try:
        answer: Any = s3.head_object(**request)
    except AWS_ERRORS as error:
        if error_code(error) in _MISSING:
            return None
        if error_code(error) == "403":
            raise NotPermitted(
                "AWS refused to say whether an object is there; allow s3:GetObject, s3:GetObjectVersion and "
                "s3:ListBucket in the caller's policy.",
                job_id=job_id,
                key=key,
                version=version_id,
            ) from error
        raise translated(error, "s3:GetObject", job_id=job_id, key=key) from error
    return Present(
        size=answer["ContentLength"],
        put_at=answer["LastModified"],
        supersedes=answer.get("Metadata", {}).get(SUPERSEDES),
    )
