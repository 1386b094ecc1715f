"""A versioned S3 bucket in memory, with the rules that the embedded engine does not enforce."""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass, field, replace
from typing import Any

from tests.steplog.simulation.answers import refusal

_RANGE = re.compile(r"bytes=(\d+)-(\d+)")
_MOST_KEY_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object; a body of None is a delete marker."""

    version_id: str
    body: bytes | None
    etag: str = ""


@dataclass(slots=True)
class _Upload:
    key: str
    #: The bytes of each part, and their ETag.
    parts: dict[int, tuple[bytes, str]] = field(default_factory=dict)


class MemoryBucket:
    """One bucket. `part_bytes` is the least size of a part, except the last."""

    def __init__(self, name: str, *, part_bytes: int, versioning: str | None = "Enabled") -> None:
        self._name = name
        self._part_bytes = part_bytes
        self._versioning = versioning
        self._versions: dict[str, list[Version]] = {}
        self._uploads: dict[str, _Upload] = {}
        self._made = 0

    def get_bucket_versioning(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Whether the bucket keeps versions."""
        self._require_bucket(request, "GetBucketVersioning")
        return _answer(**({} if self._versioning is None else {"Status": self._versioning}))

    def put_object(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """A new version of an object."""
        self._require_bucket(request, "PutObject")
        return self._put(request["Key"], bytes(request["Body"]), "PutObject")

    def get_object(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """An object, or a range of it, the newest version unless one is named."""
        self._require_bucket(request, "GetObject")
        version = self._found(request["Key"], request.get("VersionId"), "GetObject")
        body = _ranged(version.body or b"", request.get("Range"), "GetObject")
        return _answer(Body=io.BytesIO(body), ContentLength=len(body), VersionId=version.version_id, ETag=version.etag)

    def delete_object(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Remove one version for good, or hide the object behind a delete marker."""
        self._require_bucket(request, "DeleteObject")
        key, version_id = request["Key"], request.get("VersionId")
        if version_id is None:
            marker = self._new_version(key, None)
            return _answer(DeleteMarker=True, VersionId=marker.version_id)
        self._versions[key] = [v for v in self._versions.get(key, ()) if v.version_id != version_id]
        return _answer(VersionId=version_id)

    def create_multipart_upload(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """An upload in parts, to be completed."""
        self._require_bucket(request, "CreateMultipartUpload")
        upload_id = self._next_id("u")
        self._uploads[upload_id] = _Upload(request["Key"])
        return _answer(UploadId=upload_id, Key=request["Key"])

    def upload_part(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """One part, from bytes."""
        body = bytes(request["Body"])
        etag = _etag(body)
        self._upload(request, "UploadPart").parts[request["PartNumber"]] = body, etag
        return _answer(ETag=etag)

    def upload_part_copy(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """One part, from a range of a version that is there already."""
        upload, source = self._upload(request, "UploadPartCopy"), request["CopySource"]
        version = self._found(source["Key"], source.get("VersionId"), "UploadPartCopy")
        whole = version.body or b""
        body = _ranged(whole, request.get("CopySourceRange"), "UploadPartCopy", exactly=True)
        etag = _etag(body)
        upload.parts[request["PartNumber"]] = body, etag
        return _answer(CopyPartResult={"ETag": etag}, CopySourceVersionId=version.version_id)

    def complete_multipart_upload(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """A new version of an object, from the parts that are named."""
        upload = self._upload(request, "CompleteMultipartUpload")
        bodies: list[bytes] = []
        for part in request["MultipartUpload"]["Parts"]:
            body, etag = upload.parts.get(part["PartNumber"], (b"", None))
            if etag != part["ETag"]:
                raise refusal("CompleteMultipartUpload", "InvalidPart", "A part could not be found")
            bodies.append(body)
        if any(len(body) < self._part_bytes for body in bodies[:-1]):
            raise refusal("CompleteMultipartUpload", "EntityTooSmall", "A part is smaller than the least size")
        del self._uploads[request["UploadId"]]
        return self._put(upload.key, b"".join(bodies), "CompleteMultipartUpload")

    def abort_multipart_upload(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Forget an upload."""
        self._upload(request, "AbortMultipartUpload")
        del self._uploads[request["UploadId"]]
        return _answer()

    def peek(self, key: str, version_id: str | None = None) -> bytes | None:
        """The bytes of a version (the newest if none is named), or None; for those who watch."""
        versions = self._versions.get(key, ())
        if version_id is None:
            return versions[-1].body if versions else None
        return next((v.body for v in versions if v.version_id == version_id), None)

    def newest(self, key: str) -> str | None:
        """The id of the newest version."""
        versions = self._versions.get(key, ())
        return versions[-1].version_id if versions else None

    def spoil(self, key: str, version_id: str, body: bytes) -> None:
        """Put other bytes in place of a version's own, which S3 would never do."""
        self._versions[key] = [replace(v, body=body) if v.version_id == version_id else v for v in self._versions[key]]

    def _put(self, key: str, body: bytes, operation: str) -> dict[str, Any]:
        if len(key.encode()) > _MOST_KEY_BYTES:
            raise refusal(operation, "KeyTooLongError", "Your key is too long")
        version = self._new_version(key, body)
        return _answer(ETag=version.etag, **({"VersionId": version.version_id} if self._versioning else {}))

    def _new_version(self, key: str, body: bytes | None) -> Version:
        version = Version(self._next_id("v"), body, "" if body is None else _etag(body))
        if self._versioning is None:
            self._versions[key] = [version]
        else:
            self._versions.setdefault(key, []).append(version)
        return version

    def _next_id(self, kind: str) -> str:
        self._made += 1
        return f"{kind}{self._made:031d}"

    def _found(self, key: str, version_id: str | None, operation: str) -> Version:
        versions = self._versions.get(key, [])
        if version_id is None:
            if not versions or versions[-1].body is None:
                raise refusal(operation, "NoSuchKey", "The specified key does not exist.", status=404)
            return versions[-1]
        found = next((v for v in versions if v.version_id == version_id), None)
        if found is None:
            raise refusal(operation, "NoSuchVersion", "The specified version does not exist.", status=404)
        if found.body is None:
            raise refusal(operation, "MethodNotAllowed", "A delete marker cannot be read.", status=405)
        return found

    def _upload(self, request: dict[str, Any], operation: str) -> _Upload:
        self._require_bucket(request, operation)
        upload = self._uploads.get(request["UploadId"])
        if upload is None or upload.key != request["Key"]:
            raise refusal(operation, "NoSuchUpload", "The specified upload does not exist.", status=404)
        return upload

    def _require_bucket(self, request: dict[str, Any], operation: str) -> None:
        if request["Bucket"] != self._name:
            raise refusal(operation, "NoSuchBucket", "The specified bucket does not exist", status=404)


def _ranged(body: bytes, wanted: str | None, operation: str, *, exactly: bool = False) -> bytes:
    if wanted is None:
        return body
    match = _RANGE.fullmatch(wanted)
    if match is None:
        raise refusal(operation, "InvalidArgument", f"not a range that this bucket knows: {wanted}")
    first, last = int(match[1]), int(match[2])
    if first >= len(body):
        raise refusal(operation, "InvalidRange", "The requested range is not satisfiable", status=416)
    if exactly and last >= len(body):
        raise refusal(operation, "InvalidArgument", "Range specified is not valid for source object")
    return body[first : last + 1]


def _etag(body: bytes) -> str:
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


def _answer(**more: object) -> dict[str, Any]:
    return {**more, "ResponseMetadata": {"HTTPStatusCode": 200, "RetryAttempts": 0}}
