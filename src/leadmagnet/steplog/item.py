"""A job's item, read as a step log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from leadmagnet.steplog import jsontext, names
from leadmagnet.steplog.document import Document
from leadmagnet.steplog.encoding import decode_attribute, decode_steps
from leadmagnet.steplog.errors import StepsCorrupt
from leadmagnet.steplog.limits import DYNAMODB_ITEM_BYTES
from leadmagnet.steplog.sizes import ELEMENT_BYTES, item_size, value_size
from leadmagnet.steplog.values import Guard, Stored

#: HELD of an inline log that takes no more steps inline, because a writer is about to offload it: more than any limit.
CLOSED = DYNAMODB_ITEM_BYTES
#: What all attributes of ours weigh, names included, without steps, references, ids and the document's index.
BOOKKEEPING_BYTES = 600
#: One entry of IDS: a name of 16 characters, an index of up to eight digits, and the element itself.
ID_BYTES = 16 + 5 + 1


@dataclass(frozen=True, slots=True)
class ChunkRef:
    """A tail entry that stands for steps in S3; stored as the list [id, bytes, count, sha256]."""

    chunk_id: str
    size: int
    count: int
    sha256: bytes

    def to_attribute(self) -> dict[str, Any]:
        """The entry in wire form. A step is always a map, so a list cannot be mistaken for one."""
        return {
            "L": [{"S": self.chunk_id}, {"N": str(self.size)}, {"N": str(self.count)}, {"B": self.sha256}],
        }

    @property
    def cost(self) -> int:
        """DynamoDB bytes of the entry."""
        return ELEMENT_BYTES + value_size(self.to_attribute())

    @property
    def text_size(self) -> int:
        """Bytes of JSON behind the entry."""
        return self.size


@dataclass(frozen=True, slots=True)
class ManifestRef:
    """A tail entry that stands for a list in S3 of chunks and small steps.

    Stored as [id, bytes of the list, count, sha256 of the list, bytes of the steps].
    """

    manifest_id: str
    size: int
    count: int
    sha256: bytes
    chunks_size: int

    def to_attribute(self) -> dict[str, Any]:
        """The entry in wire form."""
        return {
            "L": [
                {"S": self.manifest_id},
                {"N": str(self.size)},
                {"N": str(self.count)},
                {"B": self.sha256},
                {"N": str(self.chunks_size)},
            ],
        }

    @property
    def cost(self) -> int:
        """DynamoDB bytes of the entry."""
        return ELEMENT_BYTES + value_size(self.to_attribute())

    @property
    def text_size(self) -> int:
        """Bytes of JSON behind the entry."""
        return self.chunks_size


@dataclass(frozen=True, slots=True)
class TailStep:
    """A tail entry that is a step itself, in wire form."""

    attribute: Mapping[str, Any]

    @property
    def count(self) -> int:
        """One step."""
        return 1

    @property
    def cost(self) -> int:
        """DynamoDB bytes of the entry."""
        return ELEMENT_BYTES + value_size(self.attribute)

    @property
    def text(self) -> bytes:
        """The step's JSON."""
        return jsontext.dumps(decode_attribute(self.attribute))

    @property
    def text_size(self) -> int:
        """Bytes of JSON behind the entry, about: the size DynamoDB counts is close and costs nothing to know."""
        return self.cost


@dataclass(frozen=True, slots=True)
class ListedStep:
    """A small step that a manifest holds itself, between its chunks."""

    text: bytes

    @property
    def count(self) -> int:
        """One step."""
        return 1


TailEntry = TailStep | ChunkRef | ManifestRef
#: What a manifest lists.
Listed = ChunkRef | ListedStep


