"""Whether one job's item and the objects that it names fit together."""

from __future__ import annotations

from collections.abc import Iterator

from leadmagnet.steplog import jsontext
from leadmagnet.steplog.adoption import form_of
from leadmagnet.steplog.aws import Buckets
from leadmagnet.steplog.checking import PassCheck
from leadmagnet.steplog.errors import InvalidJobId, StepsCorrupt, StepsMissing
from leadmagnet.steplog.findings import Finding, FindingKind
from leadmagnet.steplog.idpages import IdPages
from leadmagnet.steplog.item import CLOSED, ChunkRef, LogItem, ManifestRef, TailStep
from leadmagnet.steplog.keys import chunk_key, document_key
from leadmagnet.steplog.limits import DYNAMODB_ITEM_BYTES
from leadmagnet.steplog.objects import LogObjects
from leadmagnet.steplog.presence import object_size
from leadmagnet.steplog.reading import LogReader
from leadmagnet.steplog.splitting import array_elements

#: An item above this has little room left; what others add to it may soon be refused.
_LARGE_ITEM_BYTES = DYNAMODB_ITEM_BYTES * 9 // 10


class JobChecks:
    """Looks at one job at a time; may be used by many threads."""

    def __init__(self, *, s3: Buckets, bucket: str, objects: LogObjects, reader: LogReader) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._objects = objects
        self._reader = reader

    def shallow(self, item: LogItem) -> Iterator[Finding]:
        """What the item alone shows, and whether the objects that it names are there in their length."""
        try:
            own_key = document_key(item.job_id)
        except InvalidJobId as error:
            yield _finding(item, "job_id_unusable", error.message)
            return
        if item.size > _LARGE_ITEM_BYTES:
            share = 100 * item.size // DYNAMODB_ITEM_BYTES
            yield _finding(item, "item_large", f"The item has {item.size} bytes, {share} % of DynamoDB's limit.")
        try:
            yield from self._of_form(item, own_key)
        except StepsCorrupt as error:
            yield _finding(item, "content_corrupt" if error.key else "item_unreadable", error.message, error.key)
        except StepsMissing as error:
            yield _finding(item, "object_missing", "The object is not there.", error.key, error.version)

    def deep(self, item: LogItem) -> Iterator[Finding]:
        """Whether every byte of the log is what was written."""
        try:
            self._read_through(item)
        except StepsCorrupt as error:
            yield _finding(item, "content_corrupt", error.message, error.key, error.version)
        except StepsMissing as error:
            yield _finding(item, "object_missing", "The object is not there.", error.key, error.version)

    def _of_form(self, item: LogItem, own_key: str) -> Iterator[Finding]:
        form = form_of(item)
        if form == "list_and_key":
            yield _finding(item, "list_and_key", "The item has a list of steps and an S3 key.")
        if item.key is not None:
            if item.key != own_key:
                yield _finding(item, "foreign_key", f"The item names {item.key}, not {own_key}.", item.key)
            yield from self._check_document(item)
            yield from self._check_tail(item)
        if item.epoch is None:
            item.inline_steps()
        else:
            yield from _check_counters(item)
            self._follow_id_pages(item)

    def _check_document(self, item: LogItem) -> Iterator[Finding]:
        size = self._size_of(str(item.key), item, item.version_id)
        if item.document is not None and size != item.document.size:
            yield _finding(
                item,
                "length_wrong",
                f"The document has {size} bytes, the item says {item.document.size}.",
                item.key,
                item.version_id,
            )

    def _check_tail(self, item: LogItem) -> Iterator[Finding]:
        for chunk in self._chunks(item):
            key = chunk_key(item.job_id, chunk.chunk_id)
            size = self._size_of(key, item, None)
            if size != chunk.size:
                yield _finding(item, "length_wrong", f"The chunk has {size} bytes, the item says {chunk.size}.", key)

    def _chunks(self, item: LogItem) -> Iterator[ChunkRef]:
        for entry in item.tail:
            if isinstance(entry, ManifestRef):
                listed = self._objects.fetch_manifest(entry, job_id=item.job_id)
                yield from (each for each in listed if isinstance(each, ChunkRef))
            elif isinstance(entry, ChunkRef):
                yield entry

    def _follow_id_pages(self, item: LogItem) -> None:
        """StepsMissing or StepsCorrupt if a page in the chain cannot be read."""
        for _ in IdPages(objects=self._objects).chain(item.job_id, item.ids_page):
            pass

    def _size_of(self, key: str, item: LogItem, version_id: str | None) -> int:
        """The object's size; StepsMissing if it is not there."""
        size = object_size(self._s3, self._bucket, key, version_id, job_id=item.job_id)
        if size is None:
            raise StepsMissing("the object is not there", job_id=item.job_id, key=key, version=version_id)
        return size

    def _read_through(self, item: LogItem) -> None:
        if item.key is None:
            return
        blocks = self._reader.open(item, PassCheck.sha256).blocks
        for element in array_elements(blocks, job_id=item.job_id, key=item.key):
            try:
                jsontext.loads(element)
            except (ValueError, RecursionError) as error:
                raise StepsCorrupt(
                    f"A step is not JSON ({error}).", job_id=item.job_id, key=item.key, version=item.version_id
                ) from error


def _check_counters(item: LogItem) -> Iterator[Finding]:
    """Whether the totals on the item are those of what it holds and names."""
    wrong = [
        f"{name} is {said}, counted are {counted}"
        for name, said, counted in (
            ("steps_count", item.count, _counted_steps(item)),
            ("steps_held", item.tracked_held, item.tracked_held if _is_closed(item) else item.held),
            ("steps_bytes", item.json_bytes, _counted_bytes(item)),
        )
        if counted is not None and said != counted
    ]
    if wrong:
        yield _finding(item, "counters_wrong", "; ".join(wrong) + ".")


def _is_closed(item: LogItem) -> bool:
    """Whether a writer closed the inline list to offload it; if it died, the next append does."""
    return item.key is None and item.tracked_held == CLOSED


def _counted_steps(item: LogItem) -> int | None:
    if item.key is None:
        return len(item.inline)
    return None if item.document is None else item.document.count + sum(entry.count for entry in item.tail)


def _counted_bytes(item: LogItem) -> int | None:
    """The sum of the steps' JSON; None where only reading all of it would tell."""
    if item.key is None:
        return sum(map(len, item.inline_texts()))
    if item.document is None:
        return None
    total = _without_joints(item.document.size, item.document.count)
    for entry in item.tail:
        match entry:
            case TailStep():
                total += len(entry.text)
            case ChunkRef():
                total += _without_joints(entry.size, entry.count)
            case ManifestRef():
                return None
    return total


def _without_joints(size: int, count: int) -> int:
    """Bytes of a JSON array without its brackets and commas."""
    return size - 2 - max(0, count - 1)


def _finding(
    item: LogItem, kind: FindingKind, message: str, key: str | None = None, version: str | None = None
) -> Finding:
    return Finding(kind=kind, message=message, job_id=item.job_id, key=key, version=version)
