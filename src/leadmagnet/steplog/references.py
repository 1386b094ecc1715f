"""What a job's item refers to in S3: the other half of deciding whether an object is an orphan."""

from __future__ import annotations

from leadmagnet.steplog import names
from leadmagnet.steplog.errors import StepsCorrupt
from leadmagnet.steplog.idpages import IdPages
from leadmagnet.steplog.item import ChunkRef, LogItem, ManifestRef, TailEntry
from leadmagnet.steplog.log_object import LogObject
from leadmagnet.steplog.objects import LogObjects
from leadmagnet.steplog.recent import Recent

#: All that says what an item refers to; the steps themselves stay where they are.
POINTERS = ("job_id", names.KEY, names.VERSION_ID, names.TAIL, names.EPOCH, names.ORIGIN, names.IDS_PAGE)
#: Manifests, and chains of pages, kept in memory at a time.
_MOST_KNOWN = 128


class References:
    """Answers whether items refer to objects. Reads manifests and id pages only where the item alone cannot tell."""

    def __init__(self, *, objects: LogObjects) -> None:
        self._objects = objects
        # What is under these names never changes, so reading it once is enough for both looks at a job.
        self._pages: Recent[tuple[str, str | None], frozenset[str]] = Recent(_MOST_KNOWN)
        self._manifests: Recent[tuple[str, str], frozenset[str]] = Recent(_MOST_KNOWN)

    def includes(self, item: LogItem, found: LogObject) -> bool:
        """Whether `item` needs `found`; StepsMissing or StepsCorrupt if what would tell cannot be read.

        A pointer without a version means the newest version. If that is a delete marker, everything under it
        counts as needed: taking the marker away brings it back.
        """
        match found.kind:
            case "document":
                if item.key != found.key:
                    return False
                return _means_newest(found) if item.version_id is None else item.version_id == found.version_id
            case "chunk":
                return _means_newest(found) and self._names_chunk(item, found.name)
            case "ids_page":
                return _means_newest(found) and self._names_page(item, found.name)
            case "file":
                # Others put it there, and others know whether the job needs it.
                return True
            case "delete_marker":
                # One that hides something is somebody's decision; one that hides nothing is only litter.
                return found.is_latest and not found.is_alone

    def _names_chunk(self, item: LogItem, name: str) -> bool:
        tail = readable_tail(item)
        manifests = [entry for entry in tail if isinstance(entry, ManifestRef)]
        return (
            any(isinstance(entry, ChunkRef) and entry.chunk_id == name for entry in tail)
            or any(manifest.manifest_id == name for manifest in manifests)
            or any(name in self._listed(manifest, item.job_id) for manifest in manifests)
        )

    def _names_page(self, item: LogItem, name: str) -> bool:
        return name == item.ids_page or name in self.pages_of(item)

    def pages_of(self, item: LogItem) -> frozenset[str]:
        """The ids of all pages of step_ids that `item` refers to."""
        newest = (item.job_id, item.ids_page)
        if (known := self._pages.get(newest)) is not None:
            return known
        pages = frozenset(IdPages(objects=self._objects).chain(*newest))
        self._pages.put(newest, pages)
        return pages

    def _listed(self, manifest: ManifestRef, job_id: str) -> frozenset[str]:
        name = (job_id, manifest.manifest_id)
        if (known := self._manifests.get(name)) is not None:
            return known
        entries = self._objects.fetch_manifest(manifest, job_id=job_id)
        chunks = frozenset(entry.chunk_id for entry in entries if isinstance(entry, ChunkRef))
        self._manifests.put(name, chunks)
        return chunks


def _means_newest(found: LogObject) -> bool:
    return found.is_latest or found.is_hidden


def readable_tail(item: LogItem) -> tuple[TailEntry, ...]:
    """The item's tail; StepsCorrupt if what stands there was not written by a step log."""
    try:
        return item.tail
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StepsCorrupt(
            f"{names.TAIL} is not what was written; repair the item, or write the steps anew with replace.",
            job_id=item.job_id,
        ) from error
