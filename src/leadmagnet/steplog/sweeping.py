"""Finds the S3 objects that no job's item refers to, and deletes them.

A writer puts its object first and commits it to the item later, so a fresh object that nothing refers to may be
about to be used; and a reader that looked at the item a moment ago may still fetch what was replaced since. Both
take seconds. So an object is an orphan only if it has been out of use for the grace period, which is counted from
the latest of: when it was put; when the next version under its key was put; when the job dropped it (see `disuse`).
Then two consistent looks at the item must agree that nothing refers to it, the second right before the delete.

What this cannot see is a writer that stands still between its put and its commit for longer than the grace period.
Our clients give up after minutes, a Lambda function after 15, so only a machine put to sleep at that very moment
can; 24 hours leave it a night.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from leadmagnet.steplog.aws import Buckets, Tables
from leadmagnet.steplog.disuse import Disuse
from leadmagnet.steplog.errors import StepsCorrupt, StepsMissing
from leadmagnet.steplog.item import LogItem
from leadmagnet.steplog.limits import MIB
from leadmagnet.steplog.listing import folder_objects, log_objects
from leadmagnet.steplog.log_object import LogObject
from leadmagnet.steplog.objects import LogObjects
from leadmagnet.steplog.references import References
from leadmagnet.steplog.scanning import MOST_KEYS
from leadmagnet.steplog.sweep_report import Orphan, Reason, SweepProblem, SweepReport
from leadmagnet.steplog.sweep_store import MOST_DELETED, SweptStore

DEFAULT_GRACE = timedelta(hours=24)
#: AWS takes requests from clocks up to 15 minutes wrong, and a Lambda function may write for 15 minutes.
LEAST_GRACE = timedelta(hours=1)
#: Listed objects between two calls of `on_progress`, where there is nothing to delete.
_PROGRESS_EVERY = 1_000

#: What of a job whose item is gone is taken: what its step log wrote, or everything in its folder.
OfGoneJobs = Literal["log", "folder"]
_LISTINGS = {"log": log_objects, "folder": folder_objects}

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
    of_gone_jobs: OfGoneJobs = "log",
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

    What others put into the folders of jobs (artifacts) is none of ours. With `of_gone_jobs="folder"` it goes with
    the rest of a job that has no item any more; that of a job with an item is not touched even then. It takes a look
    at the item of each job that has a file older than the grace, since no other thing tells that the job is gone.
    """
    if grace < LEAST_GRACE and not allow_short_grace:
        raise ValueError(f"a grace of {grace} is not safe beside writers; allow at least {LEAST_GRACE}")
    objects = LogObjects(s3=s3, bucket=bucket, upload_bytes=MIB)
    # In a bucket that keeps no versions a new object takes the place, and the name, of the one to be deleted.
    objects.require_versioning(job_id=None)
    listing = _LISTINGS[of_gone_jobs]
    store, before = SweptStore(dynamodb=dynamodb, s3=s3, table=table, bucket=bucket, listing=listing), now() - grace
    references = References(objects=objects)
    run = _Sweep(
        store=store,
        references=references,
        disuse=Disuse(look_at=store.look_at, pages_of=references.pages_of, before=before, grace=grace),
        before=before,
        pairing_known=trust_table,
        report=SweepReport(dry_run=dry_run),
        on_orphan=on_orphan,
        on_progress=on_progress,
    )
    for batch in run.batches():
        run.take(batch)
    return run.report


class _Sweep:
    """One sweep under way."""

    def __init__(
        self,
        *,
        store: SweptStore,
        references: References,
        disuse: Disuse,
        before: datetime,
        pairing_known: bool,
        report: SweepReport,
        on_orphan: Callable[[Orphan], None],
        on_progress: Callable[[SweepReport], None],
    ) -> None:
        self.report = report
        self._store = store
        self._references = references
        self._disuse = disuse
        #: What was in use at this time or later is too young.
        self._before = before
        self._pairing_known = pairing_known
        self._on_orphan = on_orphan
        self._on_progress = on_progress
        #: The last job that a problem was reported for: one is enough.
        self._troubled = ""

    def batches(self) -> Iterator[_Batch]:
        """The objects that are old enough by S3's own account; jobs without any cost no look at the table."""
        batch: dict[str, list[LogObject]] = {}
        size = 0
        for found in self._store.objects():
            self.report.objects += 1
            if self.report.objects % _PROGRESS_EVERY == 0:
                self._on_progress(self.report)
            if found.since > self._before:
                self.report.young += 1
                continue
            if size == MOST_DELETED or (len(batch) == MOST_KEYS and found.job_id not in batch):
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
        self._on_progress(self.report)

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
        # The item may have referred to the others until lately; readers of the old item are still at them.
        unused = self._disuse.long_unused(item, unneeded)
        self.report.young += len(unneeded) - len(unused)
        if any(found.kind == "document" for found in unused):
            self._require_document(item)
        return _as_orphans(unused, "unreferenced")

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
        if item.key is not None and self._store.look_at(item, item.version_id) is None:
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


def _as_orphans(objects: Sequence[LogObject], reason: Reason) -> list[Orphan]:
    return [Orphan(found=found, reason=reason) for found in objects]
