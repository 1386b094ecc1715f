"""The step_ids that no longer fit on the item: pages in S3, each naming the one before it.

The item names only the newest page, so remembering every id for ever costs it 50 bytes. A page never changes, so
a writer reads each one once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leadmagnet.steplog import jsontext
from leadmagnet.steplog.errors import StepsCorrupt
from leadmagnet.steplog.keys import ids_key
from leadmagnet.steplog.objects import LogObjects, Written
from leadmagnet.steplog.recent import Recent

#: Pages kept in memory by one writer, over all its jobs: at 256 ids each about 80 MB, which only a writer has that
#: goes through half a million steps. A job with more costs a request for each page at every append.
_MOST_PAGES = 2048


class IdPages:
    """Writes pages of ids and looks ids up in them."""

    def __init__(self, *, objects: LogObjects) -> None:
        self._objects = objects
        self._pages: Recent[str, tuple[str | None, Mapping[str, int]]] = Recent(_MOST_PAGES)

    def put(self, job_id: str, page_id: str, ids: Mapping[str, int], previous: str | None) -> Written:
        """Store `ids` (digest to index) as a page that follows `previous`."""
        body = jsontext.dumps({"previous": previous, "ids": ids})
        return self._objects.put(ids_key(job_id, page_id), body, job_id=job_id)

    def find(self, job_id: str, newest: str | None, digest: str) -> int | None:
        """The index that `digest` stands for, from `newest` backwards; None if no page has it."""
        page_id = newest
        while page_id is not None:
            page_id, ids = self._page(job_id, page_id)
            if digest in ids:
                return ids[digest]
        return None

    def chain(self, job_id: str, newest: str | None) -> Iterator[str]:
        """The ids of all pages, from `newest` backwards; each was read when its id is given."""
        page_id = newest
        while page_id is not None:
            previous, _ = self._page(job_id, page_id)
            yield page_id
            page_id = previous

    def _page(self, job_id: str, page_id: str) -> tuple[str | None, Mapping[str, int]]:
        if (known := self._pages.get(page_id)) is not None:
            return known
        key = ids_key(job_id, page_id)
        body = self._objects.fetch(key, None, job_id=job_id)
        try:
            page = jsontext.loads(body)
            read: tuple[str | None, Mapping[str, int]] = page["previous"], page["ids"]
        except (ValueError, KeyError, TypeError) as error:
            raise StepsCorrupt(
                "A page of step ids is not what was written; restore the object.", job_id=job_id, key=key
            ) from error
        self._pages.put(page_id, read)
        return read
