"""The S3 side: documents by version, chunks and pages by unique name. Nothing here is ever changed in place."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from leadmagnet.steplog import jsontext
from leadmagnet.steplog.aws import AWS_ERRORS, S3, error_code, translated
from leadmagnet.steplog.errors import NotConfigured, StepLogError, StepsCorrupt, StepsMissing, Unavailable
from leadmagnet.steplog.item import ChunkRef, Listed, ListedStep, ManifestRef, TailStep
from leadmagnet.steplog.keys import chunk_key
from leadmagnet.steplog.limits import MIB

_log = logging.getLogger(__name__)

_BLOCK_BYTES = 1 * MIB
#: S3 copies up to 5 GiB in one part, but then takes longer than a client waits for an answer.
_MOST_COPY_BYTES = 512 * MIB
#: The name under which a document's metadata keeps the S3 version of the document that the item named before.
SUPERSEDES = "supersedes"
_MISSING = {"NoSuchKey", "NoSuchVersion", "404", "MethodNotAllowed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An object that we put: enough to point at it, and to delete exactly it."""

    key: str
    version_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyOf:
    """The first `size` bytes of an object version, to be copied by S3 itself."""

    key: str
    version_id: str
    size: int


class LogObjects:
    """The bucket, as the step log uses it."""

    def __init__(self, *, s3: S3, bucket: str, upload_bytes: int) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._upload_bytes = upload_bytes
        self._versioning_seen = False

    def put(self, key: str, body: bytes, *, job_id: str, supersedes: str | None = None) -> Written:
        """Store `body` under `key`, with a note of the version of a document whose place it takes."""
        self.require_versioning(job_id=job_id)
        try:
            answer = self._s3.put_object(Bucket=self._bucket, Key=key, Body=body, **_described(supersedes))
        except AWS_ERRORS as error:
            raise translated(error, "s3:PutObject", job_id=job_id, key=key) from error
        return self._written(answer, key=key, job_id=job_id)

    def put_chunk(self, chunk_id: str, texts: Iterable[bytes], *, job_id: str) -> tuple[ChunkRef, Written]:
        """Store steps (their JSON) as a chunk of their own; the reference to it, and the object."""
        pieces = list(texts)
        body = b"[" + b",".join(pieces) + b"]"
        written = self.put(chunk_key(job_id, chunk_id), body, job_id=job_id)
        return ChunkRef(chunk_id, len(body), len(pieces), hashlib.sha256(body).digest()), written

    def put_manifest(
        self, manifest_id: str, entries: Sequence[ChunkRef | TailStep], *, job_id: str
    ) -> tuple[ManifestRef, Written]:
        """Store references to chunks, and small steps between them, as a list; the reference to it, and the object."""
        listed = [_listed(entry) for entry in entries]
        body = b"[" + b",".join(listed) + b"]"
        written = self.put(chunk_key(job_id, manifest_id), body, job_id=job_id)
        sizes = [
            entry.size if isinstance(entry, ChunkRef) else len(text)
            for entry, text in zip(entries, listed, strict=True)
        ]
        count = sum(entry.count for entry in entries)
        return ManifestRef(manifest_id, len(body), count, hashlib.sha256(body).digest(), sum(sizes)), written

    def fetch_manifest(self, manifest: ManifestRef, *, job_id: str) -> list[Listed]:
        """What a manifest lists, verified."""
        body = self._fetch_verified(manifest.manifest_id, manifest.size, manifest.sha256, job_id=job_id)
        return [_read_listed(entry) for entry in jsontext.loads(body)]

    def put_large(
        self, key: str, copied: CopyOf | None, blocks: Iterable[bytes], *, job_id: str, supersedes: str | None
    ) -> Written:
        """Store `copied` (by S3 itself) followed by `blocks`, in parts; memory stays at one part's size."""
        self.require_versioning(job_id=job_id)
        where = {"Bucket": self._bucket, "Key": key}
        try:
            answer = self._s3.create_multipart_upload(**where, **_described(supersedes))
        except AWS_ERRORS as error:
            raise translated(error, "s3:PutObject", job_id=job_id, key=key) from error
        where["UploadId"] = answer["UploadId"]
        try:
            parts = self._upload_parts(where, copied, blocks, job_id=job_id)
            done = self._s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})
        except AWS_ERRORS as error:
            self._abort(where)
            if copied is not None and error_code(error) in _MISSING:
                raise _missing(job_id, copied.key, copied.version_id) from error
            raise translated(error, "s3:PutObject", job_id=job_id, key=key) from error
        except StepLogError:
            self._abort(where)
            raise
        return self._written(done, key=key, job_id=job_id)

    def _upload_parts(
        self, where: dict[str, Any], copied: CopyOf | None, blocks: Iterable[bytes], *, job_id: str
    ) -> list[dict[str, Any]]:
        parts: list[dict[str, Any]] = []
        for first, last in _copy_ranges(0 if copied is None else copied.size):
            assert copied is not None  # noqa: S101 (ranges exist only for a copy; this tells the type checker)
            answer = self._s3.upload_part_copy(
                **where,
                PartNumber=len(parts) + 1,
                CopySource={"Bucket": self._bucket, "Key": copied.key, "VersionId": copied.version_id},
                CopySourceRange=f"bytes={first}-{last}",
            )
            parts.append({"PartNumber": len(parts) + 1, "ETag": answer["CopyPartResult"]["ETag"]})
        for body in _parts_of(blocks, self._upload_bytes):
            answer = self._s3.upload_part(**where, PartNumber=len(parts) + 1, Body=body)
            parts.append({"PartNumber": len(parts) + 1, "ETag": answer["ETag"]})
        if not parts:
            raise StepsCorrupt("Nothing to write; a document has at least its brackets.", job_id=job_id)
        return parts

    def _abort(self, where: dict[str, Any]) -> None:
        try:
            self._s3.abort_multipart_upload(**where)
        except AWS_ERRORS:
            # The bucket's lifecycle rule ends uploads that were left open; the first error is the one to report.
            return

    def fetch(self, key: str, version_id: str | None, *, job_id: str) -> bytes:
        """The object's bytes; StepsMissing if it is not there."""
        return b"".join(self.open(key, version_id, job_id=job_id).blocks)

    def newest_version(self, key: str, *, job_id: str) -> str | None:
        """The version that a pointer without a version means now; None if there is nothing to be read."""
        try:
            opened = self.open(key, None, job_id=job_id, byte_range=(0, 0))
        except (StepsMissing, StepsCorrupt):
            return None
        b"".join(opened.blocks)
        return opened.version_id

    def is_newest(self, key: str, version_id: str | None, *, job_id: str) -> bool:
        """Whether the version is the one that a reader gets who knows nothing of versions."""
        try:
            newest = self.open(key, None, job_id=job_id, byte_range=(0, 0))
        except StepsMissing:
            return False
        for _ in newest.blocks:
            """The connection is free again only when the answer has been read."""
        return newest.version_id == version_id

    def fetch_range(self, key: str, version_id: str | None, byte_range: tuple[int, int], *, job_id: str) -> bytes:
        """Bytes from the first to the last of `byte_range` (both included).

        The version wanted nearly always is the current one. So that one is asked for, and used only if S3 says
        that it is the one: the embedded engine sends whole objects when a range is asked of a named version.
        """
        try:
            current = self.open(key, None, job_id=job_id, byte_range=byte_range)
            content = b"".join(current.blocks)
            if current.version_id == version_id:
                return content
        except (StepsMissing, StepsCorrupt):
            if version_id is None:
                raise
        named = self.open(key, version_id, job_id=job_id, byte_range=byte_range)
        content = b"".join(named.blocks)
        first, last = byte_range
        return content if len(content) == last - first + 1 else content[first : last + 1]

    def open(
        self, key: str, version_id: str | None, *, job_id: str, byte_range: tuple[int, int] | None = None
    ) -> Opened:
        """The object as a stream: the request is answered when this returns, the bytes come as they are read."""
        request: dict[str, Any] = {"Bucket": self._bucket, "Key": key}
        if version_id is not None:
            request["VersionId"] = version_id
        if byte_range is not None:
            request["Range"] = f"bytes={byte_range[0]}-{byte_range[1]}"
        try:
            answer = self._s3.get_object(**request)
        except AWS_ERRORS as error:
            if error_code(error) in _MISSING:
                raise _missing(job_id, key, version_id) from error
            if error_code(error) == "InvalidRange":
                raise StepsCorrupt(
                    "The S3 object is shorter than the item says.", job_id=job_id, key=key, version=version_id
                ) from error
            raise translated(error, "s3:GetObject", job_id=job_id, key=key) from error
        return Opened(
            size=answer["ContentLength"],
            version_id=answer.get("VersionId"),
            blocks=self._blocks(answer["Body"], job_id=job_id, key=key),
        )

    def _blocks(self, body: Any, *, job_id: str, key: str) -> Iterator[bytes]:  # noqa: ANN401 (boto3's stream)
        try:
            with body:
                while block := body.read(_BLOCK_BYTES):
                    yield block
        except AWS_ERRORS as error:
            raise Unavailable(
                f"S3 broke off in the middle of the object; read it again. Cause: {error}", job_id=job_id, key=key
            ) from error

    def fetch_chunk(self, chunk: ChunkRef, *, job_id: str) -> bytes:
        """The steps of a chunk: their JSON, joined by commas; StepsCorrupt unless the hash is the one recorded."""
        return self._fetch_verified(chunk.chunk_id, chunk.size, chunk.sha256, job_id=job_id)[1:-1]

    def _fetch_verified(self, object_id: str, size: int, sha256: bytes, *, job_id: str) -> bytes:
        key = chunk_key(job_id, object_id)
        body = self.fetch(key, None, job_id=job_id)
        if len(body) != size or hashlib.sha256(body).digest() != sha256:
            raise StepsCorrupt(
                "An object's bytes are not those that were recorded; restore the object.", job_id=job_id, key=key
            )
        return body

    def delete(self, written: Written, *, job_id: str) -> None:
        """Delete an object of our own that nothing refers to. If that fails, the sweeper finds it."""
        try:
            self._s3.delete_object(Bucket=self._bucket, Key=written.key, VersionId=written.version_id)
        except AWS_ERRORS as error:
            _log.info(
                "Could not delete an unused object; the sweeper will",
                extra={"event": "unused_object_kept", "job_id": job_id, "key": written.key, "code": error_code(error)},
            )

    def require_versioning(self, *, job_id: str | None) -> None:
        """Refuse a bucket without versions before anything is written: a put there would destroy the old document."""
        if self._versioning_seen:
            return
        try:
            status = self._s3.get_bucket_versioning(Bucket=self._bucket).get("Status")
        except AWS_ERRORS as error:
            raise translated(error, "s3:GetBucketVersioning", job_id=job_id) from error
        if status != "Enabled":
            raise NotConfigured(
                f"The bucket {self._bucket} keeps no versions; turn versioning on "
                "(aws s3api put-bucket-versioning ... Status=Enabled). Nothing was written.",
                job_id=job_id,
            )
        self._versioning_seen = True

    def _written(self, answer: Any, *, key: str, job_id: str) -> Written:  # noqa: ANN401
        version_id = answer.get("VersionId")
        if not version_id or version_id == "null":
            self._versioning_seen = False
            raise NotConfigured(
                f"The bucket {self._bucket} stopped keeping versions; turn versioning on again.", job_id=job_id, key=key
            )
        return Written(key=key, version_id=version_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An object that S3 has begun to send."""

    size: int
    version_id: str | None
    blocks: Iterator[bytes]


def _described(supersedes: str | None) -> dict[str, Any]:
    """What S3 keeps beside the bytes. A sweep learns from it since when older documents are out of use."""
    return {"ContentType": "application/json", "Metadata": {} if supersedes is None else {SUPERSEDES: supersedes}}


def _listed(entry: ChunkRef | TailStep) -> bytes:
    """An entry of a manifest: a list for a chunk, for a step the object that it is."""
    if isinstance(entry, ChunkRef):
        return jsontext.dumps([entry.chunk_id, entry.size, entry.count, entry.sha256.hex()])
    return entry.text


def _read_listed(entry: Any) -> Listed:  # noqa: ANN401 (JSON)
    if isinstance(entry, dict):
        return ListedStep(jsontext.dumps(entry))
    chunk_id, size, count, sha256 = entry
    return ChunkRef(chunk_id, size, count, bytes.fromhex(sha256))


def _missing(job_id: str, key: str, version_id: str | None) -> StepsMissing:
    return StepsMissing(
        "The item names an S3 object that is not there; restore it, or write the steps anew with replace.",
        job_id=job_id,
        key=key,
        version=version_id,
    )


def _copy_ranges(size: int) -> Iterator[tuple[int, int]]:
    """First and last byte of each part that S3 copies: as few as can be, none below the least part size."""
    if size == 0:
        return
    parts = -(-size // _MOST_COPY_BYTES)
    edges = [size * part // parts for part in range(parts + 1)]
    for first, end in pairwise(edges):
        yield first, end - 1


def _parts_of(blocks: Iterable[bytes], part_bytes: int) -> Iterator[bytes]:
    """`blocks` in parts of `part_bytes`; the last may be smaller."""
    buffer = bytearray()
    for block in blocks:
        buffer += block
        while len(buffer) >= part_bytes:
            yield bytes(buffer[:part_bytes])
            del buffer[:part_bytes]
    if buffer:
        yield bytes(buffer)
