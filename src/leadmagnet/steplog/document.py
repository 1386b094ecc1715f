"""The document in S3 as the item describes it: segments that can be verified, cut into groups that can be found.

The document is ``[`` segment ``,`` segment ... ``]``; a segment is steps joined by commas. A segment is what one
write added; when S3 copies the old bytes into a new document by itself, the old segments stay valid, hash and all,
without having been read. Each segment is divided into groups of whole steps, so that a page finds its byte range.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: A segment has about this many groups: an item holds some 300 bytes for 5 MB of steps, whatever their number.
_GROUPS = 32
#: Smaller groups would cost room on the item and save nothing: one request fetches this much as fast as less.
_LEAST_GROUP_BYTES = 64 * 1024
#: Larger groups would make a page fetch much that it does not show ...
_LARGE_GROUP_BYTES = 256 * 1024
#: ... but a segment of many gigabytes must not fill the item with its index (about 8 bytes a group).
_MOST_GROUPS = 4096


@dataclass(frozen=True, slots=True)
class Group:
    """A run of whole steps inside a segment: its bytes (inner commas included), steps and CRC-32."""

    size: int
    count: int
    crc32: int


@dataclass(frozen=True, slots=True)
class Segment:
    """What one write added to the document."""

    size: int
    count: int
    sha256: bytes
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """A group and where it lies: first byte in the document, first step in the log."""

    group: Group
    offset: int
    start: int


@dataclass(frozen=True, slots=True)
class Document:
    """The whole document; `size` counts its brackets and commas too."""

    segments: tuple[Segment, ...]

    @property
    def size(self) -> int:
        """Bytes of the S3 object."""
        return 2 + sum(segment.size for segment in self.segments) + max(0, len(self.segments) - 1)

    @property
    def count(self) -> int:
        """Number of steps."""
        return sum(segment.count for segment in self.segments)

    def placed(self) -> Iterator[Placed]:
        """Every group with its place, in order."""
        offset, start = 1, 0
        for segment in self.segments:
            for group in segment.groups:
                yield Placed(group, offset, start)
                offset += group.size + 1
                start += group.count

    def to_attribute(self) -> dict[str, Any]:
        """The `execution_steps_doc` attribute in wire form."""
        segments = [
            {"L": [{"N": str(s.size)}, {"N": str(s.count)}, {"B": s.sha256}, {"B": _pack(s.groups)}]}
            for s in self.segments
        ]
        return {"M": {"bytes": {"N": str(self.size)}, "count": {"N": str(self.count)}, "segments": {"L": segments}}}

    @classmethod
    def from_attribute(cls, attribute: Mapping[str, Any]) -> Document:
        """The document that `attribute` (as `to_attribute` made it) describes."""
        return cls(
            tuple(
                Segment(int(size["N"]), int(count["N"]), bytes(sha256["B"]), _unpack(bytes(groups["B"])))
                for size, count, sha256, groups in (s["L"] for s in attribute["M"]["segments"]["L"])
            )
        )


class SegmentBuilder:
    """Describes a segment while its pieces pass by; holds none of them.

    A piece is the JSON of one step, or of several joined by commas. `total_bytes` is roughly what is to come: it
    decides the size of the groups.
    """

    def __init__(self, total_bytes: int) -> None:
        wanted = min(max(_LEAST_GROUP_BYTES, total_bytes // _GROUPS), _LARGE_GROUP_BYTES)
        self._target = max(wanted, total_bytes // _MOST_GROUPS)
        self._sha256 = hashlib.sha256()
        self._groups: list[Group] = []
        self._size = self._count = 0
        self._group_size = self._group_count = self._crc32 = 0

    @property
    def empty(self) -> bool:
        """Whether nothing has passed yet."""
        return self._count == 0

    def add(self, piece: bytes, count: int = 1) -> bytes:
        """Take note of `piece` (`count` steps) and give back the bytes to write: a comma first, if one is due."""
        comma = b"," if self._count else b""
        if self._group_count and self._group_size + len(piece) > self._target:
            self._close_group()
        self._sha256.update(comma)
        self._sha256.update(piece)
        group_comma = comma if self._group_count else b""
        self._crc32 = zlib.crc32(piece, zlib.crc32(group_comma, self._crc32))
        self._group_size += len(group_comma) + len(piece)
        self._group_count += count
        self._size += len(comma) + len(piece)
        self._count += count
        return comma + piece

    def build(self) -> Segment:
        """The segment of all that passed."""
        if self._group_count:
            self._close_group()
        return Segment(self._size, self._count, self._sha256.digest(), tuple(self._groups))

    def _close_group(self) -> None:
        self._groups.append(Group(self._group_size, self._group_count, self._crc32))
        self._group_size = self._group_count = self._crc32 = 0


def whole_document(texts: Sequence[bytes]) -> tuple[Document, bytes]:
    """The document of the given steps' JSON, and its bytes."""
    builder = SegmentBuilder(sum(map(len, texts)))
    body = b"".join([b"[", *(builder.add(text) for text in texts), b"]"])
    return Document(() if builder.empty else (builder.build(),)), body


def _pack(groups: Iterable[Group]) -> bytes:
    """Groups as bytes: size and count as LEB128, then the CRC; about 8 bytes each."""
    packed = bytearray()
    for group in groups:
        for number in (group.size, group.count):
            rest = number
            while rest > 0x7F:
                packed.append(rest & 0x7F | 0x80)
                rest >>= 7
            packed.append(rest)
        packed += group.crc32.to_bytes(4)
    return bytes(packed)


def _unpack(packed: bytes) -> tuple[Group, ...]:
    groups, at = [], 0
    while at < len(packed):
        size, at = _number_at(packed, at)
        count, at = _number_at(packed, at)
        groups.append(Group(size, count, int.from_bytes(packed[at : at + 4])))
        at += 4
    return tuple(groups)


def _number_at(packed: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while packed[at] > 0x7F:
        number |= (packed[at] & 0x7F) << shift
        shift += 7
        at += 1
    return number | packed[at] << shift, at + 1
