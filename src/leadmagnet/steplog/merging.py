"""Keeps a tail short: small steps into a chunk, many references into a manifest, everything into the document.

Each of the three puts its S3 object first and then changes the tail in one conditional update, which does not
disturb appends. Losing a race to another writer is not an error: the tail got shorter all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import chain, groupby
from typing import Any

from leadmagnet.steplog import names
from leadmagnet.steplog.document import Document, Segment, SegmentBuilder
from leadmagnet.steplog.errors import NoRoom, Unavailable
from leadmagnet.steplog.item import ChunkRef, LogItem, ManifestRef, TailStep, document_cost
from leadmagnet.steplog.keys import document_key
from leadmagnet.steplog.objects import CopyOf, Written
from leadmagnet.steplog.parts import Parts
from leadmagnet.steplog.reading import Piece
from leadmagnet.steplog.table import Refused, TooLarge

#: Less than this is no room gained: the numbers on the item change their lengths.
_NOTICEABLE_BYTES = 64


class TailMerger:
    """Shortens tails."""

    def __init__(self, parts: Parts) -> None:
        self._table = parts.table
        self._objects = parts.objects
        self._reader = parts.reader
        self._limits = parts.limits
        self._new_id = parts.new_id

    def relieve(self, item: LogItem) -> None:
        """Make room in the tail of `item`, in the way that sends the fewest bytes; NoRoom if there is none to make."""
        if not item.tail:
            self._count_anew(item)
            return
        if self._merge_is_due(item):
            self.merge(item)
        elif not self._shorten(item, max(2, self._limits.tail_entries // 2)):
            # Many short runs, of small steps and of references in turns, or hardly anything in the tail at all.
            both, small = _longest_run(item, ChunkRef, TailStep), _longest_run(item, TailStep)
            if len(both) > 1:
                self._gather(item, both)
            elif small:
                self._flush(item, small)
            else:
                self.merge(item)

    def ease(self, item: LogItem) -> None:
        """Shorten a tail that is half full, if much is gained by it.

        A merge before its time makes a document that S3 cannot copy by itself, and a manifest of few chunks is hardly
        shorter than they are; both can wait until the tail is full.
        """
        if self._merge_is_due(item):
            self.merge(item)
        else:
            self._shorten(item, max(2, self._limits.tail_entries // 4))

    def _shorten(self, item: LogItem, many: int) -> bool:
        """Put `many` entries or more, or many bytes of small steps, into one object; False if no run is so long."""
        chunks, small = _longest_run(item, ChunkRef), _longest_run(item, TailStep)
        both = _longest_run(item, ChunkRef, TailStep)
        if len(chunks) >= many:
            self._gather(item, chunks)
        elif len(small) >= many or sum(item.tail[place].cost for place in small) >= self._limits.tail_bytes // 4:
            self._flush(item, small)
        elif len(both) >= max(3, many):
            self._gather(item, both)
        else:
            return False
        return True

    def _merge_is_due(self, item: LogItem) -> bool:
        return sum(entry.text_size for entry in item.tail) >= self._limits.merge_bytes

    def _count_anew(self, item: LogItem) -> None:
        """Put the item's own account of its size right if others' attributes shrank since; NoRoom if not."""
        if item.size + _NOTICEABLE_BYTES > item.tracked_size:
            raise no_room(item)
        with suppress(Refused):
            self._table.shorten_tail(item, epoch=self._new_id(), replaced={}, removed=(), freed=0, grown=0, document={})

    def _flush(self, item: LogItem, places: range) -> None:
        """Small steps, one after the other in the tail, become one chunk."""
        texts = [entry.text for entry in item.tail[places.start : places.stop] if isinstance(entry, TailStep)]
        chunk, written = self._objects.put_chunk(self._new_id(), texts, job_id=item.job_id)
        self._commit(item, written, places, entry=chunk.to_attribute(), entry_cost=chunk.cost)

    def _gather(self, item: LogItem, places: range) -> None:
        """References to chunks and small steps between them become a manifest that lists both."""
        entries = [entry for entry in item.tail[places.start : places.stop] if not isinstance(entry, ManifestRef)]
        manifest, written = self._objects.put_manifest(self._new_id(), entries, job_id=item.job_id)
        self._commit(item, written, places, entry=manifest.to_attribute(), entry_cost=manifest.cost)

    def is_newest(self, item: LogItem) -> bool:
        """Whether the document is what a reader gets who knows only its key."""
        return self._objects.is_newest(str(item.key), item.version_id, job_id=item.job_id)

    def merge(self, item: LogItem) -> None:
        """The document and the whole tail become a new document."""
        document, written = self._write_merged(item)
        pointer = {
            names.KEY: {"S": written.key},
            names.VERSION_ID: {"S": written.version_id},
            names.DOCUMENT: document.to_attribute(),
        }
        grown = document_cost(document) - document_cost(item.document)
        self._commit(item, written, range(len(item.tail)), pointer=pointer, grown=grown)

    def _write_merged(self, item: LogItem) -> tuple[Document, Written]:
        old, key = item.document or Document(()), document_key(item.job_id)
        tail_bytes = sum(entry.text_size for entry in item.tail)
        kept = Document(self._kept(old, tail_bytes))
        if item.version_id is not None and kept.size - 1 >= self._limits.part_bytes:
            segment = SegmentBuilder(old.size - kept.size + tail_bytes)
            copied = CopyOf(key=str(item.key), version_id=item.version_id, size=kept.size - 1)
            # Without a tail the same document is put again, above a version that somebody left there.
            comma = [b","] if item.tail else []
            pieces = chain(self._reader.pieces_after(item, kept), self._reader.tail_pieces(item))
            blocks = chain(comma, _noted(segment, pieces), [b"]"])
            written = self._objects.put_large(key, copied, blocks, job_id=item.job_id, supersedes=item.version_id)
            return Document(kept.segments if segment.empty else (*kept.segments, segment.build())), written
        pieces = chain(self._reader.document_pieces(item), self._reader.tail_pieces(item))
        return self.write(item, pieces, old.size + tail_bytes)

    def _kept(self, old: Document, new_bytes: int) -> tuple[Segment, ...]:
        """The first segments of `old`, which stay as they are; the others are joined with what is new.

        Each segment takes room on the item for ever. So a small one goes together with what comes after it once that
        has half its size: each byte is joined a few times at most, and few small segments are left at any time.
        """
        segments, size = list(old.segments), old.size
        while new_bytes and len(segments) > 1 and segments[-1].size < min(2 * new_bytes, self._limits.part_bytes):
            if size - segments[-1].size - 2 < self._limits.part_bytes:
                break
            last = segments.pop()
            new_bytes, size = new_bytes + last.size, size - last.size - 1
        return tuple(segments)

    def write(self, item: LogItem, pieces: Iterator[Piece], about_bytes: int) -> tuple[Document, Written]:
        """Write `pieces` as a new document of one segment; `about_bytes` decides how it is sent."""
        job_id, supersedes = item.job_id, item.version_id
        key = document_key(job_id)
        segment = SegmentBuilder(about_bytes)
        blocks = chain([b"["], _noted(segment, pieces), [b"]"])
        if about_bytes <= self._limits.upload_bytes:
            written = self._objects.put(key, b"".join(blocks), job_id=job_id, supersedes=supersedes)
        else:
            written = self._objects.put_large(key, None, blocks, job_id=job_id, supersedes=supersedes)
        return Document(() if segment.empty else (segment.build(),)), written

    def _commit(
        self,
        item: LogItem,
        written: Written,
        places: range,
        *,
        entry: Mapping[str, Any] | None = None,
        entry_cost: int = 0,
        pointer: Mapping[str, Any] | None = None,
        grown: int = 0,
    ) -> None:
        """Change the tail at `places` to `entry` (or to nothing), now that `written` is in S3."""
        epoch = self._new_id()
        freed = sum(item.tail[place].cost for place in places) - entry_cost
        try:
            self._table.shorten_tail(
                item,
                epoch=epoch,
                replaced={} if entry is None else {places.start: entry},
                removed=places if entry is None else places[1:],
                freed=freed,
                grown=grown,
                document=pointer or {},
            )
        except Refused as refused:
            # Refused at the first try: our object is in nobody's sight. After a retry it may be in use.
            if not refused.retried:
                self._objects.delete(written, job_id=item.job_id)
        except TooLarge:
            raise no_room(item) from None
        except Unavailable:
            if self._table.get(item.job_id).epoch != epoch:
                raise


def no_room(item: LogItem) -> NoRoom:
    """The error for an item that the attributes of others fill."""
    return NoRoom(
        f"The job's other attributes ({item.other} bytes) leave no room for its steps or a pointer to them; make "
        "them smaller, then send the steps again.",
        job_id=item.job_id,
    )


def _noted(segment: SegmentBuilder, pieces: Iterator[Piece]) -> Iterator[bytes]:
    for text, count in pieces:
        yield segment.add(text, count)


def _longest_run(item: LogItem, *kinds: type[ChunkRef] | type[TailStep]) -> range:
    """The places of the longest run of entries of these kinds."""
    runs = [range(0)]
    at = 0
    for same, run in groupby(item.tail, key=lambda entry: isinstance(entry, kinds)):
        length = len(list(run))
        if same:
            runs.append(range(at, at + length))
        at += length
    return max(runs, key=len)