@dataclass(frozen=True)
class LogItem:
    """A job's item at one moment. Cheap to make: each part is read when it is first asked for."""

    job_id: str
    attributes: Mapping[str, Any]

    @cached_property
    def adopted(self) -> bool:
        """Whether our bookkeeping is there and fits; False for items that an older system wrote."""
        if names.EPOCH not in self.attributes or names.VERSION not in self.attributes:
            return False
        if self.key is None and names.KEY in self.attributes:
            return False
        if self.key is not None:
            return names.DOCUMENT in self.attributes and names.STEPS not in self.attributes
        return len(self.inline) == self.count

    @property
    def stored(self) -> Stored:
        """Where the steps live; the S3 key decides when an item has both attributes."""
        return "inline" if self.key is None else "offloaded"

    @cached_property
    def key(self) -> str | None:
        """The document's key in S3."""
        return self._text(names.KEY)

    @cached_property
    def version_id(self) -> str | None:
        """The S3 version that the pointer means; None if an older system wrote it: the current one."""
        return self._text(names.VERSION_ID)

    @cached_property
    def epoch(self) -> str | None:
        """The name of the last write that was not an append."""
        return self._text(names.EPOCH)

    @cached_property
    def origin(self) -> str | None:
        """The name of the write with which the log began anew, if there was one."""
        return self._text(names.ORIGIN)

    @cached_property
    def ids_page(self) -> str | None:
        """The newest page of older step_ids."""
        return self._text(names.IDS_PAGE)

    @cached_property
    def inline(self) -> Sequence[Mapping[str, Any]]:
        """The inline steps in wire form."""
        attribute = self.attributes.get(names.STEPS, {"NULL": True})
        if "NULL" in attribute:
            return ()
        if "L" not in attribute:
            raise StepsCorrupt(
                f"{names.STEPS} is not a list; write it again with replace, or repair the item.", job_id=self.job_id
            )
        steps: Sequence[Mapping[str, Any]] = attribute["L"]
        return steps

    def inline_steps(self) -> list[dict[str, Any]]:
        """The inline steps as Python objects."""
        return decode_steps(self.inline, job_id=self.job_id)

    def inline_texts(self) -> list[bytes]:
        """The JSON of each inline step."""
        return [jsontext.dumps(step) for step in self.inline_steps()]

    @cached_property
    def document(self) -> Document | None:
        """What is in S3, if we wrote it."""
        attribute = self.attributes.get(names.DOCUMENT)
        return None if attribute is None else Document.from_attribute(attribute)

    @cached_property
    def tail(self) -> tuple[TailEntry, ...]:
        """What comes after the document."""
        return tuple(_tail_entry(attribute) for attribute in self.attributes.get(names.TAIL, {"L": ()})["L"])

    @cached_property
    def count(self) -> int:
        """How many steps the log has, by its own account."""
        return self._number(names.COUNT)

    @cached_property
    def version(self) -> int:
        """Grows by one with every write; 0 for an item that only older systems wrote."""
        return self._number(names.VERSION)

    @cached_property
    def json_bytes(self) -> int:
        """The sum of the steps' JSON, without what joins them."""
        return self._number(names.JSON_BYTES)

    @cached_property
    def held(self) -> int:
        """DynamoDB bytes of the steps and references on the item, counted now."""
        if self.key is None:
            return sum(ELEMENT_BYTES + value_size(step) for step in self.inline)
        return sum(entry.cost for entry in self.tail)

    @property
    def tracked_held(self) -> int:
        """`held` as the item says it, which is what conditions compare."""
        return self._number(names.HELD)

    @property
    def tracked_size(self) -> int:
        """`size` as the item says it, which is what conditions compare."""
        return self._number(names.ITEM)

    @cached_property
    def size(self) -> int:
        """DynamoDB bytes of the whole item, counted now."""
        return item_size(self.attributes)

    @cached_property
    def other(self) -> int:
        """DynamoDB bytes of the item without the log."""
        return item_size({name: value for name, value in self.attributes.items() if name not in names.OURS})

    def satisfies(self, guard: Guard | None) -> bool:
        """Whether what an append was made conditional on holds for the item; it always does without a guard."""
        return guard is None or self.attributes.get(guard.attribute) == {"S": guard.value}

    def index_of(self, digest: str) -> int | None:
        """The index of the step whose id has this digest, if the item remembers it."""
        entry = self.attributes.get(names.IDS, {"M": {}})["M"].get(digest)
        return None if entry is None else int(entry["N"])

    @property
    def ids(self) -> Mapping[str, Any]:
        """Digest to index, in wire form."""
        ids: Mapping[str, Any] = self.attributes.get(names.IDS, {"M": {}})["M"]
        return ids

    def _text(self, name: str) -> str | None:
        # Older systems wrote NULL, or an empty string, for "none".
        return self.attributes.get(name, {}).get("S") or None

    def _number(self, name: str) -> int:
        return int(self.attributes.get(name, {"N": "0"})["N"])


def _tail_entry(attribute: Mapping[str, Any]) -> TailEntry:
    if "M" in attribute:
        return TailStep(attribute)
    object_id, size, count, sha256, *chunks_size = attribute["L"]
    if chunks_size:
        return ManifestRef(
            object_id["S"], int(size["N"]), int(count["N"]), bytes(sha256["B"]), int(chunks_size[0]["N"])
        )
    return ChunkRef(object_id["S"], int(size["N"]), int(count["N"]), bytes(sha256["B"]))


def document_cost(document: Document | None) -> int:
    """DynamoDB bytes of a document's description."""
    return 0 if document is None else value_size(document.to_attribute())


def empty_log(*, other_bytes: int, epoch: str) -> dict[str, Any]:
    """The attributes of a new, empty log, in wire form, for an item whose own attributes weigh `other_bytes`."""
    return {
        names.STEPS: {"L": []},
        names.VERSION: {"N": "0"},
        names.COUNT: {"N": "0"},
        names.JSON_BYTES: {"N": "0"},
        names.HELD: {"N": "0"},
        names.ITEM: {"N": str(other_bytes + BOOKKEEPING_BYTES)},
        names.EPOCH: {"S": epoch},
        names.IDS: {"M": {}},
    }
