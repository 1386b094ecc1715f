"""The step log: one object that joins the parts of this package."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from leadmagnet.steplog.adopting import Adopter
from leadmagnet.steplog.adoption import Adoption, adopt
from leadmagnet.steplog.appending import Appender
from leadmagnet.steplog.aws import S3, DynamoDB
from leadmagnet.steplog.errors import NoRoom
from leadmagnet.steplog.idpages import IdPages
from leadmagnet.steplog.item import LogItem, empty_log
from leadmagnet.steplog.keys import checked_job_id
from leadmagnet.steplog.keys import new_id as new_ulid
from leadmagnet.steplog.limits import Limits
from leadmagnet.steplog.merging import TailMerger
from leadmagnet.steplog.objects import LogObjects
from leadmagnet.steplog.parts import Parts
from leadmagnet.steplog.reading import LogReader, check_page
from leadmagnet.steplog.replacing import Replacer
from leadmagnet.steplog.sizes import item_size
from leadmagnet.steplog.snapshot import Snapshot
from leadmagnet.steplog.summarising import summary_of
from leadmagnet.steplog.table import LogTable
from leadmagnet.steplog.turning import IdsTurner
from leadmagnet.steplog.values import Appended, Guard, Page, Summary

_log = logging.getLogger(__name__)


class StepLog:
    """The step logs of the jobs in one table, with large ones in one bucket.

    Any number of these, in any number of threads and processes, may write to one job at the same time.
    """

    def __init__(
        self,
        *,
        dynamodb: DynamoDB,
        s3: S3,
        table: str,
        bucket: str,
        limits: Limits | None = None,
        new_id: Callable[[], str] = new_ulid,
    ) -> None:
        """Use boto3 clients of DynamoDB and S3.

        `table` has the string key `job_id` and holds the job's item before its first step; `bucket` keeps versions.
        `new_id` gives unique names in the order of time.
        """
        limits = limits or Limits()
        self._new_id = new_id
        self._limits = limits
        self._table = LogTable(dynamodb=dynamodb, table=table, limits=limits)
        objects = LogObjects(s3=s3, bucket=bucket, upload_bytes=limits.upload_bytes)
        self._reader = LogReader(table=self._table, objects=objects)
        parts = Parts(
            table=self._table,
            objects=objects,
            reader=self._reader,
            limits=limits,
            new_id=new_id,
            on_offload=_log_offload,
        )
        pages = IdPages(objects=objects)
        self._turner = IdsTurner(parts, pages=pages)
        self._merger = TailMerger(parts)
        self._adopter = Adopter(parts, merger=self._merger)
        self._appender = Appender(parts, merger=self._merger, adopter=self._adopter, pages=pages, turner=self._turner)
        self._replacer = Replacer(parts, adopter=self._adopter)

    def append(self, job_id: str, step: Mapping[str, Any], *, step_id: str, guard: Guard | None = None) -> Appended:
        """Record `step` at the end of the job's log, whatever its size.

        The same `step_id` with equal content again changes nothing and answers with the same index; with other
        content it is a StepConflict. So after Unavailable the same call may simply be sent again.

        With a `guard` the step is recorded only while the job's item is as it says, which DynamoDB checks in the
        very update that records it; otherwise GuardFailed. What is recorded already is a success either way.
        """
        return self._appender.append(job_id, step, step_id, guard)

    def replace(self, job_id: str, steps: Sequence[Mapping[str, Any]], expected_version: int | None = None) -> int:
        """Put `steps` in place of the whole log and answer its new version.

        With `expected_version` a VersionConflict is raised if the log has moved on from it. The step_ids of the
        replaced steps are forgotten.
        """
        return self._replacer.replace(job_id, steps, expected_version)

    def read(self, job_id: str) -> list[dict[str, Any]]:
        """All steps of the job, in order."""
        return self._reader.read(self._look_at(job_id))

    def page(self, job_id: str, start: int = 0, limit: int = 50) -> Page:
        """Up to `limit` steps from index `start`. What it costs does not depend on the size of the log."""
        check_page(start, limit)
        return self._reader.page(self._look_at(job_id), start, limit)

    def stream(self, job_id: str) -> Iterator[bytes]:
        """The steps as one JSON array in blocks of bytes, never more than a few of them in memory."""
        return self._reader.stream(self._look_at(job_id))

    def summary(self, job_id: str) -> Summary:
        """Count, size, whereabouts and, if the item holds it, the last step: one request to DynamoDB, none to S3."""
        return summary_of(self._look_at(job_id))

    def snapshot(self, job_id: str) -> Snapshot:
        """The log as it is now, by one request for the job's item: summary and steps without asking for it again."""
        return Snapshot(self._look_at(job_id), reader=self._reader)

    def seal(self, job_id: str) -> None:
        """Make the document in S3 whole, now that the job is at rest; an inline log needs nothing.

        Whole also for readers that take the key's newest version: a writer that died, or lost a race, may have left
        a version of its own above the one that the item means. Beside a writer it holds what was recorded when this
        was called, at the least: it does not wait for an end that may not come.
        """
        item = self._table.get(checked_job_id(job_id))
        if item.key is not None and not item.adopted:
            self._adopter.adopt_offloaded(item)
            item = self._table.get(job_id)
        wanted = item.count
        while item.key is not None and not (self._holds(item, wanted) and self._merger.is_newest(item)):
            try:
                self._merger.merge(item)
            except NoRoom:
                if not self._turner.make_room(item):
                    raise
            item = self._table.get(job_id)

    @staticmethod
    def _holds(item: LogItem, wanted: int) -> bool:
        """Whether the document alone holds the first `wanted` steps, or all that there are."""
        return not item.tail or (item.document is not None and item.document.count >= wanted)

    def adopt(self, job_id: str) -> Adoption | None:
        """Bring a log that an older system wrote into our form, and one too large for the limits to S3.

        What was done, or None if nothing was due. Never needed for reading or writing: the first write to an older
        log does the same. The steps stay what they are; where an item has both a list and a key, the key wins.
        """
        return adopt(job_id, table=self._table, adopter=self._adopter, limits=self._limits)

    def _look_at(self, job_id: str) -> LogItem:
        return self._reader.look_at(checked_job_id(job_id))

    def empty(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """The attributes of an empty log, in wire form, to be put together with a new job's own `item`.

        Without them the first append works as well and costs two requests more.
        """
        return empty_log(other_bytes=item_size(item), epoch=self._new_id())


def _log_offload(job_id: str, key: str, size_bytes: int) -> None:
    _log.info(
        "execution_steps stored in S3",
        extra={"event": "steps_offloaded", "job_id": job_id, "key": key, "size_bytes": size_bytes},
    )
