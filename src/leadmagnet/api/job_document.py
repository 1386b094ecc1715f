"""A job and its execution steps as one JSON document, whose steps are passed through and never parsed."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from leadmagnet.api.parts import StepReader
from leadmagnet.steplog.errors import StepsMissing
from leadmagnet.steplog.jsontext import dumps

#: Up to here a record is read whole before the answer begins, so that a loss in its middle can still be
#: answered in form; above it, memory counts more, and a loss in the middle breaks the answer off.
COLLECT_LIMIT_BYTES = 4_000_000

logger = logging.getLogger(__name__)


def job_document(reader: StepReader, job_id: str, attributes: Mapping[str, Any]) -> Iterator[bytes]:
    """The bytes of `attributes` with `execution_steps` added to them.

    A record whose S3 object is missing reads as `[]` and leaves an ERROR line in the log. What is missing is
    found out before this returns, not while the answer is being sent.
    """
    head = dumps(attributes).removesuffix(b"}") + b',"execution_steps":'
    return chain([head], _steps(reader, job_id), [b"}"])


def _steps(reader: StepReader, job_id: str) -> Iterator[bytes]:
    try:
        chunks = iter(reader.stream(job_id))
        first = list(_up_to(COLLECT_LIMIT_BYTES, chunks))
    except StepsMissing as error:
        log_missing_steps(error, job_id)
        return iter([b"[]"])
    return chain(first, chunks)


def _up_to(limit_bytes: int, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks until the limit is passed; the iterator keeps the rest."""
    size_bytes = 0
    for chunk in chunks:
        yield chunk
        size_bytes += len(chunk)
        if size_bytes > limit_bytes:
            return


def log_missing_steps(error: StepsMissing, job_id: str) -> None:
    """Write the line that operators search for; its beginning is fixed by the contract."""
    logger.error(
        "Error loading execution_steps from S3 key=%s version=%s job_id=%s",
        error.key,
        error.version,
        job_id,
        extra={"event": "steps_missing", "key": error.key, "job_id": job_id},
    )
