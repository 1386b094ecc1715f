"""Finds the S3 objects that no job's item refers to, and deletes them.

A writer puts its object first and commits it to the item later, so a fresh object that nothing refers to may be
about to be used; and a reader that looked at the item a moment ago may still fetch what was replaced since. Both
take seconds. So an object is an orphan only if it has been out of use for the grace period, which is counted from
the latest of: when it was put; when the next version under its key was put; when the job's pointers last changed.
Then two consistent looks at the item must agree that nothing refers to it, the second right before the delete.

What this cannot see is a writer that stands still between its put and its commit for longer than the grace period.
Our clients give up after minutes, a Lambda function after 15, so only a machine put to sleep at that very moment
can; 24 hours leave it a night.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from leadmagnet.steplog import item as names
from leadmagnet.steplog.aws import AWS_ERRORS, Buckets, Tables, translated
from leadmagnet.steplog.errors import StepsCorrupt, StepsMissing
from leadmagnet.steplog.item import LogItem
from leadmagnet.steplog.keys import time_of
from leadmagnet.steplog.limits import MIB
from leadmagnet.steplog.listing import LogObject, log_objects
from leadmagnet.steplog.objects import LogObjects
from leadmagnet.steplog.presence import object_size
from leadmagnet.steplog.references import POINTERS, References
from leadmagnet.steplog.scanning import MOST_KEYS, get_items, item_pages
from leadmagnet.steplog.sweep_report import Orphan, Reason, SweepProblem, SweepReport

DEFAULT_GRACE = timedelta(hours=24)
#: AWS takes requests from clocks up to 15 minutes wrong, and a Lambda function may write for 15 minutes.
LEAST_GRACE = timedelta(hours=1)
#: S3 deletes at most this many versions in one request.
_MOST_DELETED = 1_000
#: How far a table is searched for one item that the bucket knows.
_MOST_PAGES = 20
_MOST_TRIES = 10

#: Old objects by job, a bounded number of them.
_Batch = Mapping[str, Sequence[LogObject]]


def sweep(
    *,
    dynamodb: Tables,
    s3: Buckets,
    table: str,
    bucket: str,
    grace: timedelta = DEFAULT_GRACE,
    allow_short_grace: bool = False,
    trust_table: bool = False,
    dry_run: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    on_orphan: Callable[[Orphan], None] = lambda _: None,
    on_progress: Callable[[SweepReport], None] = lambda _: None,
) -> SweepReport:
    """Delete every log object that is out of use for `grace`; what was found and done.

    Safe beside writers and readers, and beside other sweeps. Memory does not grow with jobs or objects.
    `on_orphan` is called for each object before it is deleted (or, in a dry run, is not), `on_progress` with the
    growing report.

    A grace below one hour is a ValueError unless `allow_short_grace`: with none at all, an object that a writer has
    put and not yet committed is deleted under its hands, and its commit then points at nothing. Only do that while
    nothing writes.

    The objects of jobs that have no item are kept, and reported as a problem, as long as nothing shows that this
    table and this bucket belong together: with the wrong table named, every job looks gone. `trust_table` is for
    a table that is known to be right although it is empty.
    """
    if grace < LEAST_GRACE and not allow_short_grace:
        raise ValueError(f"a grace of {grace} is not safe beside writers; allow at least {LEAST_GRACE}")
    objects = LogObjects(s3=s3, bucket=bucket, upload_bytes=MIB)
    # In a bucket that keeps no versions a new object takes the place, and the name, of the one to be deleted.
    objects.require_versioning(job_id=None)
    run = _Sweep(
        store=_Store(dynamodb=dynamodb, s3=s3, table=table, bucket=bucket),
        references=References(objects=objects),
        before=now() - grace,
        pairing_known=trust_table,
        report=SweepReport(dry_run=dry_run),
        on_orphan=on_orphan,
    )
    for batch in run.batches():
        run.take(batch)
        on_progress(run.report)
    return run.report


class _Sweep:
    """One sweep under way."""

    def __init__(
        self,
        *,
        store: _Store,
        references: References,
        before: datetime,
        pairing_known: bool,
        report: SweepReport,
        on_orphan: Callable[[Orphan], None],
    ) -> None:
        self.report = report
        self._store = store
        self._references = references
        #: What was in use at this time or later is too young.
        self._before = before
        self._pairing_known = pairing_known
        self._on_orphan = on_orphan
        #: The last job that a problem was reported for: one is enough.
        self._troubled = ""

    def batches(self) -> Iterator[_Batch]:
        """The objects that are old enough by S3's own account; jobs without any cost no look at the table."""
        batch: dict[str, list[LogObject]] = {}
        size = 0
        for found in self._store.objects():
            self.report.objects += 1
            if found.since > self._before:
                self.report.young += 1
                continue
            if size == _MOST_DELETED or (len(batch) == MOST_KEYS and found.job_id not in batch):
                yield batch
                batch, size = {}, 0
            batch.setdefault(found.job_id, []).append(found)
            size += 1
        yield batch

    def take(self, batch: _Batch) -> None:
        """Delete those of the batch that both looks find unneeded."""
        suspects = self._orphans(batch)
        orphans = self._still_orphans(suspects)
        for orphan in orphans:
            self._on_orphan(orphan)
        deleted = orphans if self.report.dry_run else self._delete(orphans)
        self.report.count_removed(deleted)

    def _still_orphans(self, suspects: Sequence[Orphan]) -> list[Orphan]:
        """The second look: a writer may have committed since the first, or the job may have come or gone."""
        again: dict[str, list[LogObject]] = {}
        for orphan in suspects:
            again.setdefault(orphan.found.job_id, []).append(orphan.found)
        agreed = set(suspects)
        return [orphan for orphan in self._orphans(again) if orphan in agreed]

    def _orphans(self, batch: _Batch) -> list[Orphan]:
        """Those of the batch that the items, as they are now, do not need."""
        items = self._store.items(list(batch))
        self._pairing_known = self._pairing_known or bool(items)
        orphans = []
        for job_id, objects in batch.items():
            try:
                orphans += self._orphans_of(job_id, items.get(job_id), objects)
            except (StepsMissing, StepsCorrupt) as error:
                # What the job still needs cannot be told, and anything left may serve to repair it.
                self._trouble(job_id, f"Left alone: {error.message}", error.key, error.version)
        return orphans

    def _orphans_of(self, job_id: str, item: LogItem | None, objects: Sequence[LogObject]) -> list[Orphan]:
        if item is None:
            return self._orphans_of_gone(job_id, objects)
        unneeded = [found for found in objects if not self._references.includes(item, found)]
        changed_at = time_of(item.epoch or "")
        if unneeded and changed_at is not None and changed_at > self._before:
            # The item may have referred to any of them until then; readers of the old item are still at it.
            self.report.young += len(unneeded)
            return []
        if any(found.kind == "document" for found in unneeded):
            self._require_document(item)
        return _as_orphans(unneeded, "unreferenced")

    def _orphans_of_gone(self, job_id: str, objects: Sequence[LogObject]) -> list[Orphan]:
        self._pairing_known = self._pairing_known or self._store.is_paired()
        if not self._pairing_known:
            self._trouble(
                job_id,
                "Left alone: the job has no item, but nothing shows that this table and this bucket belong together. "
                "Check their names; if they are right, say that the table is to be trusted.",
            )
            return []
        # A marker that hides versions goes at the next sweep, when they are gone.
        useless = [found for found in objects if found.kind != "delete_marker" or found.is_alone or not found.is_latest]
        return _as_orphans(useless, "job_gone")

    def _require_document(self, item: LogItem) -> None:
        """StepsMissing if the item names a document that is not there: then older versions are all that is left."""
        if item.key is not None and self._store.size_of(item) is None:
            raise StepsMissing(
                "the item names an S3 object that is not there; restore it (leadmagnet doctor says more).",
                job_id=item.job_id,
                key=item.key,
                version=item.version_id,
            )

    def _delete(self, orphans: Sequence[Orphan]) -> list[Orphan]:
        """Delete exactly these versions; those that S3 did not refuse."""
        failed = {(error["Key"], error.get("VersionId")): error for error in self._store.delete(orphans)}
        for (key, version), error in failed.items():
            self.report.add_problem(
                SweepProblem(
                    job_id=key.split("/")[1],
                    message=f"S3 did not delete it: {error.get('Code')} {error.get('Message')}. Sweep again.",
                    key=key,
                    version=version,
                )
            )
        return [orphan for orphan in orphans if (orphan.found.key, orphan.found.version_id) not in failed]

    def _trouble(self, job_id: str, message: str, key: str | None = None, version: str | None = None) -> None:
        if job_id != self._troubled:
            self._troubled = job_id
            self.report.add_problem(SweepProblem(job_id=job_id, message=message, key=key, version=version))


