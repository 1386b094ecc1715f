"""However many ids a job has, a few pages hold them, and a writer that knows them asks S3 for nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.steplog.simulation.s3 import MemoryBucket
from tests.steplog.test_cost import Meter

from leadmagnet.steplog import StepsCorrupt
from leadmagnet.steplog.idpages import IdPages, PackedIds
from leadmagnet.steplog.keys import id_digest, ids_key
from leadmagnet.steplog.objects import LogObjects

_IDS = st.dictionaries(st.text("abcXYZ-_019", min_size=16, max_size=16), st.integers(0, 2**63), max_size=30)


@given(ids=_IDS, other=st.text("abcXYZ-_019", min_size=16, max_size=16))
def test_packed_ids_are_the_ids(ids: dict[str, int], other: str) -> None:
    packed = PackedIds(ids)
    assert packed.unpacked() == ids
    assert len(packed) == len(ids)
    assert [packed.get(digest) for digest in (*ids, other)] == [ids.get(digest) for digest in (*ids, other)]


def _filled(pages: IdPages, turns: int) -> str:
    newest = None
    for turn in range(turns):
        ids = {id_digest(f"{turn}-{n}", job_id="j"): turn * 4 + n for n in range(4)}
        page = pages.joined("j", ids, newest)
        newest = f"page-{turn:06d}"
        pages.put("j", newest, page)
    return str(newest)


def test_pages_are_joined_so_that_few_are_left_and_every_id_is_found() -> None:
    s3 = Meter(MemoryBucket("bucket", part_bytes=1))
    newest = _filled(IdPages(objects=LogObjects(s3=s3, bucket="bucket", upload_bytes=1)), turns=1_000)
    fresh = IdPages(objects=LogObjects(s3=s3, bucket="bucket", upload_bytes=1))
    assert len(list(fresh.chain("j", newest))) <= 3 * 15
    # Each id is written three times at most: alone, with 16 and with 256 turns of them.
    assert s3.body_bytes <= 3 * 4_000 * 30
    fetched = s3.fetches
    for turn in range(1_000):
        assert fresh.find("j", newest, id_digest(f"{turn}-2", job_id="j")) == turn * 4 + 2
    assert fresh.find("j", newest, id_digest("never", job_id="j")) is None
    assert s3.fetches == fetched


def test_a_page_that_is_not_what_was_written_is_said_with_its_job_and_key() -> None:
    bucket = MemoryBucket("bucket", part_bytes=1)
    for body in (
        b"[]",
        b"{",
        b'{"previous": null, "ids": {"short": 1}}',
        b'{"previous": null, "ids": {"aaaaaaaaaaaaaaaa": -1}}',
    ):
        bucket.put_object(Bucket="bucket", Key=ids_key("j", "page"), Body=body)
        pages = IdPages(objects=LogObjects(s3=bucket, bucket="bucket", upload_bytes=1))
        with pytest.raises(StepsCorrupt) as corrupt:
            pages.find("j", "page", "a" * 16)
        assert (corrupt.value.job_id, corrupt.value.key) == ("j", ids_key("j", "page"))
