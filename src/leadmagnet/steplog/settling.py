"""Makes every record of a table plain: whole for a reader that knows a list, or a key and the newest object there.

Before a release is taken back: whatever older readers know nothing of (a tail, a pointer's version, chunks) is joined
into the one document that they do know.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Literal

from leadmagnet.steplog import names
from leadmagnet.steplog.adoption import form_of
from leadmagnet.steplog.aws import Buckets, Tables
from leadmagnet.steplog.errors import NoSuchJob, NotConfigured, NotPermitted, StepLogError, StepsMissing
from leadmagnet.steplog.item import LogItem
from leadmagnet.steplog.limits import Limits
from leadmagnet.steplog.log import StepLog
from leadmagnet.steplog.objects import LogObjects
from leadmagnet.steplog.presence import object_size
from leadmagnet.steplog.scanning import MOST_KEYS, ItemPage, get_items, item_pages
from leadmagnet.steplog.settle_position import END, SettlePosition, start_key
from leadmagnet.steplog.settle_report import Settled, SettleReport

#: Parts of the table that are read at the same time; in each one job at a time is sealed, in up to 20 MB of memory.
_SEGMENTS = 4
#: Seconds between two looks at jobs in flight.
_POLL_S = 2.0
#: Whole items asked for at once; DynamoDB sends up to 16 MB.
_MOST_ITEMS = 20

#: What to do with jobs that writers are at work on: count them, or seal what they have so far.
InFlight = Literal["counted", "sealed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """How a job's item says that writers are at work on it: a string attribute has this value."""

    attribute: str = "status"
    value: str = "processing"

    def of(self, item: LogItem) -> bool:
        """Whether it says so."""
        return item.attributes.get(self.attribute) == {"S": self.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """By what a settling waits."""

    now_s: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep


def settle(
    *,
    dynamodb: Tables,
    s3: Buckets,
    table: str,
    bucket: str,
    limits: Limits | None = None,
    running: Running | None = None,
    in_flight: InFlight = "counted",
    wait_s: float = 0.0,
    dry_run: bool = False,
    position: str | None = None,
    on_job: Callable[[Settled], None] = lambda _: None,
    on_progress: Callable[[SettleReport], None] = lambda _: None,
    waiting: Waiting | None = None,
) -> SettleReport:
    """Seal every record in the table that the plainest reader would not see whole; what was done.

    That reader takes `execution_steps` if it is there, else the newest S3 object under `execution_steps_s3_key` as one
    JSON array. Jobs in flight are waited for up to `wait_s` seconds, and then sealed so far if `in_flight` says so:
    right as far as they go, for their writers add to them. Records that are plain are only looked at, so running this
    twice is safe, and so is running it beside writers.

    `on_job` is called for each job that was sealed, or could not be; `on_progress` after each page of the table, and
    now and then while it waits: the report's `position` then says where to go on. ValueError for a `position` that is
    none, or of another table.
    """
    where = SettlePosition(table=table, segments=(None,) * _SEGMENTS)
    if position is not None:
        where = SettlePosition.from_text(position, table=table)
    settler = _Settler(
        log=StepLog(dynamodb=dynamodb, s3=s3, table=table, bucket=bucket, limits=limits),
        s3=s3,
        bucket=bucket,
        running=running or Running(),
        dry_run=dry_run,
    )
    settling = _Settling(
        dynamodb=dynamodb, table=table, settler=settler, dry_run=dry_run, on_job=on_job, on_progress=on_progress
    )
    return settling.run(where, in_flight=in_flight, wait_s=wait_s, waiting=waiting or Waiting())


class _Settler:
    """Looks at one job, and makes its record plain if it is not; used by many threads."""

    def __init__(self, *, log: StepLog, s3: Buckets, bucket: str, running: Running, dry_run: bool) -> None:
        self.running = running
        self._log = log
        self._s3 = s3
        self._bucket = bucket
        self._objects = LogObjects(s3=s3, bucket=bucket, upload_bytes=Limits().upload_bytes)
        self._dry_run = dry_run

    def look(self, item: LogItem, in_flight: InFlight) -> Settled:
        """What became of the job; what is wrong with it is a problem, what is wrong with AWS is raised."""
        running = self.running.of(item)
        try:
            partial = not self._is_plain(item)
            if not partial or (running and in_flight == "counted"):
                return Settled(job_id=item.job_id, in_flight=running, partial=partial)
            if self._dry_run:
                self._require_object(item)
            else:
                self._log.seal(item.job_id)
            return Settled(job_id=item.job_id, in_flight=running, sealed=True)
        except (NotConfigured, NotPermitted):
            raise
        except NoSuchJob:
            # Deleted since the scan.
            return Settled(job_id=item.job_id)
        except StepLogError as error:
            return Settled(job_id=item.job_id, in_flight=running, problem=str(error))

    def _is_plain(self, item: LogItem) -> bool:
        """Whether the plainest reader sees all of it."""
        form = form_of(item)
        if form == "older_key" and item.version_id is None:
            self._require_object(item)
            return True
        if form in ("older_key", "offloaded"):
            return not item.tail and self._objects.is_newest(str(item.key), item.version_id, job_id=item.job_id)
        return form != "list_and_key"

    def _require_object(self, item: LogItem) -> None:
        if object_size(self._s3, self._bucket, str(item.key), item.version_id, job_id=item.job_id) is None:
            raise StepsMissing(
                "The item names an S3 object that is not there; restore it, or write the steps anew with replace.",
                job_id=item.job_id,
                key=item.key,
                version=item.version_id,
            )


@dataclass(slots=True)
class _Segment:
    """A part of the table, as far as it has been read."""

    pages: Iterator[ItemPage]
    after: str | None


class _Settling:
    """One run over the table."""

    def __init__(
        self,
        *,
        dynamodb: Tables,
        table: str,
        settler: _Settler,
        dry_run: bool,
        on_job: Callable[[Settled], None],
        on_progress: Callable[[SettleReport], None],
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._settler = settler
        self._on_job = on_job
        self._on_progress = on_progress
        self._report = SettleReport(dry_run=dry_run)

    def run(self, where: SettlePosition, *, in_flight: InFlight, wait_s: float, waiting: Waiting) -> SettleReport:
        """The table's rest from there on, and then the jobs that were in flight."""
        deadline = waiting.now_s() + wait_s
        # What is waited for is sealed afterwards, once and whole.
        at_first: InFlight = "counted" if wait_s > 0 else in_flight
        self._look_again(where.again, at_first)
        self._scan(where, at_first)
        while self._report.in_flight and (left := deadline - waiting.now_s()) > 0:
            waiting.pause(min(_POLL_S, left))
            self._look_again(self._landed(), at_first)
            self._on_progress(self._report)
        if in_flight != at_first:
            self._look_again(tuple(self._report.in_flight), in_flight)
        self._report.position = None
        self._on_progress(self._report)
        return self._report

    def _scan(self, where: SettlePosition, in_flight: InFlight) -> None:
        segments = [self._segment(number, where) for number in range(len(where.segments))]
        with ThreadPoolExecutor(max_workers=len(segments)) as pool:
            pending = {pool.submit(self._page, each, in_flight): each for each in segments if each.after != END}
            while pending:
                done, _ = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    segment = pending.pop(future)
                    page, found = future.result()
                    self._report.jobs += page.scanned
                    self._add(found)
                    segment.after = END if page.position is None else str(page.position["job_id"]["S"])
                    if segment.after != END:
                        pending[pool.submit(self._page, segment, in_flight)] = segment
                again = (*self._report.in_flight, *self._report.problems)
                here = SettlePosition(table=self._table, segments=tuple(each.after for each in segments), again=again)
                self._report.position = here.to_text()
                self._on_progress(self._report)

    def _segment(self, number: int, where: SettlePosition) -> _Segment:
        """Only what may need work is sent: logs in S3, and jobs in flight, to be counted."""
        running, after = self._settler.running, where.segments[number]
        pages = item_pages(
            self._dynamodb,
            self._table,
            Segment=number,
            TotalSegments=len(where.segments),
            # A job that came to rest this moment must not be taken for one in flight, nor miss its tail.
            ConsistentRead=True,
            FilterExpression=f"attribute_exists({names.KEY}) OR #running=:running",
            ExpressionAttributeNames={"#running": running.attribute},
            ExpressionAttributeValues={":running": {"S": running.value}},
            **start_key(after),
        )
        return _Segment(pages, after)

    def _page(self, segment: _Segment, in_flight: InFlight) -> tuple[ItemPage, list[Settled]]:
        page = next(segment.pages)
        return page, [self._settler.look(item, in_flight) for item in page.items]

    def _landed(self) -> list[str]:
        """Those jobs in flight that are in flight no longer."""
        running = self._settler.running
        job_ids = tuple(self._report.in_flight)
        landed: list[str] = []
        for first in range(0, len(job_ids), MOST_KEYS):
            batch = job_ids[first : first + MOST_KEYS]
            found = get_items(self._dynamodb, self._table, batch, ("job_id", running.attribute))
            landed += [job_id for job_id in batch if job_id not in found or not running.of(found[job_id])]
        return landed

    def _look_again(self, job_ids: Sequence[str], in_flight: InFlight) -> None:
        attributes = ("job_id", self._settler.running.attribute, *names.OURS)
        for first in range(0, len(job_ids), _MOST_ITEMS):
            batch = job_ids[first : first + _MOST_ITEMS]
            for job_id in batch:
                self._report.land(job_id)
            found = get_items(self._dynamodb, self._table, batch, attributes)
            self._add([self._settler.look(item, in_flight) for item in found.values()])

    def _add(self, found: Sequence[Settled]) -> None:
        for settled in found:
            self._report.add(settled)
            if settled.sealed or settled.problem is not None:
                self._on_job(settled)
