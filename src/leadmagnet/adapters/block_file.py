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
        for block in self._blocks:
            self._left += block
            if 0 <= size <= len(self._left):
                break
        taken = len(self._left) if size < 0 else size
        found = bytes(self._left[:taken])
        del self._left[:taken]
        return found
