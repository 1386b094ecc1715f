"""Replaces a whole log, inline or as a document as its size says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadmagnet.steplog import names
from leadmagnet.steplog.adopting import Adopter, log_attributes, offloaded_attributes, require_room
from leadmagnet.steplog.document import whole_document
from leadmagnet.steplog.encoding import EncodedStep, encode_all
from leadmagnet.steplog.errors import Unavailable, VersionConflict
from leadmagnet.steplog.item import BOOKKEEPING_BYTES, LogItem
from leadmagnet.steplog.keys import checked_job_id, document_key
from leadmagnet.steplog.parts import Parts
from leadmagnet.steplog.pointing import point_at
from leadmagnet.steplog.table import Refused, TooLarge

_MOST_ROUNDS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Replacement:
    """What is to stand in the log, and the name by which we recognise it there."""

    encoded: Sequence[EncodedStep]
    origin: str
    #: Whether what was appended since the item was read goes too; the caller who expects a version says no.
    over_appends: bool


class Replacer:
    """The replacing side of a step log."""

    def __init__(self, parts: Parts, *, adopter: Adopter) -> None:
        self._parts = parts
        self._table = parts.table
        self._objects = parts.objects
        self._limits = parts.limits
        self._new_id = parts.new_id
        self._adopter = adopter

    def replace(self, job_id: str, steps: Sequence[object], expected_version: int | None) -> int:
        """Put `steps` in place of whatever the log holds; the new version."""
        job = _Replacement(
            encoded=encode_all(steps, job_id=checked_job_id(job_id)),
            origin=self._new_id(),
            over_appends=expected_version is None,
        )
        for _ in range(_MOST_ROUNDS):
            item = self._table.get(job_id)
            if expected_version is not None and item.version != expected_version:
                raise VersionConflict(
                    f"The log is at version {item.version}, not {expected_version}; read it again and decide.",
                    job_id=job_id,
                )
            try:
                return self._write(item, job)
            except TooLarge:
                continue
            except Refused as refused:
                if not refused.retried:
                    continue
                version = self._version_if_done(job_id, job)
                if version is None:
                    raise _unknown(job_id) from refused
                return version
            except Unavailable:
                version = self._version_if_done(job_id, job)
                if version is None:
                    raise
                return version
        raise Unavailable("The log changed at every try; send the steps again.", job_id=job_id)

    def _version_if_done(self, job_id: str, job: _Replacement) -> int | None:
        """If an update without a sure answer surely took effect, the version with which it did; None if not.

        The origin tells, until somebody replaces the log again. If the tail was shortened since, the version is too
        high, but still below today's if anything was appended: whoever expects it learns that the log moved on.
        """
        item = self._table.get(job_id)
        return item.version - (item.count - len(job.encoded)) if item.origin == job.origin else None

    def _write(self, item: LogItem, job: _Replacement) -> int:
        if self._fits_inline(job.encoded, item):
            return self._write_inline(item, job)
        return self._write_document(item, job)

    def _commit(self, item: LogItem, attributes: Mapping[str, Any], job: _Replacement) -> int:
        attributes = {**attributes, names.ORIGIN: {"S": job.origin}}
        if job.over_appends and item.adopted:
            return self._table.supplant(item, attributes)
        return self._table.rewrite(item, attributes)

    def _fits_inline(self, encoded: Sequence[EncodedStep], item: LogItem) -> bool:
        held = sum(step.size for step in encoded)
        return (
            all(step.exact for step in encoded)
            and held <= self._limits.held_inline_bytes
            and item.other + held + BOOKKEEPING_BYTES <= self._limits.item_inline_bytes
        )

    def _write_inline(self, item: LogItem, job: _Replacement) -> int:
        held = sum(step.size for step in job.encoded)
        attributes = log_attributes(
            epoch=self._new_id(),
            count=len(job.encoded),
            json_bytes=sum(len(step.text) for step in job.encoded),
            held=held,
            item_bytes=item.other + held + BOOKKEEPING_BYTES,
        )
        attributes[names.STEPS] = {"L": [step.attribute for step in job.encoded]}
        return self._commit(item, attributes, job)

    def _write_document(self, item: LogItem, job: _Replacement) -> int:
        """Point the item at a document of the steps.

        It is written anew at every try, so that the newest version in S3 is the one that the item names.
        """
        item = self._pinned(item)
        document, body = whole_document([step.text for step in job.encoded])
        require_room(item, document, self._limits)
        written = self._objects.put(document_key(item.job_id), body, job_id=item.job_id, supersedes=item.version_id)
        attributes = offloaded_attributes(
            document,
            written,
            epoch=self._new_id(),
            json_bytes=sum(len(step.text) for step in job.encoded),
            other=item.other,
        )
        return point_at(self._parts, item, document, written, lambda: self._commit(item, attributes, job))

    def _pinned(self, item: LogItem) -> LogItem:
        try:
            return self._adopter.pinned(item)
        except Refused as refused:
            # Whoever pinned it, nothing is replaced yet.
            raise Refused(refused.item, retried=False) from refused


def _unknown(job_id: str) -> Unavailable:
    """The error when the log may have been replaced: to do it again would take away what was appended since."""
    return Unavailable(
        "An answer was lost, and the log does not tell any more whether it was replaced; read it, and send the steps "
        "again if they are not there.",
        job_id=job_id,
    )
