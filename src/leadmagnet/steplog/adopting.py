"""Brings a log that an older system wrote into our form, before the first write to it.

Reading never needs this: older items read the same as ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from leadmagnet.steplog import names
from leadmagnet.steplog.document import Document, whole_document
from leadmagnet.steplog.item import BOOKKEEPING_BYTES, ID_BYTES, LogItem, document_cost
from leadmagnet.steplog.keys import document_key
from leadmagnet.steplog.limits import Limits
from leadmagnet.steplog.merging import TailMerger, no_room
from leadmagnet.steplog.objects import Written
from leadmagnet.steplog.parts import Parts
from leadmagnet.steplog.pointing import point_at
from leadmagnet.steplog.reading import Piece
from leadmagnet.steplog.sizes import utf8_size
from leadmagnet.steplog.splitting import array_elements
from leadmagnet.steplog.table import Refused, TooLarge


class Adopter:
    """Writes our bookkeeping onto items that have none, or whose steps an older system changed since."""

    def __init__(self, parts: Parts, *, merger: TailMerger) -> None:
        self._parts = parts
        self._limits = parts.limits
        self._table = parts.table
        self._objects = parts.objects
        self._reader = parts.reader
        self._new_id = parts.new_id
        self._merger = merger

    def adopt_inline(self, item: LogItem) -> None:
        """Count what the inline list holds; the list itself is left as it is."""
        texts = item.inline_texts()
        attributes = log_attributes(
            epoch=self._new_id(),
            count=len(texts),
            json_bytes=sum(map(len, texts)),
            held=item.held,
            item_bytes=item.other + item.held + BOOKKEEPING_BYTES,
        )
        if "L" not in item.attributes.get(names.STEPS, {}):
            attributes[names.STEPS] = {"L": []}
        self._commit(item, attributes, keep=(names.STEPS,))

    def adopt_offloaded(self, item: LogItem) -> None:
        """Write the document anew, with its index and hashes; the old object stays for those who read it.

        An item of ours to which somebody added a list comes here too: its tail and its ids are kept.
        """
        require_room(item, Document(()), self._limits)
        try:
            item = self.pinned(item)
        except Refused:
            return
        opened = self._reader.open(item)
        measured = _Measured(array_elements(opened.blocks, job_id=item.job_id, key=str(item.key)))
        document, written = self._merger.write(item, iter(measured), opened.size)
        attributes = offloaded_attributes(
            document,
            written,
            epoch=self._new_id(),
            json_bytes=measured.bytes,
            other=item.other,
            ids=item.ids if item.document is not None else None,
            ids_page=item.ids_page if item.document is not None else None,
        )
        self._commit(item, attributes, written=written)

    def offload(self, item: LogItem) -> None:
        """Move the inline steps into a document; their ids stay known if they are sure to fit the list."""
        texts = item.inline_texts()
        document, body = whole_document(texts)
        require_room(item, document, self._limits)
        written = self._objects.put(document_key(item.job_id), body, job_id=item.job_id)
        attributes = offloaded_attributes(
            document,
            written,
            epoch=self._new_id(),
            json_bytes=sum(map(len, texts)),
            other=item.other,
            ids=item.ids if item.adopted else None,
            ids_page=item.ids_page if item.adopted else None,
        )
        try:
            point_at(self._parts, item, document, written, lambda: self._table.rewrite(item, attributes))
        except Refused:
            # Another writer was first; the caller looks at the item again.
            return
        except TooLarge:
            raise no_room(item) from None

    def pinned(self, item: LogItem) -> LogItem:
        """`item` with a pointer that names its version, so that a document of ours can be put beside the old one.

        Older systems name only the key, which means the newest version: what we put there would be read at once,
        committed or not. Raises Refused if another writer was first; then the item has to be looked at again.
        """
        if item.key is None or item.version_id is not None:
            return item
        self._objects.require_versioning(job_id=item.job_id)
        newest = self._objects.newest_version(item.key, job_id=item.job_id)
        if newest is None:
            return item
        try:
            self._table.pin(item, newest)
        except TooLarge:
            raise no_room(item) from None
        return LogItem(item.job_id, {**item.attributes, names.VERSION_ID: {"S": newest}})

    def _commit(
        self,
        item: LogItem,
        attributes: Mapping[str, Any],
        *,
        keep: tuple[str, ...] = (),
        written: Written | None = None,
    ) -> None:
        try:
            self._table.rewrite(item, attributes, keep=keep)
        except Refused as refused:
            # Another writer was first; the caller looks at the item again.
            if written is not None and not refused.retried:
                self._objects.delete(written, job_id=item.job_id)
        except TooLarge:
            if written is None:
                # The steps can still move out of the item.
                raise
            raise no_room(item) from None


class _Measured:
    """Elements as pieces of one step each, their bytes added up as they pass."""

    def __init__(self, elements: Iterator[bytes]) -> None:
        self._elements = elements
        self.bytes = 0

    def __iter__(self) -> Iterator[Piece]:
        for element in self._elements:
            self.bytes += len(element)
            yield element, 1


def log_attributes(
    *,
    epoch: str,
    count: int,
    json_bytes: int,
    held: int,
    item_bytes: int,
    ids: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The bookkeeping that every log has, in wire form."""
    return {
        names.COUNT: {"N": str(count)},
        names.JSON_BYTES: {"N": str(json_bytes)},
        names.HELD: {"N": str(held)},
        names.ITEM: {"N": str(item_bytes)},
        names.EPOCH: {"S": epoch},
        names.IDS: {"M": ids or {}},
    }


def require_room(item: LogItem, document: Document, limits: Limits, *, ids: int = 0) -> None:
    """NoRoom unless a pointer to `document` and so many ids fit on the item beside the attributes of others."""
    pointer = document_cost(document) + utf8_size(item.job_id) + ID_BYTES * ids
    if item.other + BOOKKEEPING_BYTES + pointer > limits.item_bytes:
        raise no_room(item)


def offloaded_attributes(
    document: Document,
    written: Written,
    *,
    epoch: str,
    json_bytes: int,
    other: int,
    ids: Mapping[str, Any] | None = None,
    ids_page: str | None = None,
) -> dict[str, Any]:
    """Everything on the item of an offloaded log with an empty tail, in wire form."""
    ids_bytes = ID_BYTES * len(ids or {})
    attributes = log_attributes(
        epoch=epoch,
        count=document.count,
        json_bytes=json_bytes,
        held=0,
        item_bytes=other + BOOKKEEPING_BYTES + utf8_size(written.key) + document_cost(document) + ids_bytes,
        ids=ids,
    )
    attributes |= {
        names.KEY: {"S": written.key},
        names.VERSION_ID: {"S": written.version_id},
        names.DOCUMENT: document.to_attribute(),
        names.TAIL: {"L": []},
    }
    if ids_page is not None:
        attributes[names.IDS_PAGE] = {"S": ids_page}
    return attributes
