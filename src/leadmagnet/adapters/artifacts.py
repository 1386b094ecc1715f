"""The files of jobs, in S3 under `jobs/{job_id}/artifacts/`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from leadmagnet.domain.artifact import Artifact
from leadmagnet.domain.errors import ArtifactNotFound, Invalid

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CopySourceTypeDef

#: With its prefix an id stays far below S3's 1,024 bytes for a key, which the local engine does not enforce.
MOST_ID_CHARS = 200


class S3Artifacts:
    """An ArtifactStore on one private bucket."""

    def __init__(self, *, s3: S3Client, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def put(self, job_id: str, artifact: Artifact) -> None:
        """Store the file; the same id again replaces it. S3 verifies its SHA-256 and keeps it."""
        self._s3.put_object(
            Bucket=self._bucket,
            Key=artifact_key(job_id, artifact.id),
            Body=artifact.content,
            ContentType=artifact.content_type,
            ChecksumAlgorithm="SHA256",
        )

    def get(self, job_id: str, artifact_id: str) -> Artifact:
        """The file; ArtifactNotFound if there is none."""
        key = artifact_key(job_id, artifact_id)
        try:
            found = self._s3.get_object(Bucket=self._bucket, Key=key, ChecksumMode="ENABLED")
        except ClientError as exc:
            raise translated(exc, job_id, artifact_id) from exc
        with found["Body"] as body:
            return Artifact(id=artifact_id, content_type=found["ContentType"], content=body.read())

    def copy(self, artifact_id: str, *, from_job: str, to_job: str) -> None:
        """Give another job the same file, inside S3; ArtifactNotFound if there is none."""
        source: CopySourceTypeDef = {"Bucket": self._bucket, "Key": artifact_key(from_job, artifact_id)}
        try:
            self._s3.copy_object(Bucket=self._bucket, Key=artifact_key(to_job, artifact_id), CopySource=source)
        except ClientError as exc:
            raise translated(exc, from_job, artifact_id) from exc


def translated(error: ClientError, job_id: str, artifact_id: str) -> Exception:
    """ArtifactNotFound where S3 has no such object; else the error itself."""
    if error.response.get("Error", {}).get("Code") not in ("NoSuchKey", "404"):
        return error
    return ArtifactNotFound(
        "The job has no such artifact; its execution steps name the ones that it has.",
        job_id=job_id,
        artifact_id=artifact_id,
    )


def artifact_key(job_id: str, artifact_id: str) -> str:
    """The S3 key of an artifact; Invalid if either id could name something outside its job."""
    _check("job_id", job_id)
    _check("artifact_id", artifact_id)
    return f"jobs/{job_id}/artifacts/{artifact_id}"


def _check(name: str, value: str) -> None:
    usable = (
        0 < len(value) <= MOST_ID_CHARS
        and value.isprintable()
        and not any(sign in value for sign in ("/", "\\", ".."))
        and value != "."
    )
    if not usable:
        raise Invalid(
            f"{name} must be 1 to {MOST_ID_CHARS} printable characters without '/', '\\' or '..'; "
            "use the id that the job's record gives.",
            field=name,
            value=value[:60],
        )
