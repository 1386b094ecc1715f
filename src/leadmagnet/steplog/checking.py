"""Checks a document's bytes against what was recorded of them, while they pass by."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterable
from typing import Protocol

from leadmagnet.steplog.document import Document


class _Digest(Protocol):
    """What hashlib's objects do."""

    def update(self, data: memoryview, /) -> None: ...
    def digest(self) -> bytes: ...


class _Crc32:
    """CRC-32 with the methods of hashlib's objects."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: memoryview, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4)


class PassCheck:
    """Compares bytes that pass with recorded spans (size and digest) and the commas between them."""

    def __init__(self, spans: Iterable[tuple[int, bytes]], new_digest: Callable[[], _Digest]) -> None:
        self._spans = iter(spans)
        self._new_digest = new_digest
        self._left = 0
        self._expected: bytes | None = None
        self._digest = new_digest()
        self._empty = not self._next_span()
        self._good = True

    @classmethod
    def sha256(cls, document: Document) -> PassCheck:
        """Each segment by its SHA-256."""
        return cls(((s.size, s.sha256) for s in document.segments), hashlib.sha256)

    @classmethod
    def crc32(cls, document: Document) -> PassCheck:
        """Each group by its CRC-32: five times as fast, and as good against anything but a forger."""
        return cls(((p.group.size, p.group.crc32.to_bytes(4)) for p in document.placed()), _Crc32)

    @property
    def complete(self) -> bool:
        """Whether all that was recorded has passed, and nothing else."""
        return self._good and self._expected is None and next(self._spans, None) is None

    def feed(self, content: memoryview) -> bool:
        """Take the next bytes; False as soon as they cannot be right."""
        at = 0
        while self._good and at < len(content):
            if self._expected is None:
                # Between two spans stands one comma.
                self._good = not self._empty and content[at] == ord(",") and self._next_span()
                at += 1
                continue
            taken = content[at : at + self._left]
            self._digest.update(taken)
            self._left -= len(taken)
            at += len(taken)
            if self._left == 0:
                self._good = self._digest.digest() == self._expected
                self._expected = None
        return self._good

    def _next_span(self) -> bool:
        span = next(self._spans, None)
        if span is None:
            return False
        self._left, self._expected = span
        self._digest = self._new_digest()
        return True
