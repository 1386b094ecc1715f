"""Names of S3 objects, and the short names under which step_ids are remembered."""

from __future__ import annotations

import base64
import hashlib
import os
import time
from datetime import UTC, datetime

from leadmagnet.steplog.errors import InvalidJobId, InvalidStep

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID_LENGTH = 26
#: The first characters of a ULID are its time; the rest is chance.
_ULID_TIME_LENGTH = 10
#: Everything this package puts in the bucket, and everything the sweeper looks at.
PREFIX = "jobs/"
#: S3 allows 1,024 bytes of UTF-8 in a key; the rest of ours is below 60.
_MOST_JOB_ID_BYTES = 900
#: Bytes of a step_id's digest: among a million ids of a job two agree with a chance of 1 in 10**17.
_ID_BYTES = 12
#: Characters of the digest as it is written.
ID_LENGTH = 16


def document_key(job_id: str) -> str:
    """Where the document of a job lies."""
    return f"{PREFIX}{checked_job_id(job_id)}/execution_steps.json"


def chunk_key(job_id: str, chunk_id: str) -> str:
    """Where a chunk (steps that the tail refers to) lies."""
    return f"{PREFIX}{checked_job_id(job_id)}/steps/{chunk_id}.json"


def ids_key(job_id: str, page_id: str) -> str:
    """Where a page of older step_ids lies."""
    return f"{PREFIX}{checked_job_id(job_id)}/ids/{page_id}.json"


def checked_job_id(job_id: str) -> str:
    """`job_id` itself; InvalidJobId if it cannot be part of an S3 key."""
    if not job_id:
        raise InvalidJobId("A job id must not be empty.", job_id=repr(job_id))
    if "/" in job_id or not job_id.isprintable() or job_id in (".", ".."):
        raise InvalidJobId("A job id may not hold '/', control characters or be '.' or '..'.", job_id=repr(job_id))
    try:
        size = len(job_id.encode("utf-8"))
    except UnicodeEncodeError:
        raise InvalidJobId("A job id must be valid Unicode.", job_id=repr(job_id)) from None
    if size > _MOST_JOB_ID_BYTES:
        raise InvalidJobId(f"A job id may have at most {_MOST_JOB_ID_BYTES} bytes.", job_id=job_id[:40] + "...")
    return job_id


def id_digest(step_id: str, *, job_id: str) -> str:
    """The name under which `step_id` is remembered: 16 characters whatever its length."""
    if not step_id:
        raise InvalidStep("A step_id must not be empty; nothing was written.", job_id=job_id)
    try:
        digest = hashlib.sha256(step_id.encode("utf-8")).digest()[:_ID_BYTES]
    except UnicodeEncodeError:
        raise InvalidStep("A step_id must be valid Unicode; nothing was written.", job_id=job_id) from None
    return base64.urlsafe_b64encode(digest).decode("ascii")


def new_id() -> str:
    """A ULID (https://github.com/ulid/spec): 26 characters, unique, ordered by time."""
    number = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


def time_of(ulid: str) -> datetime | None:
    """When `ulid` was made, by its maker's clock; None if it is no ULID (names may come from elsewhere)."""
    if len(ulid) != _ULID_LENGTH or not set(ulid) <= set(_CROCKFORD):
        return None
    milliseconds = 0
    for character in ulid[:_ULID_TIME_LENGTH]:
        milliseconds = milliseconds << 5 | _CROCKFORD.index(character)
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
