"""The document's description finds and verifies what is in the document, and the splitter cuts where JSON says."""

from __future__ import annotations

import hashlib
import json
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.steplog.test_encoding import json_values

from leadmagnet.steplog import StepsCorrupt
from leadmagnet.steplog.document import Document, SegmentBuilder, whole_document
from leadmagnet.steplog.splitting import array_elements

TEXTS = st.lists(st.integers(0, 200_000).map(lambda size: b'{"n":"' + b"x" * size + b'"}'), max_size=12)


@given(texts=TEXTS)
def test_the_body_is_the_json_array_of_the_texts(texts: list[bytes]) -> None:
    document, body = whole_document(texts)
    assert body == b"[" + b",".join(texts) + b"]"
    assert (document.size, document.count) == (len(body), len(texts))


@given(texts=TEXTS)
def test_every_group_holds_whole_steps_where_it_says(texts: list[bytes]) -> None:
    document, body = whole_document(texts)
    for placed in document.placed():
        content = body[placed.offset : placed.offset + placed.group.size]
        assert content == b",".join(texts[placed.start : placed.start + placed.group.count])
        assert zlib.crc32(content) == placed.group.crc32


@given(texts=TEXTS, more=TEXTS)
def test_segments_that_follow_each_other_are_placed_after_their_comma(texts: list[bytes], more: list[bytes]) -> None:
    segments = []
    for part in (texts, more):
        builder = SegmentBuilder(sum(map(len, part)))
        for text in part:
            builder.add(text)
        if not builder.empty:
            segments.append(builder.build())
    document, body = Document(tuple(segments)), b"[" + b",".join(texts + more) + b"]"
    assert document.size == len(body)
    for placed in document.placed():
        assert zlib.crc32(body[placed.offset : placed.offset + placed.group.size]) == placed.group.crc32


@given(texts=TEXTS)
def test_a_segments_hash_is_that_of_its_bytes(texts: list[bytes]) -> None:
    document, body = whole_document(texts)
    if texts:
        assert document.segments[0].sha256 == hashlib.sha256(body[1:-1]).digest()


@given(texts=TEXTS)
def test_the_description_survives_the_way_through_an_attribute(texts: list[bytes]) -> None:
    document, _ = whole_document(texts)
    assert Document.from_attribute(document.to_attribute()) == document


def test_a_large_segment_is_described_in_few_bytes() -> None:
    builder = SegmentBuilder(100_000_000)
    for _ in range(10_000):
        builder.add(b"x" * 10_000)
    packed = Document((builder.build(),)).to_attribute()["M"]["segments"]["L"][0]["L"][3]["B"]
    assert len(packed) < 4_000


def _blocks(text: bytes, size: int) -> list[bytes]:
    return [text[at : at + size] for at in range(0, len(text), size)]


@given(
    array=st.lists(json_values(), max_size=8),
    size=st.integers(1, 40),
    indent=st.sampled_from([None, 0, 2]),
    ascii_only=st.booleans(),
)
def test_the_splitter_cuts_any_array_into_its_elements(
    array: list[Any], size: int, indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(array, indent=indent, ensure_ascii=ascii_only).encode()
    elements = list(array_elements(_blocks(b" \n" + text + b"\n", size), job_id="j", key="k"))
    assert [json.loads(element) for element in elements] == array


@pytest.mark.parametrize(
    "text",
    [b"", b"[", b'[{"a":1}', b"[1,]", b"[,1]", b"[1,,2]", b'{"a":1}', b"[1] [2]", b"x[1]", b"[1]x", b'["a]', b"1"],
)
def test_the_splitter_refuses_what_is_no_whole_array(text: bytes) -> None:
    with pytest.raises(StepsCorrupt):
        list(array_elements([text], job_id="j", key="k"))
