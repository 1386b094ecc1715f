"""Every object of every step log, or of every job's folder, version by version, in the order of their keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from leadmagnet.steplog.aws import AWS_ERRORS, Buckets, translated
from leadmagnet.steplog.errors import InvalidJobId
from leadmagnet.steplog.keys import PREFIX, checked_job_id
from leadmagnet.steplog.log_object import Kind, LogObject

_OURS = r"(?:(?P<document>execution_steps)|(?P<chunk>steps/[^/]+)|(?P<ids_page>ids/[^/]+))\.json"
#: What else lies under a job's folder (artifacts) was not put there by a step log.
_IN_FOLDER = re.compile(rf"{PREFIX}(?P<job_id>[^/]+)/(?:{_OURS}|(?P<file>.+))", re.DOTALL)


def log_objects(s3: Buckets, bucket: str) -> Iterator[LogObject]:
    """Those of step logs alone, newest first under each key; holds one page of 1,000 in memory."""
    return (found for found in folder_objects(s3, bucket) if found.kind != "file")


def folder_objects(s3: Buckets, bucket: str) -> Iterator[LogObject]:
    """Those of step logs, and everything else in the folders of jobs; as above."""
    newer: dict[str, Any] | None = None
    hidden = False
    for entry, following in _with_next(_entries(s3, bucket)):
        first = newer is None or newer["Key"] != entry["Key"]
        if first:
            newer, hidden = None, "Size" not in entry
        last = following is None or following["Key"] != entry["Key"]
        if (found := _log_object(entry, newer, is_alone=first and last, is_hidden=hidden)) is not None:
            yield found
        newer = entry


def _log_object(
    entry: dict[str, Any], newer: dict[str, Any] | None, *, is_alone: bool, is_hidden: bool
) -> LogObject | None:
    match = _IN_FOLDER.fullmatch(entry["Key"])
    if match is None:
        return None
    try:
        job_id = checked_job_id(match["job_id"])
    except InvalidJobId:
        return None
    kind: Kind = "document" if match["document"] else "chunk" if match["chunk"] else "ids_page"
    if match["file"]:
        kind = "file"
    return LogObject(
        job_id=job_id,
        key=entry["Key"],
        version_id=entry["VersionId"],
        kind=kind if "Size" in entry or kind == "file" else "delete_marker",
        size=entry.get("Size", 0),
        is_latest=entry["IsLatest"],
        is_alone=is_alone,
        is_hidden=is_hidden,
        since=(newer or entry)["LastModified"],
    )


def _entries(s3: Buckets, bucket: str) -> Iterator[dict[str, Any]]:
    """Versions and delete markers as S3 lists them."""
    where: dict[str, str] = {}
    while True:
        try:
            answer = s3.list_object_versions(Bucket=bucket, Prefix=PREFIX, **where)
        except AWS_ERRORS as error:
            raise translated(error, "s3:ListBucketVersions", job_id=None) from error
        # The client gives versions and markers in two lists; under each key the newest comes first.
        found = [*answer.get("Versions", ()), *answer.get("DeleteMarkers", ())]
        yield from sorted(found, key=_order)
        if not answer.get("IsTruncated"):
            return
        where = {"KeyMarker": answer["NextKeyMarker"], "VersionIdMarker": answer.get("NextVersionIdMarker") or ""}
        where = {name: marker for name, marker in where.items() if marker}


def _order(entry: dict[str, Any]) -> tuple[bytes, bool, float]:
    return entry["Key"].encode(), not entry["IsLatest"], -entry["LastModified"].timestamp()


def _with_next(entries: Iterator[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Each entry and the one after it."""
    entry = next(entries, None)
    while entry is not None:
        following = next(entries, None)
        yield entry, following
        entry = following
