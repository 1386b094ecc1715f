"""Bugs to be found: each changes a line or two of the step log's source, and something here must notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.steplog.simulation import checks
from tests.steplog.simulation.subject import Patch, Subject

#: Raises AssertionError if the subject is broken.
Check = Callable[[Subject], None]


@dataclass(frozen=True, slots=True)
class Bug:
    """A planted bug. The simulator must find it, or `check` if the simulator has no eye for such a thing."""

    name: str
    patches: tuple[Patch, ...]
    check: Check | None = None


def _bug(name: str, module: str, old: str, new: str, check: Check | None = None) -> Bug:
    return Bug(name, (Patch(module, old, new),), check)


_TURN = "self._table.turn_ids_page(item, page_id=page_id, epoch=self._new_id())"
_PUT_PAGE = "        written = self._pages.put(item.job_id, page_id, page)\n"
_RECORDED = "        if (recorded := self._recorded(attempt, item)) is not None:\n            return recorded\n"

BUGS: tuple[Bug, ...] = (
    Bug(
        "S3 after DynamoDB",
        (
            Patch("turning", _PUT_PAGE, "        written = self._pages.put(item.job_id, self._new_id(), page)\n"),
            Patch("turning", f"            {_TURN}\n", f"            {_TURN}\n    {_PUT_PAGE}"),
        ),
    ),
    _bug(
        "a chunk is referred to and never put",
        "objects",
        "written = self.put(chunk_key(job_id, chunk_id), body, job_id=job_id)",
        'written = Written(key=chunk_key(job_id, chunk_id), version_id="v")',
    ),
    _bug(
        "no version in the pointer",
        "adopting",
        '        names.VERSION_ID: {"S": written.version_id},\n        names.DOCUMENT',
        "        names.DOCUMENT",
    ),
    Bug(
        "flush without its condition",
        (
            Patch("table", 'conditions=[f"{names.EPOCH}=:seen"],', 'conditions=[f"attribute_exists({names.EPOCH})"],'),
            Patch(
                "table",
                '            ":epoch": {"S": epoch},\n            ":seen": {"S": seen.epoch},\n            ":1"',
                '            ":epoch": {"S": epoch},\n            ":1"',
            ),
        ),
    ),
    Bug(
        "merge drops a late append",
        (
            Patch(
                "merging",
                "            names.DOCUMENT: document.to_attribute(),\n        }\n        grown",
                "            names.DOCUMENT: document.to_attribute(),\n"
                '            names.TAIL: {"L": []},\n        }\n        grown',
            ),
            Patch(
                "merging",
                "removed=places if entry is None else places[1:]",
                "removed=() if entry is None else places[1:]",
            ),
        ),
    ),
    _bug("guard left out of the append", "table", "                *_guarded(guard, operands, aliases),\n", ""),
    _bug("guard left out of the offload", "appending", "attributes, guard=attempt.guard)", "attributes)"),
    _bug(
        "guard looked at before what is recorded",
        "appending",
        f"{_RECORDED}        self._require_guard(attempt, item)\n        attempt",
        f"        self._require_guard(attempt, item)\n{_RECORDED}        attempt",
    ),
    _bug("idempotency check left out", "table", '                f"attribute_not_exists({names.IDS}.#i)",\n', ""),
    _bug(
        "retry on an unknown outcome under another id",
        "appending",
        "                if appended is None:\n                    raise\n            except TooLarge:",
        "                if appended is None:\n                    attempt.digest = self._new_id()[-16:]\n"
        "            except TooLarge:",
    ),
    _bug(
        "own chunk deleted after an unknown outcome",
        "appending",
        "attempt.certain = attempt.certain and not refused.retried",
        "attempt.certain = True",
    ),
    _bug(
        "own document deleted after an unknown outcome",
        "pointing",
        "        if not refused.retried:\n            parts.objects.delete",
        "        if True:\n            parts.objects.delete",
    ),
    _bug(
        "flushed chunk deleted after an unknown outcome",
        "merging",
        "            if not refused.retried:\n",
        "            if True:\n",
    ),
    _bug(
        "ids page deleted after an unknown outcome",
        "turning",
        "            if not refused.retried:\n                self._objects.delete(written, job_id=item.job_id)",
        "            self._objects.delete(written, job_id=item.job_id)",
    ),
    _bug(
        "size without attribute names",
        "sizes",
        "return sum(utf8_size(name) + value_size(value)",
        "return sum(value_size(value)",
        checks.sizes_count_names,
    ),
    _bug(
        "chunk's hash unchecked",
        "objects",
        "if len(body) != size or hashlib.sha256(body).digest() != sha256:",
        "if len(body) != size:",
        checks.changed_bytes_are_noticed,
    ),
    _bug(
        "document's hash unchecked",
        "checking",
        "self._good = self._digest.digest() == self._expected",
        "self._good = True",
        checks.changed_bytes_are_noticed,
    ),
    _bug(
        "page's checksum unchecked",
        "reading",
        "if zlib.crc32(text[begin : begin + placed.group.size]) != placed.group.crc32:",
        "if not text:",
        checks.changed_bytes_are_noticed,
    ),
    _bug(
        "document's length unchecked",
        "reading",
        "if at != document.size or not check.complete:",
        "if False:",
        checks.changed_bytes_are_noticed,
    ),
    _bug(
        "a reader believes a missing object at once",
        "reading",
        "            if fresh.epoch == item.epoch and",
        "            if fresh.epoch or",
        checks.a_missing_object_is_looked_up_again,
    ),
    _bug(
        "tail of another moment than the document",
        "reading",
        "        for entry in item.tail:\n            yield from self._entry_pieces(item, entry)",
        "        for entry in self._table.get(item.job_id).tail:\n"
        "            yield from self._entry_pieces(item, entry)",
    ),
    _bug(
        "eventual reads",
        "table",
        'Key={"job_id": {"S": job_id}}, ConsistentRead=True)',
        'Key={"job_id": {"S": job_id}})',
    ),
    _bug(
        "page off by one at a chunk's edge",
        "reading",
        "if at < end and at + entry.count > start:",
        "if at < end and at + entry.count > start + 1:",
    ),
    _bug(
        "page off by one where document and tail meet",
        "reading",
        "if start + limit > in_document:",
        "if start + limit > in_document + 1:",
    ),
    _bug(
        "ids not carried through offload",
        "appending",
        "ids={**ids, attempt",
        "ids={attempt",
    ),
    _bug(
        "ids page not carried through offload",
        "appending",
        "            ids_page=item.ids_page if item.adopted else None,\n",
        "",
    ),
    Bug(
        "ids page turned without its condition",
        (
            Patch(
                "table",
                'conditions = [f"{names.EPOCH}=:seen", f"size({names.IDS})=:n"]',
                'conditions = [f"attribute_exists({names.EPOCH})"]',
            ),
            Patch(
                "table", '            ":seen": {"S": seen.epoch},\n            ":n": {"N": str(len(seen.ids))},\n', ""
            ),
        ),
    ),
    _bug(
        "a page of ids claimed unread",
        "appending",
        "return offloaded, None if known else ids_page",
        "return offloaded, ids_page",
    ),
    _bug(
        "adoption without its condition",
        "table",
        'conditions = [f"attribute_not_exists({names.VERSION})", "attribute_exists(job_id)"]',
        'conditions = ["attribute_exists(job_id)"]',
    ),
    Bug(
        "replace and offload without the version condition",
        (
            Patch(
                "table",
                'conditions = [f"{names.VERSION}=:seen"]',
                'conditions = [f"attribute_exists({names.VERSION})"]',
            ),
            Patch("table", '            values[":seen"] = seen.attributes[names.VERSION]\n', ""),
        ),
    ),
    _bug(
        "a list that others changed is not counted again",
        "table",
        '            f"size(#l)={names.COUNT}",\n',
        "",
    ),
    _bug("REMOVE in ascending order", "table", "sorted(removed, reverse=True)", "sorted(removed)"),
    _bug(
        "seal forgets the manifest",
        "reading",
        "for listed in self._objects.fetch_manifest(entry, job_id=item.job_id):\n                    yield",
        "for listed in self._objects.fetch_manifest(entry, job_id=item.job_id)[1:]:\n                    yield",
    ),
    _bug(
        "an empty run of chunks is gathered",
        "merging",
        "self._shorten(item, max(2, self._limits.tail_entries // 2))",
        "self._shorten(item, self._limits.tail_entries // 2)",
    ),
    _bug(
        "a manifest forgets the small steps between its chunks",
        "merging",
        "if not isinstance(entry, ManifestRef)]\n",
        "if isinstance(entry, ChunkRef)]\n",
    ),
    _bug(
        "ids are forgotten when their pages are joined",
        "idpages",
        "ids=PackedIds(together)",
        "ids=page.ids",
    ),
    _bug("a byte too few is copied", "merging", "size=kept.size - 1)", "size=kept.size - 2)"),
    _bug(
        "segments that are joined are forgotten",
        "merging",
        "pieces = chain(self._reader.pieces_after(item, kept), self._reader.tail_pieces(item))",
        "pieces = self._reader.tail_pieces(item)",
    ),
    _bug(
        "parts below the least size",
        "merging",
        "if item.version_id is not None and kept.size - 1 >= self._limits.part_bytes:",
        "if item.version_id is not None:",
    ),
    Bug(
        "no look at the item's size",
        (
            Patch("table", '                f"{names.ITEM}<=:w",\n', ""),
            Patch("table", '            ":w": {"N": str(most_item - cost - ID_BYTES)},\n', ""),
        ),
    ),
    _bug("an older pointer is not pinned", "replacing", "        item = self._pinned(item)\n", ""),
    _bug(
        "a replace that arrives twice takes effect twice",
        "table",
        '            _same(names.ORIGIN, ":seen", seen, values),\n',
        "",
    ),
    _bug(
        "a replace is taken for done by its document alone",
        "replacing",
        "if item.origin == job.origin else None",
        "if item.count == len(job.encoded) else None",
    ),
    _bug(
        "replaced a second time after an unknown outcome",
        "replacing",
        "                if version is None:\n                    raise _unknown(job_id) from refused\n",
        "                if version is None:\n                    continue\n",
        checks.a_replace_with_a_lost_answer_is_not_done_twice,
    ),
    _bug(
        "sealed below a document that nobody committed",
        "log",
        "(self._holds(item, wanted) and self._merger.is_newest(item))",
        "self._holds(item, wanted)",
    ),
)
