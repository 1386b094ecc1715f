"""Moves the step_ids on an item to a page in S3, when they are full or the room that they take is needed."""

from __future__ import annotations

from leadmagnet.steplog.idpages import IdPages
from leadmagnet.steplog.item import LogItem
from leadmagnet.steplog.parts import Parts
from leadmagnet.steplog.table import Refused

#: Fewer ids than this free hardly more than the page's name takes.
_WORTHWHILE = 8


class IdsTurner:
    """Turns the page of ids."""

    def __init__(self, parts: Parts, *, pages: IdPages) -> None:
        self._table = parts.table
        self._objects = parts.objects
        self._new_id = parts.new_id
        self._pages = pages

    def turn(self, item: LogItem) -> None:
        """Put the ids of `item` into a page, now and then with earlier ones; a faster writer makes it do nothing."""
        page_id = self._new_id()
        ids = {digest: int(index["N"]) for digest, index in item.ids.items()}
        page = self._pages.joined(item.job_id, ids, item.ids_page)
        written = self._pages.put(item.job_id, page_id, page)
        try:
            self._table.turn_ids_page(item, page_id=page_id, epoch=self._new_id())
        except Refused as refused:
            if not refused.retried:
                self._objects.delete(written, job_id=item.job_id)

    def make_room(self, item: LogItem) -> bool:
        """Turn the page if that frees room on a crowded item; whether it may have."""
        if not item.adopted or len(item.ids) < _WORTHWHILE:
            return False
        self.turn(item)
        return True
