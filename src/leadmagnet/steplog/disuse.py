"""Which objects that a job's item refers to no more are out of use so long that no reader can be at them.

Every write but an append names its time in the item's epoch, so if that is old, all is. Where something is written
every day it never is, and this goes by what is known of each kind of object:

- Each document says which one it took the place of, and a writer commits it only while that one is in its place. So
  from the item's own document back to the first that is old, the documents in use lately are known. All others are
  out of use since before, or never were in use.
- Chunks and manifests are dropped by the first document that is put after they were referred to.
- Pages of ids are dropped by the page that they are joined into, which is newer and stays, or by a write that names a
  new origin. So is everything of a log that goes back into the item.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from leadmagnet.steplog.item import LogItem
from leadmagnet.steplog.keys import time_of
from leadmagnet.steplog.log_object import LogObject
from leadmagnet.steplog.presence import Present

#: Documents that a job may put within the grace period before its older ones have to wait for a quieter day.
_MOST_DOCUMENTS = 200

#: Answers what S3 says of a version of an item's document.
LookAt = Callable[[LogItem, str], Present | None]
#: Answers which pages of ids an item refers to.
PagesOf = Callable[[LogItem], frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lately:
    """The versions of a document that were in use at some time or later, and when the first of them was put."""

    versions: frozenset[str]
    put_at: datetime


class Disuse:
    """Tells what has been out of use for the grace period."""

    def __init__(self, *, look_at: LookAt, pages_of: PagesOf, before: datetime, grace: timedelta) -> None:
        self._look_at = look_at
        self._pages_of = pages_of
        self._before = before
        self._grace = grace

    def long_unused(self, item: LogItem, unneeded: Sequence[LogObject]) -> list[LogObject]:
        """Those of `unneeded` (none of which `item` refers to, all of them old) that no reader can be at."""
        changed_at = time_of(item.epoch or "")
        if not unneeded or changed_at is None or changed_at <= self._before:
            return list(unneeded)
        begun_at = time_of(item.origin or "")
        begun_before = begun_at is not None and begun_at <= self._before
        lately = self._lately(item)
        return [found for found in unneeded if self._is_unused(found, item, lately, begun_before=begun_before)]

    def _is_unused(self, found: LogObject, item: LogItem, lately: _Lately | None, *, begun_before: bool) -> bool:
        match found.kind:
            case "file":
                # Never among what a sweep thinks unneeded of a job that has an item.
                return False
            case "delete_marker":
                return True
            case "ids_page":
                return self._is_joined(found, item, begun_before=begun_before)
            case "document" | "chunk" if item.key is None:
                return begun_before
            case "document":
                return lately is not None and found.version_id not in lately.versions
            case "chunk":
                # It was referred to, if ever, within the grace period after it was put.
                return lately is not None and found.since <= lately.put_at - self._grace

    def _is_joined(self, found: LogObject, item: LogItem, *, begun_before: bool) -> bool:
        newer = [page for page in self._pages_of(item) if page > found.name]
        if not newer:
            # Never committed, or of an earlier log; one that never began anew has no earlier one.
            return begun_before or item.origin is None
        joined_at = time_of(min(newer))
        return joined_at is not None and joined_at <= self._before

    def _lately(self, item: LogItem) -> _Lately | None:
        """The item's document and those before it, back to one that is old; None if that cannot be told."""
        versions: list[str] = []
        version_id = item.version_id if item.key is not None else None
        while version_id is not None and len(versions) < _MOST_DOCUMENTS:
            present = self._look_at(item, version_id)
            if present is None:
                return None
            versions.append(version_id)
            if present.put_at <= self._before:
                return _Lately(versions=frozenset(versions), put_at=present.put_at)
            version_id = present.supersedes
        return None
