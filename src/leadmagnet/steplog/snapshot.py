"""A log as one look at its job's item showed it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from leadmagnet.steplog.item import LogItem
from leadmagnet.steplog.reading import LogReader, check_page
from leadmagnet.steplog.summarising import summary_of
from leadmagnet.steplog.values import Page, Summary


class Snapshot:
    """A log's summary and steps from one request for the item, for whoever needs several of them, or the item itself.

    Steps in S3 are fetched when they are asked for. If they are gone by then, because the log was replaced and swept,
    the item is looked at again, and what it says now is answered.
    """

    def __init__(self, item: LogItem, *, reader: LogReader) -> None:
        self._item = item
        self._reader = reader

    @property
    def attributes(self) -> Mapping[str, Any]:
        """The whole item in wire form, with what others keep in it."""
        return self._item.attributes

    @property
    def summary(self) -> Summary:
        """Count, size, whereabouts, version and, if the item holds it, the last step."""
        return summary_of(self._item)

    def stream(self) -> Iterator[bytes]:
        """The steps as one JSON array in blocks of bytes, never more than a few of them in memory."""
        return self._reader.stream(self._item)

    def page(self, start: int = 0, limit: int = 50) -> Page:
        """Up to `limit` steps from index `start`. What it costs does not depend on the size of the log."""
        check_page(start, limit)
        return self._reader.page(self._item, start, limit)
