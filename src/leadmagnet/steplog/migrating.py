"""Brings the logs of a whole table into today's form, page by page, from wherever it was stopped."""

from __future__ import annotations

import base64
import binascii
import json
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from leadmagnet.steplog.adoption import Adoption, adoption_due
from leadmagnet.steplog.aws import Buckets, Tables
from leadmagnet.steplog.errors import NoSuchJob, NotConfigured, NotPermitted, StepLogError, StepsMissing
from leadmagnet.steplog.item import LogItem
from leadmagnet.steplog.limits import Limits
from leadmagnet.steplog.log import StepLog
from leadmagnet.steplog.presence import object_size
from leadmagnet.steplog.scanning import item_pages

#: Jobs brought over at the same time; each holds up to one uploaded part in memory.
_THREADS = 4
#: A report keeps this many problems; the rest are only counted.
MOST_PROBLEMS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """What became of one job: what was (or in a dry run, is to be) done, or why it was left alone."""

    job_id: str
    done: Adoption | None = None
    problem: str | None = None


@dataclass(slots=True, kw_only=True)
class MigrationReport:
    """Counts of a migration; they grow while it runs. In a dry run `done` is what would be."""

    dry_run: bool
    jobs: int = 0
    done: Counter[Adoption] = field(default_factory=Counter)
    problems: list[Migrated] = field(default_factory=list)
    problems_count: int = 0
    #: Where to go on if this is stopped: a token for `migrate`; None at the beginning and at the end.
    position: str | None = None

    def add(self, migrated: Migrated) -> None:
        """Count `migrated`, and keep its problem while there is room."""
        self.jobs += 1
        if migrated.done is not None:
            self.done[migrated.done] += 1
        if migrated.problem is not None:
            self.problems_count += 1
            if len(self.problems) < MOST_PROBLEMS:
                self.problems.append(migrated)


def migrate(
    *,
    dynamodb: Tables,
    s3: Buckets,
    table: str,
    bucket: str,
    limits: Limits | None = None,
    dry_run: bool = True,
    position: str | None = None,
    on_job: Callable[[Migrated], None] = lambda _: None,
    on_progress: Callable[[MigrationReport], None] = lambda _: None,
) -> MigrationReport:
    """Bring every log in the table into today's form; what was done.

    Jobs in today's form are only looked at, so running this twice is safe, and so is running it beside writers of
    ours. Older systems must not write to a job while it is brought over: their next look finds another form.
    A job that cannot be brought over (its S3 object is missing, say) is left as it is and reported.

    `on_job` is called for each job that is not in today's form, `on_progress` after each page of the table; the
    report's `position` then says where to go on. ValueError for a `position` that is none, or of another table.
    """
    limits = limits or Limits()
    look_at: Callable[[LogItem], Adoption | None] = _Planner(s3=s3, bucket=bucket, limits=limits)
    if not dry_run:
        log = StepLog(dynamodb=dynamodb, s3=s3, table=table, bucket=bucket, limits=limits)
        look_at = _Carrier(log=log, limits=limits)
    report = MigrationReport(dry_run=dry_run, position=position)
    start = {} if position is None else {"ExclusiveStartKey": _start_key(position, table)}
    with ThreadPoolExecutor(max_workers=_THREADS) as pool:
        for page in item_pages(dynamodb, table, **start):
            for migrated in pool.map(partial(_guarded, look_at), page.items):
                report.add(migrated)
                if migrated.done is not None or migrated.problem is not None:
                    on_job(migrated)
            report.position = None if page.position is None else _token(page.position, table)
            on_progress(report)
    return report


def _guarded(look_at: Callable[[LogItem], Adoption | None], item: LogItem) -> Migrated:
    """What `look_at` does to one job; what is wrong with the job is a problem, what is wrong with AWS is raised."""
    try:
        return Migrated(job_id=item.job_id, done=look_at(item))
    except (NotConfigured, NotPermitted):
        raise
    except NoSuchJob:
        # Deleted since the scan.
        return Migrated(job_id=item.job_id)
    except StepLogError as error:
        return Migrated(job_id=item.job_id, problem=str(error))


class _Planner:
    """Says what is due, without doing it."""

    def __init__(self, *, s3: Buckets, bucket: str, limits: Limits) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._limits = limits

    def __call__(self, item: LogItem) -> Adoption | None:
        due = adoption_due(item, self._limits)
        if due in ("indexed", "list_dropped") and self._is_missing(item):
            raise StepsMissing(
                "The item names an S3 object that is not there; restore it, or remove the key from the item.",
                job_id=item.job_id,
                key=item.key,
                version=item.version_id,
            )
        return due

    def _is_missing(self, item: LogItem) -> bool:
        return object_size(self._s3, self._bucket, str(item.key), item.version_id, job_id=item.job_id) is None


class _Carrier:
    """Does what is due, by the item as it is now and not as it was scanned."""

    def __init__(self, *, log: StepLog, limits: Limits) -> None:
        self._log = log
        self._limits = limits

    def __call__(self, item: LogItem) -> Adoption | None:
        return None if adoption_due(item, self._limits) is None else self._log.adopt(item.job_id)


def _token(position: Mapping[str, Any], table: str) -> str:
    return base64.urlsafe_b64encode(json.dumps({"table": table, "after": position["job_id"]["S"]}).encode()).decode()


def _start_key(position: str, table: str) -> dict[str, Any]:
    try:
        content = json.loads(base64.urlsafe_b64decode(position.encode()))
        of_table, after = content["table"], content["after"]
    except (ValueError, binascii.Error, KeyError, TypeError) as error:
        raise ValueError("this is no position of a migration; start again without one") from error
    if of_table != table:
        raise ValueError(f"this position belongs to the table {of_table}, not {table}")
    return {"job_id": {"S": after}}
