"""What every operation of a step log works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from leadmagnet.steplog.limits import Limits
from leadmagnet.steplog.objects import LogObjects
from leadmagnet.steplog.reading import LogReader
from leadmagnet.steplog.table import LogTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Table, bucket, reader, limits, and a source of names, shared by all writers of one step log."""

    table: LogTable
    objects: LogObjects
    reader: LogReader
    limits: Limits
    #: Gives unique names in the order of time.
    new_id: Callable[[], str]
    #: Told of each log that moved to S3: its job, the document's key and bytes.
    on_offload: Callable[[str, str, int], None]
