"""The step_ids that no longer fit on the item: pages in S3, each naming the one before it.

The item names only the newest page, so remembering every id for ever costs it 50 bytes. A page never changes, so
a writer reads each one once. Pages that are alike in size are joined, many at a time, so that there are few of them
however many ids there are: a million ids make some forty pages.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from leadmagnet.steplog import jsontext
from leadmagnet.steplog.errors import StepsCorrupt
from leadmagnet.steplog.keys import ID_LENGTH, ids_key
from leadmagnet.steplog.objects import LogObjects, Written
from leadmagnet.steplog.recent import Recent

#: Ids kept in memory by one writer, over all its jobs, 24 bytes each: 72 MB. A job of more steps costs a request for
#: each of its pages at every append.
_MOST_KEPT = 3_000_000
#: So many pages are joined into one, so each id is written three times at most.
_FAN = 16
#: A page that has reached this is not joined any more: it is 1.6 MB of JSON.
_MOST_IDS = 65_536


class PackedIds:
    """Digests and their indexes, sorted, in a fifth of the memory that a dict would take."""

    __slots__ = ("_digests", "_indexes")

    def __init__(self, ids: Mapping[str, int]) -> None:
        if any(len(digest) != ID_LENGTH for digest in ids):
            raise ValueError("a digest of another length")
        in_order = sorted(ids.items())
        self._digests = "".join(digest for digest, _ in in_order)
        self._indexes = array("Q", (index for _, index in in_order))

    def __len__(self) -> int:
        return len(self._indexes)

    def get(self, digest: str) -> int | None:
        """The index that `digest` stands for."""
        place = bisect_left(range(len(self)), digest, key=self._digest_at)
        return self._indexes[place] if place < len(self) and self._digest_at(place) == digest else None

    def unpacked(self) -> dict[str, int]:
        """All of them, by digest."""
        return {self._digest_at(place): index for place, index in enumerate(self._indexes)}

    def _digest_at(self, place: int) -> str:
        return self._digests[place * ID_LENGTH : (place + 1) * ID_LENGTH]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdsPage:
    """Ids, and the name of the page before them."""

    previous: str | None
    ids: PackedIds


class IdPages:
    """Writes pages of ids and looks ids up in them."""

    def __init__(self, *, objects: LogObjects) -> None:
        self._objects = objects
        self._pages: Recent[str, IdsPage] = Recent(_MOST_KEPT, weigh=lambda page: len(page.ids))

    def put(self, job_id: str, page_id: str, page: IdsPage) -> Written:
        """Store a page."""
        body = jsontext.dumps({"previous": page.previous, "ids": page.ids.unpacked()})
        return self._objects.put(ids_key(job_id, page_id), body, job_id=job_id)

    def find(self, job_id: str, newest: str | None, digest: str) -> int | None:
        """The index that `digest` stands for, from `newest` backwards; None if no page has it."""
        page_id = newest
        while page_id is not None:
            page = self._page(job_id, page_id)
            if (index := page.ids.get(digest)) is not None:
                return index
            page_id = page.previous
        return None

    def joined(self, job_id: str, ids: Mapping[str, int], newest: str | None) -> IdsPage:
        """The page to put for `ids`: they alone, or together with the pages before them if it is time to join those."""
        page = IdsPage(previous=newest, ids=PackedIds(ids))
        while len(page.ids) < _MOST_IDS:
            behind = self._behind(job_id, page.previous, _FAN - 1)
            if len(behind) < _FAN - 1 or any(len(each.ids) > len(page.ids) for each in behind):
                return page
            together = page.ids.unpacked()
            for each in behind:
                together |= each.ids.unpacked()
            page = IdsPage(previous=behind[-1].previous, ids=PackedIds(together))
        return page

    def _behind(self, job_id: str, page_id: str | None, most: int) -> list[IdsPage]:
        pages: list[IdsPage] = []
        while page_id is not None and len(pages) < most:
            pages.append(self._page(job_id, page_id))
            page_id = pages[-1].previous
        return pages

    def chain(self, job_id: str, newest: str | None) -> Iterator[str]:
        """The ids of all pages, from `newest` backwards; each was read when its id is given."""
        page_id = newest
        while page_id is not None:
            page = self._page(job_id, page_id)
            yield page_id
            page_id = page.previous

    def _page(self, job_id: str, page_id: str) -> IdsPage:
        if (known := self._pages.get(page_id)) is not None:
            return known
        key = ids_key(job_id, page_id)
        body = self._objects.fetch(key, None, job_id=job_id)
        try:
            page = jsontext.loads(body)
            read = IdsPage(previous=page["previous"], ids=PackedIds(page["ids"]))
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            raise StepsCorrupt(
                "A page of step ids is not what was written; restore the object.", job_id=job_id, key=key
            ) from error
        self._pages.put(page_id, read)
        return read
