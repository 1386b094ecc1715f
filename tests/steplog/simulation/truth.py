"""What the log truly is after every effect, read from the stores without any code of the step log's, and what may
become of it: the promises as checks."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson
from tests.steplog.simulation.answers import Attribute
from tests.steplog.simulation.dynamodb import MemoryTable
from tests.steplog.simulation.s3 import MemoryBucket

from leadmagnet.steplog.item import CLOSED
from leadmagnet.steplog.sizes import value_size

_LONG_NUMBER = re.compile(rb"\d{19}")

#: Above this an item may truly have no room for a pointer, or for what merging adds to the document's index.
_CROWDED_BYTES = 404_000

#: A step as sorted JSON.
Token = bytes
Kind = Literal["setup", "append", "replace", "seal", "read", "outside"]


class Violation(BaseException):
    """A broken promise. No Exception, so that the code under test cannot swallow it."""


@dataclass(slots=True, eq=False)
class Operation:
    """One call of the step log under way: what it may do to the log, and since when it runs."""

    kind: Kind
    #: The number of the state that was there when the call began.
    begin: int = 0
    token: Token = b""
    replacement: tuple[Token, ...] = ()
    #: The owner that the item must have for an append to record anything.
    owner: str | None = None
    faults: int = 0
    #: Whether an update of this call recorded its step, or its replacement.
    recorded: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """The log at one moment."""

    version: int
    tokens: tuple[Token, ...]
    stored: str
    #: Whether the item carries our bookkeeping, and nothing that contradicts it.
    adopted: bool
    #: Whether what the item remembers of step_ids still means this log.
    keeps_ids: bool
    #: What the item names as its owner.
    owner: str | None
    #: Bytes of the whole item.
    size: int
    known: Mapping[str, int] = field(repr=False)


def token_of(step: object) -> Token:
    """The step as sorted JSON (through the standard library where orjson stops)."""
    try:
        return orjson.dumps(step, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return json.dumps(step, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def parsed(text: bytes) -> Any:  # noqa: ANN401
    """The value of JSON text; the standard library keeps long integers whole."""
    return json.loads(text) if _LONG_NUMBER.search(text) else orjson.loads(text)


def digest_of(step_id: str) -> str:
    """The name under which the item remembers a step_id."""
    return base64.urlsafe_b64encode(hashlib.sha256(step_id.encode()).digest()[:12]).decode()


def plain(attribute: Attribute) -> Any:  # noqa: ANN401
    """The value that an attribute value stands for."""
    ((kind, content),) = attribute.items()
    match kind:
        case "S" | "BOOL":
            return content
        case "N":
            return float(content) if "." in content or "e" in content.lower() else int(content)
        case "M":
            return {name: plain(element) for name, element in content.items()}
        case "L":
            return [plain(element) for element in content]
    return None


class Truth:
    """Watches one job."""

    def __init__(self, table: MemoryTable, bucket: MemoryBucket, job_id: str) -> None:
        self._table = table
        self._bucket = bucket
        self._job_id = job_id
        self.states: list[State] = []
        #: step_id of each step that an append may add, and the length of its JSON.
        self.ids: dict[Token, str] = {}
        self.referenced: set[tuple[str, str | None]] = set()
        self._elements: dict[int, tuple[Attribute, Token, int]] = {}
        self._bodies: dict[bytes, tuple[Token, ...]] = {}
        self._pages: dict[str, Mapping[str, int]] = {}

    def begin(self) -> int:
        """The number of the present state."""
        return len(self.states) - 1

    def look(self, operation: Operation) -> None:
        """See what an update made of the log; Violation if it may not be so."""
        item = self._table.peek(self._job_id)
        if item is None:
            raise Violation("the item is gone")
        state = self._read(item)
        if self.states:
            self._check_step(self.states[-1], state, operation)
        if operation.kind not in ("setup", "outside"):
            self._check_ours(item, state)
        self.states.append(state)

    def during(self, operation: Operation) -> Sequence[State]:
        """The states since the operation began."""
        return self.states[operation.begin :]

    def crowded(self, operation: Operation) -> bool:
        """Whether others filled the item so far that a pointer may have had no room."""
        return any(state.size > _CROWDED_BYTES for state in self.during(operation))

    def deleted(self, key: str, version_id: str | None) -> None:
        """Check a deletion that was just made: nothing that any state of the item referred to may go."""
        if (key, version_id) in self.referenced or ((key, None) in self.referenced and self._bucket.peek(key) is None):
            raise Violation(f"deleted an object that the item refers to, or referred to: {key} {version_id}")

    def _check_step(self, old: State, new: State, operation: Operation) -> None:
        """What one update of `operation` may change."""
        pinned = not new.adopted and new.tokens == old.tokens and new.version == old.version
        if operation.kind not in ("setup", "outside") and new.version != old.version + 1 and not pinned:
            raise Violation(f"an update took the version from {old.version} to {new.version}")
        if new.tokens == old.tokens:
            expected = old.known if old.keeps_ids else {}
        elif operation.kind == "append" and new.tokens == (*old.tokens, operation.token):
            step_id = self._added(old, new, operation)
            expected = {**(old.known if old.keeps_ids else {}), digest_of(step_id): len(old.tokens)}
        elif operation.kind in ("setup", "outside"):
            return
        elif operation.kind != "replace" or new.tokens != operation.replacement:
            raise Violation(
                f"{operation.kind} took the log from {_names(old.tokens, self.ids)} to {_names(new.tokens, self.ids)}"
            )
        if operation.kind == "replace" and not pinned:
            if operation.recorded:
                raise Violation("one replace took effect twice")
            operation.recorded, expected = True, {}
        if operation.kind not in ("setup", "outside") and new.known != expected:
            raise Violation(f"the log remembers other step_ids than it was given: {new.known}, not {expected}")

    def _added(self, old: State, new: State, operation: Operation) -> str:
        """The id of the step that an append added; Violation if it may not add it."""
        step_id = self.ids[operation.token]
        if any(self.ids.get(token) == step_id for token in old.tokens):
            raise Violation(f"step {step_id} is in the log twice")
        if operation.owner not in (None, new.owner):
            raise Violation(f"step {step_id} was recorded for {operation.owner}, but the owner is {new.owner}")
        operation.recorded = True
        return step_id

    def _check_ours(self, item: Attribute, state: State) -> None:
        """What holds of every item after a write of ours."""
        if not state.adopted and "execution_steps_s3_version" in item:
            # A pointer of an older system's, pinned to its version before a document is put beside it.
            return
        if not state.adopted:
            raise Violation("a write left the item without bookkeeping")
        if "execution_steps" in item and "execution_steps_s3_key" in item:
            raise Violation("the item holds both execution_steps and execution_steps_s3_key")
        if state.stored == "offloaded" and "execution_steps_s3_version" not in item:
            raise Violation("the pointer names no version")
        if _number(item, "steps_count") != len(state.tokens):
            raise Violation(f"steps_count is {_number(item, 'steps_count')}, the log has {len(state.tokens)} steps")
        held = self._held(item)
        closed = state.stored == "inline" and _number(item, "steps_held") == CLOSED
        if not closed and _number(item, "steps_held") != held:
            raise Violation(f"steps_held is {_number(item, 'steps_held')}, not {held}")

    def _held(self, item: Attribute) -> int:
        elements = item.get("execution_steps_tail" if "execution_steps_s3_key" in item else "execution_steps")
        return sum(self._element(element)[2] for element in (elements or {"L": ()})["L"])

    def _read(self, item: Attribute) -> State:
        offloaded = "execution_steps_s3_key" in item
        tokens = self._offloaded(item) if offloaded else self._inline(item)
        adopted = "steps_epoch" in item and (
            "execution_steps" not in item and "execution_steps_doc" in item
            if offloaded
            else _number(item, "steps_count") == len(tokens)
        )
        return State(
            version=_number(item, "steps_version"),
            tokens=tokens,
            stored="offloaded" if offloaded else "inline",
            adopted=adopted,
            owner=item.get("owner", {}).get("S"),
            size=self._table.size(self._job_id),
            keeps_ids=adopted or (offloaded and "execution_steps_doc" in item),
            known=self._known(item),
        )

    def _inline(self, item: Attribute) -> tuple[Token, ...]:
        attribute = item.get("execution_steps", {})
        return tuple(self._element(element)[1] for element in attribute.get("L", ()))

    def _offloaded(self, item: Attribute) -> tuple[Token, ...]:
        key = item["execution_steps_s3_key"]["S"]
        version_id = item.get("execution_steps_s3_version", {}).get("S")
        tokens = self._steps_in(key, version_id)
        for entry in item.get("execution_steps_tail", {"L": ()})["L"]:
            if "M" in entry:
                tokens += (self._element(entry)[1],)
            else:
                tokens += self._chunk(entry["L"])
        return tokens

    def _chunk(self, fields: Sequence[Attribute]) -> tuple[Token, ...]:
        key = self._chunk_key(fields[0]["S"])
        if len(fields) == 4:
            return self._steps_in(key, None)
        tokens: tuple[Token, ...] = ()
        for listed in parsed(self._bytes(key, None)):
            # A manifest lists chunks, and small steps between them.
            chunk = isinstance(listed, list)
            tokens += self._steps_in(self._chunk_key(listed[0]), None) if chunk else (token_of(listed),)
        return tokens

    def _chunk_key(self, chunk_id: str) -> str:
        return f"jobs/{self._job_id}/steps/{chunk_id}.json"

    def _steps_in(self, key: str, version_id: str | None) -> tuple[Token, ...]:
        body = self._bytes(key, version_id)
        if body not in self._bodies:
            self._bodies[body] = tuple(token_of(step) for step in parsed(body))
        return self._bodies[body]

    def _bytes(self, key: str, version_id: str | None) -> bytes:
        self.referenced.add((key, version_id))
        body = self._bucket.peek(key, version_id)
        if body is None:
            raise Violation(f"the item refers to an object that is not there: {key} {version_id}")
        return body

    def _element(self, attribute: Attribute) -> tuple[Attribute, Token, int]:
        """A list element, its token, and its DynamoDB size as an element; remembered while the element lives."""
        found = self._elements.get(id(attribute))
        if found is None:
            token = token_of(plain(attribute)) if "M" in attribute else b""
            found = self._elements[id(attribute)] = attribute, token, value_size(attribute) + 1
        return found

    def _known(self, item: Attribute) -> Mapping[str, int]:
        """Every step_id's digest that the log remembers, on the item and in pages."""
        known = {digest: int(index["N"]) for digest, index in item.get("steps_ids", {"M": {}})["M"].items()}
        page_id = item.get("steps_ids_page", {}).get("S")
        return known if page_id is None else {**self._page(page_id), **known}

    def _page(self, page_id: str) -> Mapping[str, int]:
        """The ids of a page and of all before it."""
        key = f"jobs/{self._job_id}/ids/{page_id}.json"
        self.referenced.add((key, None))
        if page_id not in self._pages:
            page = orjson.loads(self._bytes(key, None))
            older = {} if page["previous"] is None else self._page(page["previous"])
            self._pages[page_id] = {**older, **page["ids"]}
        return self._pages[page_id]


def _number(item: Attribute, name: str) -> int:
    return int(item.get(name, {"N": "0"})["N"])


def _names(tokens: Iterable[Token], ids: Mapping[Token, str]) -> list[str]:
    return [ids.get(token, token.decode()[:30]) for token in tokens]
