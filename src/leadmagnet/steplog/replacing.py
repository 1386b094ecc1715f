"""Replaces a whole log, inline or as a document as its size says."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from leadmagnet.steplog import item as names
from leadmagnet.steplog.adopting import Adopter, log_attributes, offloaded_attributes, require_room
from leadmagnet.steplog.document import whole_document
from leadmagnet.steplog.encoding import EncodedStep, encode_all
from leadmagnet.steplog.errors import Unavailable, VersionConflict
from leadmagnet.steplog.item import BOOKKEEPING_BYTES, LogItem
from leadmagnet.steplog.keys import checked_job_id, document_key
from leadmagnet.steplog.limits import Limits
from leadmagnet.steplog.objects import LogObjects, Written
from leadmagnet.steplog.table import LogTable, Refused, TooLarge

_MOST_ROUNDS = 200


class Replacer:
    """The replacing side of a step log."""

    def __init__(
        self,
        *,
        table: LogTable,
        objects: LogObjects,
        adopter: Adopter,
        limits: Limits,
        new_id: Callable[[], str],
        on_offload: Callable[[str, str, int], None],
    ) -> None:
        self._table = table
        self._objects = objects
        self._adopter = adopter
        self._limits = limits
        self._new_id = new_id
        self._on_offload = on_offload

    def replace(self, job_id: str, steps: Sequence[object], expected_version: int | None) -> int:
        """Put `steps` in place of whatever the log holds; the new version."""
        encoded = encode_all(steps, job_id=checked_job_id(job_id))
        epoch = self._new_id()
        written: Written | None = None
        for _ in range(_MOST_ROUNDS):
            item = self._table.get(job_id)
            if item.epoch == epoch:
                return item.version
            if expected_version is not None and item.version != expected_version:
                raise VersionConflict(
                    f"The log is at version {item.version}, not {expected_version}; read it again and decide.",
                    job_id=job_id,
                )
            try:
                if self._fits_inline(encoded, item):
                    done = self._write_inline(item, encoded, epoch)
                else:
                    written, done = self._write_document(item, encoded, epoch, written)
            except (Refused, TooLarge):
                continue
            except Unavailable:
                # The update may have taken effect; the epoch tells.
                if self._table.get(job_id).epoch != epoch:
                    raise
                done = True
            if done:
                return item.version + 1
        raise Unavailable("The log changed at every try; send the steps again.", job_id=job_id)

    def _fits_inline(self, encoded: Sequence[EncodedStep], item: LogItem) -> bool:
        held = sum(step.size for step in encoded)
        return (
            all(step.exact for step in encoded)
            and held <= self._limits.held_inline_bytes
            and item.other + held + BOOKKEEPING_BYTES <= self._limits.item_inline_bytes
        )

    def _write_inline(self, item: LogItem, encoded: Sequence[EncodedStep], epoch: str) -> bool:
        held = sum(step.size for step in encoded)
        attributes = log_attributes(
            epoch=epoch,
            count=len(encoded),
            json_bytes=sum(len(step.text) for step in encoded),
            held=held,
            item_bytes=item.other + held + BOOKKEEPING_BYTES,
        )
        attributes[names.STEPS] = {"L": [step.attribute for step in encoded]}
        try:
            self._table.rewrite(item, attributes)
        except (Refused, TooLarge):
            return False
        return True

    def _write_document(
        self, item: LogItem, encoded: Sequence[EncodedStep], epoch: str, written: Written | None
    ) -> tuple[Written, bool]:
        """Point the item at a document of `encoded`, which is written at the first try only."""
        item = self._adopter.pinned(item)
        document, body = whole_document([step.text for step in encoded])
        require_room(item, document, self._limits)
        if written is None:
            written = self._objects.put(document_key(item.job_id), body, job_id=item.job_id)
        attributes = offloaded_attributes(
            document,
            written,
            epoch=epoch,
            json_bytes=sum(len(step.text) for step in encoded),
            other=item.other,
        )
        try:
            self._table.rewrite(item, attributes)
        except Refused:
            return written, False
        self._on_offload(item.job_id, written.key, document.size)
        return written, True
