"""Blocks as a file: read in pieces of any size, with no more in memory than the piece and one block."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from leadmagnet.adapters.block_file import BlockFile

BLOCKS = (b"ab", b"", b"cdefgh", b"i")


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 9, 100])
def test_pieces_of_any_size_make_up_the_whole(size: int) -> None:
    file = BlockFile(BLOCKS)

    pieces = list(iter(lambda: file.read(size), b""))

    assert b"".join(pieces) == b"abcdefghi"
    assert [len(piece) for piece in pieces[:-1]] == [size] * (len(pieces) - 1)


def test_without_a_size_all_that_is_left_is_read() -> None:
    file = BlockFile(BLOCKS)

    assert (file.read(3), file.read(), file.read()) == (b"abc", b"defghi", b"")


def test_blocks_larger_than_what_is_read_do_not_pile_up() -> None:
    made = 0

    def blocks() -> Iterator[bytes]:
        nonlocal made
        for _ in range(10):
            made += 1
            yield bytes(100)

    file = BlockFile(blocks())
    for _ in range(10):
        file.read(10)

    assert made == 1
