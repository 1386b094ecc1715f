"""Everything that a job has in S3: what is there, a link to its document, and the end of it all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any, cast
from urllib.parse import quote

from botocore.exceptions import ClientError

from leadmagnet.adapters.artifacts import artifact_key, translated
from leadmagnet.adapters.block_file import BlockFile
from leadmagnet.domain.artifact import ArtifactFacts
from leadmagnet.domain.errors import FilesLeft
from leadmagnet.steplog.keys import PREFIX, checked_job_id, document_key, new_id

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

#: S3 deletes at most so many in one request.
_AT_ONCE = 1_000
#: A link is for the click that follows; whoever finds it in a log later should find it dead.
MOST_LINK_S = 300
#: Files made for one download. Nothing else lies there: the bucket's lifecycle expires them after a day.
EXPORTS = "exports/"


class S3JobFiles:
    """The objects under `jobs/{job_id}/` of one private, versioned bucket."""

    def __init__(self, *, s3: S3Client, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def artifact_ids(self, job_id: str) -> Sequence[str]:
        """The ids of the job's artifacts, in order."""
        prefix = f"{PREFIX}{checked_job_id(job_id)}/artifacts/"
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        return sorted(found["Key"].removeprefix(prefix) for page in pages for found in page.get("Contents", ()))

    def artifact_facts(self, job_id: str, artifact_id: str) -> ArtifactFacts:
        """Type and size of one, without its content; ArtifactNotFound if there is none."""
        try:
            found = self._s3.head_object(Bucket=self._bucket, Key=artifact_key(job_id, artifact_id))
        except ClientError as error:
            raise translated(error, job_id, artifact_id) from error
        return ArtifactFacts(id=artifact_id, content_type=found["ContentType"], size_bytes=found["ContentLength"])

    def document_link(self, job_id: str, *, size_bytes: int, expires_s: int) -> str | None:
        """An address that gives the whole document to whoever has it, for a while.

        None unless the newest version of the document has just this size: while steps lie elsewhere, it is not whole.
        """
        key = document_key(job_id)
        try:
            found = self._s3.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in ("404", "NoSuchKey", "NotFound"):
                raise
            return None
        if found["ContentLength"] != size_bytes:
            return None
        named = {
            "Bucket": self._bucket,
            "Key": key,
            "VersionId": found["VersionId"],
            "ResponseContentType": "application/json",
            "ResponseContentDisposition": 'attachment; filename="execution_steps.json"',
        }
        return self._s3.generate_presigned_url("get_object", Params=named, ExpiresIn=min(expires_s, MOST_LINK_S))

    def artifact_link(self, job_id: str, artifact_id: str, *, expires_s: int) -> str:
        """An address that saves the artifact as a file, for a while.

        Never one that shows it: S3 sends no Content-Security-Policy, and models wrote what is in there.
        """
        return self._saving_link(artifact_key(job_id, artifact_id), name=artifact_id, expires_s=expires_s)

    def export_link(self, job_id: str, blocks: Iterable[bytes], *, name: str, expires_s: int) -> str:
        """Keep the exported job under `exports/`, which the bucket empties after a day, and link to it as `name`.

        What goes to S3 at a time is a part of the upload; the whole is never in memory.
        """
        key = f"{EXPORTS}{checked_job_id(job_id)}/{new_id()}.json"
        self._s3.upload_fileobj(
            cast(IO[bytes], BlockFile(blocks)), self._bucket, key, ExtraArgs={"ContentType": "application/json"}
        )
        return self._saving_link(key, name=name, expires_s=expires_s)

    def _saving_link(self, key: str, *, name: str, expires_s: int) -> str:
        way = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        named = {"Bucket": self._bucket, "Key": key, "ResponseContentDisposition": way}
        return self._s3.generate_presigned_url("get_object", Params=named, ExpiresIn=min(expires_s, MOST_LINK_S))

    def delete_all(self, job_id: str) -> None:
        """Delete every version of everything; FilesLeft if S3 kept some. Doing it again goes on where it ended."""
        prefix = f"{PREFIX}{checked_job_id(job_id)}/"
        for batch in _batches(self._versions(prefix)):
            answer = self._s3.delete_objects(Bucket=self._bucket, Delete={"Objects": batch, "Quiet": True})
            if errors := answer.get("Errors"):
                raise FilesLeft(
                    "S3 did not delete all of the job's files, so its record stays; delete the job again in a moment.",
                    job_id=job_id,
                    left=len(errors),
                    why=errors[0].get("Code", ""),
                )

    def _versions(self, prefix: str) -> Iterator[Any]:
        pages = self._s3.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=prefix)
        for page in pages:
            for kind in ("Versions", "DeleteMarkers"):
                found: Any = page.get(kind, ())
                for version in found:
                    yield {"Key": version["Key"], "VersionId": version["VersionId"]}


def _batches(found: Iterator[Any]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for each in found:
        batch.append(each)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
