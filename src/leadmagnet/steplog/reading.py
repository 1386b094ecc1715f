"""Reads a log from wherever it lives: whole, as a stream of JSON, or a page of it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Any, TypeVar

from leadmagnet.steplog import jsontext, names
from leadmagnet.steplog.checking import PassCheck
from leadmagnet.steplog.document import Document, Placed
from leadmagnet.steplog.encoding import decode_steps
from leadmagnet.steplog.errors import StepsCorrupt, StepsMissing
from leadmagnet.steplog.item import ChunkRef, Listed, ListedStep, LogItem, ManifestRef, TailEntry, TailStep
from leadmagnet.steplog.objects import LogObjects, Opened
from leadmagnet.steplog.table import LogTable
from leadmagnet.steplog.values import Page

Result = TypeVar("Result")
Entry = TypeVar("Entry", TailEntry, Listed)

#: What makes the check of a document's bytes.
NewCheck = Callable[[Document], PassCheck]
#: A piece of a log: the JSON of `count` steps, joined by commas.
Piece = tuple[bytes, int]


class LogReader:
    """The reading side of a step log. Holds nothing between calls."""

    def __init__(self, *, table: LogTable, objects: LogObjects) -> None:
        self._table = table
        self._objects = objects

    def look_at(self, job_id: str) -> LogItem:
        """The item as it is now."""
        return self._table.get(job_id)

    def read(self, item: LogItem) -> list[dict[str, Any]]:
        """All steps, in order."""
        return self._by(item, self._read)

    def stream(self, item: LogItem) -> Iterator[bytes]:
        """The steps as one JSON array, in blocks; what lies in S3 is passed on without being parsed.

        The document is opened before this returns, so that a missing one is met here and not halfway.
        """
        return self._by(item, self._stream)

    def page(self, item: LogItem, start: int, limit: int) -> Page:
        """Up to `limit` steps from index `start`; only the bytes that hold them are fetched."""
        return self._by(item, lambda item: self._page(item, start, limit))

    def step_at(self, item: LogItem, index: int) -> dict[str, Any] | None:
        """The step at `index` of the log that `item` describes, or None past its end."""
        steps = self._page(item, index, 1).steps
        return steps[0] if steps else None

    def _by(self, item: LogItem, read: Callable[[LogItem], Result]) -> Result:
        """Read by the item as it was seen; if an object is gone, believe it only if the item still names it."""
        try:
            result = read(item)
            if item.key is None or item.version_id is not None:
                return result
            # An older system's pointer means the newest version. A writer of ours names the one that is meant
            # before it puts another: if it has, we may have read a document that is not committed.
            fresh = self._table.get(item.job_id)
            return result if fresh.key == item.key and fresh.version_id is None else read(fresh)
        except StepsMissing:
            fresh = self._table.get(item.job_id)
            if fresh.epoch == item.epoch and fresh.version_id == item.version_id and fresh.key == item.key:
                raise
            return read(fresh)

    def _read(self, item: LogItem) -> list[dict[str, Any]]:
        if item.key is None:
            return item.inline_steps()
        return self._parsed(b"".join(self.open(item, PassCheck.sha256).blocks), item)

    def _parsed(self, text: bytes, item: LogItem) -> list[dict[str, Any]]:
        try:
            steps = jsontext.loads(text)
        except (ValueError, RecursionError) as error:
            raise self._corrupt(item, f"The steps are not JSON ({error})") from error
        if not isinstance(steps, list):
            raise self._corrupt(item, "The steps are not a JSON array")
        return steps

    def _stream(self, item: LogItem) -> Iterator[bytes]:
        if item.key is None:
            return iter([jsontext.dumps(item.inline_steps())])
        return self.open(item).blocks

    def open(self, item: LogItem, new_check: NewCheck = PassCheck.crc32) -> Opened:
        """An offloaded log as a stream, its tail included; the size is about that of all."""
        opened = self._objects.open(str(item.key), item.version_id, job_id=item.job_id)
        if item.document is None:
            return opened
        size = opened.size + sum(entry.text_size for entry in item.tail)
        return replace(opened, size=size, blocks=self._joined(item, item.document, opened, new_check))

    def _joined(self, item: LogItem, document: Document, opened: Opened, new_check: NewCheck) -> Iterator[bytes]:
        yield b"["
        yield from self._content(item, document, opened, new_check)
        comma = b"," if document.count else b""
        for piece, _ in self.tail_pieces(item):
            yield comma + piece
            comma = b","
        yield b"]"

    def _content(self, item: LogItem, document: Document, opened: Opened, new_check: NewCheck) -> Iterator[bytes]:
        """The document's bytes between its brackets, checked as they pass."""
        check = new_check(document)
        at = 0
        for block in opened.blocks:
            first = 1 if at == 0 else 0
            at += len(block)
            last = len(block) - max(0, at - (document.size - 1))
            if not check.feed(memoryview(block)[first:last]):
                break
            yield block if (first, last) == (0, len(block)) else block[first:last]
        if at != document.size or not check.complete:
            raise self._corrupt(item, "The document's bytes are not those that were recorded")

    def document_pieces(self, item: LogItem) -> Iterator[Piece]:
        """The document's steps as verified pieces, one for each of its groups; memory holds the whole document."""
        if item.key is None or item.document is None:
            return
        opened = self._objects.open(item.key, item.version_id, job_id=item.job_id)
        content = b"".join(chain([b"["], self._content(item, item.document, opened, PassCheck.sha256)))
        for placed in item.document.placed():
            yield content[placed.offset : placed.offset + placed.group.size], placed.group.count

    def pieces_after(self, item: LogItem, kept: Document) -> Iterator[Piece]:
        """The document's steps after those of `kept`, its first segments, as verified pieces."""
        if item.document is None or kept.count == item.document.count:
            return
        wanted = [placed for placed in item.document.placed() if placed.start >= kept.count]
        byte_range = (wanted[0].offset, item.document.size - 2)
        text = self._objects.fetch_range(str(item.key), item.version_id, byte_range, job_id=item.job_id)
        for placed in wanted:
            self._check_group(item, placed, text, wanted[0].offset)
            begin = placed.offset - wanted[0].offset
            yield text[begin : begin + placed.group.size], placed.group.count

    def tail_pieces(self, item: LogItem) -> Iterator[Piece]:
        """The steps after the document as verified pieces, one fetched after the other."""
        for entry in item.tail:
            yield from self._entry_pieces(item, entry)

    def _entry_pieces(self, item: LogItem, entry: TailEntry | Listed) -> Iterator[Piece]:
        match entry:
            case TailStep() | ListedStep():
                yield entry.text, 1
            case ChunkRef():
                yield self._objects.fetch_chunk(entry, job_id=item.job_id), entry.count
            case ManifestRef():
                for listed in self._objects.fetch_manifest(entry, job_id=item.job_id):
                    yield from self._entry_pieces(item, listed)

    def _page(self, item: LogItem, start: int, limit: int) -> Page:
        if item.key is None:
            steps = decode_steps(item.inline[start : start + limit], job_id=item.job_id)
            return _sliced(steps, start, len(item.inline))
        if item.document is None:
            everything = self._read(item)
            return _sliced(everything[start : start + limit], start, len(everything))
        in_document, in_tail = item.document.count, sum(entry.count for entry in item.tail)
        steps = []
        if start < in_document:
            steps += self._from_document(item, item.document, start, min(start + limit, in_document))
        if start + limit > in_document:
            steps += self._from_tail(item, max(0, start - in_document), start + limit - in_document)
        return _sliced(steps, start, in_document + in_tail)

    def _from_document(self, item: LogItem, document: Document, start: int, end: int) -> list[dict[str, Any]]:
        """Steps `start` to `end` (not included) by one request for the range of the groups that hold them."""
        wanted = [p for p in document.placed() if p.start < end and p.start + p.group.count > start]
        first, last = wanted[0], wanted[-1]
        byte_range = (first.offset, last.offset + last.group.size - 1)
        text = self._objects.fetch_range(str(item.key), item.version_id, byte_range, job_id=item.job_id)
        for placed in wanted:
            self._check_group(item, placed, text, first.offset)
        steps = self._parsed(b"[" + text + b"]", item)
        return steps[start - first.start : end - first.start]

    def _check_group(self, item: LogItem, placed: Placed, text: bytes, offset: int) -> None:
        begin = placed.offset - offset
        if zlib.crc32(text[begin : begin + placed.group.size]) != placed.group.crc32:
            raise self._corrupt(item, "A part of the document is not what was recorded")

    def _from_tail(self, item: LogItem, start: int, end: int) -> list[dict[str, Any]]:
        """Steps `start` to `end` (not included) of the tail."""
        steps: list[dict[str, Any]] = []
        for first, entry in self._tail_between(item, start, end):
            if isinstance(entry, ChunkRef):
                found = self._parsed(b"[" + self._objects.fetch_chunk(entry, job_id=item.job_id) + b"]", item)
            else:
                found = [jsontext.loads(entry.text)]
            steps += found[max(0, start - first) : end - first]
        return steps

    def _tail_between(self, item: LogItem, start: int, end: int) -> Iterator[tuple[int, TailStep | Listed]]:
        for first, entry in _between(item.tail, 0, start, end):
            if isinstance(entry, ManifestRef):
                yield from _between(self._objects.fetch_manifest(entry, job_id=item.job_id), first, start, end)
            else:
                yield first, entry

    @staticmethod
    def _corrupt(item: LogItem, what: str) -> StepsCorrupt:
        return StepsCorrupt(
            f"{what}; restore the object from a backup.",
            job_id=item.job_id,
            key=item.key or names.STEPS,
            version=item.version_id,
        )


def check_page(start: int, limit: int) -> None:
    """ValueError for a page that cannot be."""
    if start < 0 or limit < 1:
        raise ValueError(f"a page starts at 0 or above and has 1 step or more, not start={start} limit={limit}")


def _between(entries: Iterable[Entry], at: int, start: int, end: int) -> Iterator[tuple[int, Entry]]:
    """The entries that hold steps `start` to `end` (not included), with the index of their first step."""
    for entry in entries:
        if at < end and at + entry.count > start:
            yield at, entry
        at += entry.count


def _sliced(steps: list[dict[str, Any]], start: int, count: int) -> Page:
    end = start + len(steps)
    return Page(steps=steps, start=start, count=count, next_start=end if steps and end < count else None)