class _Store:
    """Table and bucket, as a sweep uses them."""

    def __init__(self, *, dynamodb: Tables, s3: Buckets, table: str, bucket: str) -> None:
        self._dynamodb = dynamodb
        self._s3 = s3
        self._table = table
        self._bucket = bucket

    def objects(self) -> Iterator[LogObject]:
        """Every log object in the bucket."""
        return log_objects(self._s3, self._bucket)

    def items(self, job_ids: Sequence[str]) -> dict[str, LogItem]:
        """The items of those jobs that have one, now."""
        return get_items(self._dynamodb, self._table, job_ids, POINTERS) if job_ids else {}

    def size_of(self, item: LogItem) -> int | None:
        """Bytes of the document that `item` names; None if it is missing."""
        return object_size(self._s3, self._bucket, str(item.key), item.version_id, job_id=item.job_id)

    def is_paired(self) -> bool:
        """Whether some item of the table names a document that the bucket has."""
        pages = item_pages(
            self._dynamodb,
            self._table,
            FilterExpression=f"attribute_exists({names.KEY})",
            ProjectionExpression=",".join(POINTERS),
        )
        items = (item for page in islice(pages, _MOST_PAGES) for item in page.items)
        return any(self.size_of(item) is not None for item in islice(items, _MOST_TRIES))

    def delete(self, orphans: Sequence[Orphan]) -> Sequence[Mapping[str, Any]]:
        """Delete up to 1,000 versions; S3's errors, each with its key and version."""
        if not orphans:
            return ()
        versions = [{"Key": orphan.found.key, "VersionId": orphan.found.version_id} for orphan in orphans]
        try:
            answer = self._s3.delete_objects(Bucket=self._bucket, Delete={"Objects": versions, "Quiet": True})
        except AWS_ERRORS as error:
            raise translated(error, "s3:DeleteObjectVersion", job_id=orphans[0].found.job_id) from error
        errors: Sequence[Mapping[str, Any]] = answer.get("Errors", ())
        return errors


def _as_orphans(objects: Sequence[LogObject], reason: Reason) -> list[Orphan]:
    return [Orphan(found=found, reason=reason) for found in objects]
