"""What a job's item alone says of its log."""

from __future__ import annotations

from typing import Any

from leadmagnet.steplog import jsontext
from leadmagnet.steplog.encoding import decode_attribute
from leadmagnet.steplog.item import LogItem, TailStep
from leadmagnet.steplog.values import Summary


def summary_of(item: LogItem) -> Summary:
    """The summary of the log that `item` describes; asks nobody for more."""
    if item.key is None and item.epoch is None:
        return _counted(item)
    known = item.epoch is not None
    return Summary(
        count=item.count if known else None,
        size_bytes=item.json_bytes + max(0, item.count - 1) + 2 if known else None,
        stored=item.stored,
        s3_key=item.key,
        version=item.version,
        last_step=_last_step(item),
    )


def _counted(item: LogItem) -> Summary:
    """The summary of an inline log that only older systems wrote: its list has to be counted."""
    return Summary(
        count=len(item.inline),
        size_bytes=len(jsontext.dumps(item.inline_steps())),
        stored="inline",
        s3_key=None,
        version=item.version,
        last_step=_last_step(item),
    )


def _last_step(item: LogItem) -> dict[str, Any] | None:
    if item.key is None:
        last = item.inline[-1] if item.inline else None
    else:
        entry = item.tail[-1] if item.tail else None
        last = entry.attribute if isinstance(entry, TailStep) else None
    return None if last is None else decode_attribute(last, job_id=item.job_id)
