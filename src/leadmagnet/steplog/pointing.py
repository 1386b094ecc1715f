"""Points a job's item at a document that was put: the commit of every write that moves steps to S3."""

from __future__ import annotations

from collections.abc import Callable

from leadmagnet.steplog.document import Document
from leadmagnet.steplog.errors import Unavailable
from leadmagnet.steplog.item import LogItem
from leadmagnet.steplog.objects import Written
from leadmagnet.steplog.parts import Parts
from leadmagnet.steplog.table import Refused, TooLarge


def point_at(parts: Parts, item: LogItem, document: Document, written: Written, commit: Callable[[], int]) -> int:
    """Carry out `commit`, which makes `item` name `written`; the version that it answers, and its errors.

    That the steps are in S3 now is told even if the answer was lost and only a look at the item shows it. The
    document is deleted only if the commit surely failed.
    """
    try:
        version = commit()
    except Refused as refused:
        if not refused.retried:
            parts.objects.delete(written, job_id=item.job_id)
        elif refused.item is not None and refused.item.version_id == written.version_id:
            parts.on_offload(item.job_id, written.key, document.size)
        raise
    except TooLarge:
        parts.objects.delete(written, job_id=item.job_id)
        raise
    except Unavailable:
        if parts.table.get(item.job_id).version_id == written.version_id:
            parts.on_offload(item.job_id, written.key, document.size)
        raise
    parts.on_offload(item.job_id, written.key, document.size)
    return version
