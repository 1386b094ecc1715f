"""A job and its execution steps as one JSON document, whose steps are passed through and never parsed."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from leadmagnet.api.parts import Record
from leadmagnet.steplog.errors import StepsMissing
from leadmagnet.steplog.jsontext import dumps

#: Up to here a record is read whole before the answer begins, so that a loss in its middle can still be
#: answered in form; above it, memory counts more, and a loss in the middle breaks the answer off.
COLLECT_LIMIT_BYTES = 4_000_000

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDocument:
    """The document's bytes, and whether the record was there. Not larger than `read_bytes` if `ended`."""

    blocks: Iterator[bytes]
    found: bool
    read_bytes: int
    ended: bool


def job_document(
    record: Record, job_id: str, attributes: Mapping[str, Any], *, collect_bytes: int = COLLECT_LIMIT_BYTES
) -> JobDocument:
    """The bytes of `attributes` with `execution_steps` added to them.

    A record whose S3 object is missing reads as `[]` and leaves an ERROR line in the log. What is missing is
    found out before this returns, not while the answer is being sent.
    """
    head = dumps(dict(attributes)).removesuffix(b"}") + b',"execution_steps":'
    try:
        rest = iter(record.stream())
        first, ended = up_to(collect_bytes, rest)
    except StepsMissing as error:
        log_missing_steps(error, job_id)
        return JobDocument(blocks=iter([head, b"[]}"]), found=False, read_bytes=len(head) + 3, ended=True)
    blocks = chain([head], first, rest, [b"}"])
    return JobDocument(blocks=blocks, found=True, read_bytes=len(head) + sum(map(len, first)) + 1, ended=ended)


def up_to(limit_bytes: int, blocks: Iterator[bytes]) -> tuple[list[bytes], bool]:
    """The blocks until the limit is passed, and whether there are no more; the iterator keeps the rest."""
    taken: list[bytes] = []
    size_bytes = 0
    for block in blocks:
        taken.append(block)
        size_bytes += len(block)
        if size_bytes > limit_bytes:
            return taken, False
    return taken, True


def log_missing_steps(error: StepsMissing, job_id: str) -> None:
    """Write the line that operators search for; its message is fixed by the contract."""
    facts = {"event": "steps_missing", "job_id": job_id, "key": error.key, "object_version": error.version}
    logger.error("Error loading execution_steps from S3", extra=facts)
