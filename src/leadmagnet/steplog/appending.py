"""Appends one step: one conditional update in the common case, and what to do when it is refused."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass

from leadmagnet.steplog import jsontext
from leadmagnet.steplog.adopting import Adopter, offloaded_attributes, require_room
from leadmagnet.steplog.document import whole_document
from leadmagnet.steplog.encoding import EncodedStep, encode_step
from leadmagnet.steplog.errors import GuardFailed, NoRoom, StepConflict, StepLogError, StepsMissing, Unavailable
from leadmagnet.steplog.idpages import IdPages
from leadmagnet.steplog.item import ID_BYTES, ChunkRef, LogItem
from leadmagnet.steplog.keys import checked_job_id, document_key, id_digest
from leadmagnet.steplog.merging import TailMerger, no_room
from leadmagnet.steplog.objects import Written
from leadmagnet.steplog.parts import Parts
from leadmagnet.steplog.pointing import point_at
from leadmagnet.steplog.recent import Recent
from leadmagnet.steplog.table import Place, Refused, TooLarge, no_such_job
from leadmagnet.steplog.turning import IdsTurner
from leadmagnet.steplog.values import Appended, Guard

_log = logging.getLogger(__name__)

#: Jobs whose whereabouts one writer remembers. Forgetting one costs a refused request, never more.
_MOST_HINTS = 4096
#: A refusal always means that some writer moved on; so many in a row mean that something is broken.
_MOST_ROUNDS = 200


@dataclass(slots=True, kw_only=True)
class _Attempt:
    """One append under way: what is to be added, and what we believe about the log."""

    job_id: str
    step: EncodedStep
    digest: str
    offloaded: bool
    ids_page: str | None
    guard: Guard | None
    chunk: ChunkRef | None = None
    chunk_object: Written | None = None
    #: Set when a small step must go to S3 all the same, because the item has no room for it.
    squeezed: bool = False
    #: Offloads that others' appends made vain.
    lost_offloads: int = 0
    #: Whether every refusal so far was of a request sent once; if not, a chunk of ours may be in use.
    certain: bool = True

    def appended(self, index: int, version: int) -> Appended:
        return Appended(index=index, version=version, stored="offloaded" if self.offloaded else "inline")


class Appender:
    """The appending side of a step log. Keeps hints (is this job offloaded?) that save requests; all may be wrong."""

    def __init__(
        self, parts: Parts, *, merger: TailMerger, adopter: Adopter, pages: IdPages, turner: IdsTurner
    ) -> None:
        self._parts = parts
        self._table = parts.table
        self._objects = parts.objects
        self._reader = parts.reader
        self._limits = parts.limits
        self._new_id = parts.new_id
        self._merger = merger
        self._adopter = adopter
        self._pages = pages
        self._turner = turner
        self._hints: Recent[str, tuple[bool, str | None]] = Recent(_MOST_HINTS)

    def append(self, job_id: str, step: object, step_id: str, guard: Guard | None) -> Appended:
        """Add `step` for good, or find that it is there already; GuardFailed if neither may be."""
        checked_job_id(job_id)
        encoded, digest = encode_step(step, job_id=job_id), id_digest(step_id, job_id=job_id)
        offloaded, ids_page = self._hint(job_id, digest)
        attempt = _Attempt(
            job_id=job_id, step=encoded, digest=digest, offloaded=offloaded, ids_page=ids_page, guard=guard
        )
        appended = self._until_appended(attempt)
        self._hints.put(job_id, (attempt.offloaded, attempt.ids_page))
        return appended

    def _hint(self, job_id: str, digest: str) -> tuple[bool, str | None]:
        """Whether we believe the log to be offloaded, and the page of ids that we may claim to have searched."""
        offloaded, ids_page = self._hints.get(job_id) or (False, None)
        try:
            known = self._pages.find(job_id, ids_page, digest) is not None
        except StepsMissing:
            # The log was replaced, and the pages of the old one are swept.
            known = True
        # An update's condition sees only the ids on the item. Without a page to claim it is refused; then we look.
        return offloaded, None if known else ids_page

    def _until_appended(self, attempt: _Attempt) -> Appended:
        for _ in range(_MOST_ROUNDS):
            try:
                appended = self._round(attempt)
            except Unavailable:
                # The update may have taken effect: look. If it is not there it may still come, so the caller
                # has to send it again, which the id makes safe.
                attempt.certain = False
                appended = self._recorded(attempt, self._table.get(attempt.job_id))
                if appended is None:
                    raise
            except TooLarge:
                # Others' attributes grew while we made room; look again.
                continue
            except NoRoom:
                if not self._turner.make_room(self._table.get(attempt.job_id)):
                    raise
                continue
            if appended is not None:
                return appended
        raise Unavailable("The log changed at every try; send the step again.", job_id=attempt.job_id)

    def _round(self, attempt: _Attempt) -> Appended | None:
        try:
            return self._send_or_resolve(attempt)
        except TooLarge:
            return self._squeeze(attempt, self._table.get(attempt.job_id))

    def _send_or_resolve(self, attempt: _Attempt) -> Appended | None:
        try:
            return self._send(attempt)
        except Refused as refused:
            attempt.certain = attempt.certain and not refused.retried
            if refused.item is None:
                self._discard_chunk(attempt)
                raise no_such_job(attempt.job_id) from None
            return self._resolve(attempt, refused.item)

    def _send(self, attempt: _Attempt) -> Appended | None:
        """The one update of the common case, by what we believe; None if there was something else to do first."""
        step = attempt.step
        if attempt.offloaded:
            if attempt.chunk is None and self._needs_chunk(attempt):
                attempt.chunk, attempt.chunk_object = self._objects.put_chunk(
                    self._new_id(), [step.text], job_id=attempt.job_id
                )
            place = self._table.append_tail(
                attempt.job_id, step, attempt.chunk, attempt.digest, attempt.ids_page, attempt.guard
            )
            if self._is_halfway(place, step.size if attempt.chunk is None else attempt.chunk.cost):
                self._shorten(attempt.job_id)
            return attempt.appended(place.index, place.version)
        if self._can_be_inline(step):
            place = self._table.append_inline(attempt.job_id, step, attempt.digest, attempt.ids_page, attempt.guard)
            return attempt.appended(place.index, place.version)
        return self._resolve(attempt, self._table.get(attempt.job_id))

    def _is_halfway(self, place: Place, cost: int) -> bool:
        """Whether this very append took the tail to half of what it may be: true for one of all the writers."""
        half_bytes = self._limits.tail_bytes // 2
        return place.entries == self._limits.tail_entries // 2 or place.held - cost < half_bytes <= place.held

    def _shorten(self, job_id: str) -> None:
        """Shorten the tail while the others still have room in it. The append is recorded whatever comes of this."""
        try:
            item = self._table.get(job_id)
            if item.adopted and item.tail:
                self._merger.ease(item)
        except StepLogError as error:
            _log.warning(
                "Could not shorten the tail; the writer that finds it full will",
                extra={"event": "tail_not_shortened", "job_id": job_id, "error": type(error).__name__},
            )

    def _can_be_inline(self, step: EncodedStep) -> bool:
        return step.exact and step.size <= self._limits.held_inline_bytes

    def _needs_chunk(self, attempt: _Attempt) -> bool:
        step = attempt.step
        too_large = len(step.text) > self._limits.tail_step_bytes or step.size > self._limits.tail_bytes
        return attempt.squeezed or too_large or not step.exact

    def _resolve(self, attempt: _Attempt, item: LogItem) -> Appended | None:
        """Do what stands in the way of the append, going by the item as it is; the append too if that includes it."""
        if (recorded := self._recorded(attempt, item)) is not None:
            return recorded
        self._require_guard(attempt, item)
        attempt.ids_page = item.ids_page
        if not item.adopted:
            return self._resolve_unadopted(attempt, item)
        if len(item.ids) >= self._limits.ids:
            self._turner.turn(item)
        elif item.stored == "inline":
            attempt.offloaded = False
            self._discard_chunk(attempt)
            if not (self._can_be_inline(attempt.step) and self._has_room_inline(attempt, item)):
                return self._offload(attempt, item)
        elif not attempt.offloaded:
            attempt.offloaded = True
        elif self._tail_is_full(attempt, item):
            self._relieve(attempt, item)
        return None

    def _resolve_unadopted(self, attempt: _Attempt, item: LogItem) -> Appended | None:
        if item.stored == "offloaded":
            self._adopter.adopt_offloaded(item)
        elif item.other + item.held + 2 * attempt.step.size < self._limits.item_inline_bytes:
            self._adopter.adopt_inline(item)
        else:
            # Our bookkeeping might not fit beside so much; move the steps out in the same write.
            return self._offload(attempt, item)
        return None

    def _squeeze(self, attempt: _Attempt, item: LogItem) -> Appended | None:
        """Attributes of others grew since the item was last measured; make room."""
        if (recorded := self._recorded(attempt, item)) is not None:
            return recorded
        self._require_guard(attempt, item)
        if item.adopted and item.stored == "inline":
            return self._offload(attempt, item)
        if item.adopted:
            self._relieve(attempt, item)
        else:
            return self._resolve_unadopted(attempt, item)
        return None

    def _has_room_inline(self, attempt: _Attempt, item: LogItem) -> bool:
        return (
            item.tracked_held + attempt.step.size <= self._limits.held_inline_bytes
            and item.tracked_size + attempt.step.size + ID_BYTES <= self._limits.item_inline_bytes
        )

    def _tail_is_full(self, attempt: _Attempt, item: LogItem) -> bool:
        cost = attempt.step.size if attempt.chunk is None else attempt.chunk.cost
        return (
            len(item.tail) >= self._limits.tail_entries
            or item.tracked_held + cost > self._limits.tail_bytes
            or item.tracked_size + cost + ID_BYTES > self._limits.item_bytes
        )

    def _relieve(self, attempt: _Attempt, item: LogItem) -> None:
        if not item.tail and attempt.chunk is None:
            attempt.squeezed = True
            return
        self._merger.relieve(item)

    def _recorded(self, attempt: _Attempt, item: LogItem) -> Appended | None:
        """The append as it is recorded already, or None; StepConflict if the id is there with other content."""
        index = item.index_of(attempt.digest)
        if index is None:
            index = self._pages.find(attempt.job_id, item.ids_page, attempt.digest)
        if index is None:
            return None
        recorded = self._reader.step_at(item, index)
        if jsontext.fingerprint(recorded) != jsontext.fingerprint(jsontext.loads(attempt.step.text)):
            self._discard_chunk(attempt)
            raise StepConflict(
                f"This step_id is recorded already as step {index}, with other content; nothing was written. "
                "Use another step_id for another step.",
                job_id=attempt.job_id,
            )
        attempt.offloaded = item.stored == "offloaded"
        attempt.ids_page = item.ids_page
        self._discard_chunk(attempt)
        return attempt.appended(index, item.version)

    def _require_guard(self, attempt: _Attempt, item: LogItem) -> None:
        """Go on only while the guard holds; what is recorded already was looked for before."""
        if attempt.guard is None or item.satisfies(attempt.guard):
            return
        self._discard_chunk(attempt)
        raise GuardFailed(
            f"{attempt.guard.attribute} of the job's item is not {attempt.guard.value!r} any more, so nothing was "
            "recorded; give up the job, or claim it again.",
            job_id=attempt.job_id,
        )

    def _discard_chunk(self, attempt: _Attempt) -> None:
        """Delete a chunk that surely nobody refers to; otherwise the sweeper decides."""
        if attempt.chunk_object is not None and attempt.certain:
            self._objects.delete(attempt.chunk_object, job_id=attempt.job_id)
        attempt.chunk = attempt.chunk_object = None

    def _offload(self, attempt: _Attempt, item: LogItem) -> Appended | None:
        """Move the inline steps and the new one into a document; None if another writer was first."""
        texts = [*item.inline_texts(), attempt.step.text]
        document, body = whole_document(texts)
        ids = item.ids if item.adopted else {}
        require_room(item, document, self._limits, ids=len(ids) + 1)
        written = self._objects.put(document_key(item.job_id), body, job_id=item.job_id)
        index = len(texts) - 1
        attributes = offloaded_attributes(
            document,
            written,
            epoch=self._new_id(),
            json_bytes=sum(map(len, texts)),
            other=item.other,
            # If others changed the list since we counted it, the places that we remember may be wrong.
            ids={**ids, attempt.digest: {"N": str(index)}},
            ids_page=item.ids_page if item.adopted else None,
        )
        try:
            version = point_at(
                self._parts,
                item,
                document,
                written,
                lambda: self._table.rewrite(item, attributes, guard=attempt.guard),
            )
        except Refused as refused:
            if refused.retried:
                attempt.certain = False
            self._after_lost_offload(attempt, refused.item)
            return None
        except TooLarge:
            raise no_room(item) from None
        attempt.offloaded = True
        return attempt.appended(index, version)

    def _after_lost_offload(self, attempt: _Attempt, item: LogItem | None) -> None:
        """Another writer was faster. The second time, see to it that small appends cannot win for ever."""
        attempt.lost_offloads += 1
        if attempt.lost_offloads < 2 or item is None or item.key is not None or not item.adopted:
            return
        with suppress(Refused):
            self._table.close_inline(item)
