"""Blocks of bytes as a file that can be read once, which is what boto3 uploads from."""

from __future__ import annotations

from collections.abc import Iterable


class BlockFile:
    """A readable file made of `blocks`; memory holds what one `read` asks for and one block."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self._left = bytearray()

    def read(self, size: int = -1) -> bytes:
        """The next `size` bytes, fewer at the end; all that is left for a negative size."""
        # Asked first whether it is needed: where blocks are larger than reads, they would pile up otherwise.
        while (size < 0 or len(self._left) < size) and (block := next(self._blocks, None)) is not None:
            self._left += block
        taken = len(self._left) if size < 0 else size
        found = bytes(self._left[:taken])
        del self._left[:taken]
        return found
