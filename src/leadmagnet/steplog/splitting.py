"""Cuts a JSON array that streams by into its elements, byte for byte, holding only one element at a time.

For documents that an older system wrote: their length, spacing and number of steps are not known beforehand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from leadmagnet.steplog.errors import StepsCorrupt

#: What can change the state of the scan, outside and inside of a string.
_OUTSIDE = re.compile(rb'["\[\]{},]')
_INSIDE = re.compile(rb'["\\]')
_SPACE = b" \t\r\n"


def array_elements(blocks: Iterable[bytes], *, job_id: str, key: str) -> Iterator[bytes]:
    """Each element's bytes, without the white space around it; StepsCorrupt if the blocks are no JSON array."""
    scan = _Scan()
    for block in blocks:
        yield from scan.feed(block)
    if not scan.complete:
        raise StepsCorrupt("The object is not one whole JSON array; restore it.", job_id=job_id, key=key)


class _Scan:
    """Where in the array we are, between two blocks."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._at = 0
        self._depth = 0
        self._in_string = False
        self._start = 0
        self._seen_element = False
        self._closed = False
        self._broken = False

    @property
    def complete(self) -> bool:
        return self._closed and not self._broken and not self._buffer[self._at :].strip(_SPACE)

    def feed(self, block: bytes) -> Iterator[bytes]:
        self._buffer += block
        while not self._closed and (found := self._next_mark()) is not None:
            element = self._step(found)
            if element is not None:
                yield element
        if self._depth:
            # What came before the element that is being read is never needed again.
            del self._buffer[: self._start]
            self._at -= self._start
            self._start = 0

    def _next_mark(self) -> int | None:
        """Where the next byte stands that matters; None if the block is used up."""
        match = (_INSIDE if self._in_string else _OUTSIDE).search(self._buffer, self._at)
        if match is None:
            self._at = len(self._buffer)
            return None
        at = match.start()
        if self._buffer[at : at + 1] == b"\\" and at + 1 >= len(self._buffer):
            self._at = at
            return None
        return at

    def _step(self, at: int) -> bytes | None:
        mark = self._buffer[at : at + 1]
        self._at = at + 1
        if self._in_string:
            if mark == b"\\":
                self._at = at + 2
            else:
                self._in_string = False
            return None
        if mark == b'"':
            self._in_string = True
        elif mark in b"[{":
            if self._depth == 0:
                self._broken = mark != b"[" or bool(self._buffer[:at].strip(_SPACE))
                self._start = at + 1
            self._depth += 1
        elif mark in b"]}":
            self._depth -= 1
            if self._depth == 0:
                self._closed = True
                return self._element(at, last=True)
        elif self._depth == 1:
            return self._element(at, last=False)
        return None

    def _element(self, end: int, *, last: bool) -> bytes | None:
        element = bytes(self._buffer[self._start : end].strip(_SPACE))
        self._start = end + 1
        if not element:
            # Only an empty array may end without an element.
            self._broken = self._broken or not last or self._seen_element
            return None
        self._seen_element = True
        return element
