"""Looks over table, bucket and every job, and tells what is not as it must be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from leadmagnet.steplog.adoption import Form, form_of
from leadmagnet.steplog.aws import Buckets, Tables
from leadmagnet.steplog.errors import NoSuchJob, StepsCorrupt, Unavailable
from leadmagnet.steplog.findings import Examination, Finding
from leadmagnet.steplog.item import LogItem
from leadmagnet.steplog.job_checks import JobChecks
from leadmagnet.steplog.limits import MIB, Limits
from leadmagnet.steplog.objects import LogObjects
from leadmagnet.steplog.reading import LogReader
from leadmagnet.steplog.scanning import item_pages
from leadmagnet.steplog.store_checks import check_bucket, check_table
from leadmagnet.steplog.table import LogTable

#: Jobs looked at at the same time: S3 has no request that asks for many objects' sizes.
_THREADS = 8


def examine(
    *,
    dynamodb: Tables,
    s3: Buckets,
    table: str,
    bucket: str,
    deep: bool = False,
    on_finding: Callable[[Finding], None] = lambda _: None,
    on_progress: Callable[[Examination], None] = lambda _: None,
) -> Examination:
    """Examine table, bucket and every job in the table; only counts are kept, findings go to `on_finding`.

    Reads only, and is safe beside writers: what looks wrong in the scan is looked at once more by a consistent
    read before it counts. Items are read whole, for DynamoDB charges a scan by whole items anyway; memory holds
    one page of 1 MB. `deep` also reads every byte of every log from S3 and checks its hashes.
    """
    examination = Examination(deep=deep)

    def tell(finding: Finding) -> None:
        examination.findings[finding.kind] += 1
        on_finding(finding)

    for finding in (*check_table(dynamodb, table), *check_bucket(s3, bucket)):
        tell(finding)
    if not {"table_missing", "table_key_wrong", "bucket_missing"} & set(examination.findings):
        examiner = _examiner(dynamodb=dynamodb, s3=s3, table=table, bucket=bucket, deep=deep)
        with ThreadPoolExecutor(max_workers=_THREADS) as pool:
            for page in item_pages(dynamodb, table):
                for examined in pool.map(examiner.examine, page.items):
                    examination.jobs += 1
                    examination.forms += Counter([] if examined.form is None else [examined.form])
                    for finding in examined.findings:
                        tell(finding)
                on_progress(examination)
    return examination


@dataclass(frozen=True, slots=True, kw_only=True)
class _Examined:
    """One job: its form (None if its item cannot be read or is gone) and what was found."""

    form: Form | None
    findings: tuple[Finding, ...]


class _Examiner:
    """Examines one job at a time; used by many threads."""

    def __init__(self, *, table: LogTable, checks: JobChecks, deep: bool) -> None:
        self._table = table
        self._checks = checks
        self._deep = deep

    def examine(self, item: LogItem) -> _Examined:
        """The job as scanned, and again as it is now if that looks wrong."""
        try:
            examined = self._look(item)
            return self._look(self._table.get(item.job_id)) if examined.findings else examined
        except NoSuchJob:
            return _Examined(form=None, findings=())
        except Unavailable as error:
            finding = Finding(kind="not_examined", message=error.message, job_id=item.job_id, key=error.key)
            return _Examined(form=None, findings=(finding,))

    def _look(self, item: LogItem) -> _Examined:
        findings = list(self._checks.shallow(item))
        if self._deep and not findings:
            findings += self._checks.deep(item)
        try:
            form = form_of(item)
        except StepsCorrupt:
            return _Examined(form=None, findings=tuple(findings))
        return _Examined(form=form, findings=tuple(findings))


def _examiner(*, dynamodb: Tables, s3: Buckets, table: str, bucket: str, deep: bool) -> _Examiner:
    log_table = LogTable(dynamodb=dynamodb, table=table, limits=Limits())
    objects = LogObjects(s3=s3, bucket=bucket, upload_bytes=MIB)
    reader = LogReader(table=log_table, objects=objects)
    checks = JobChecks(s3=s3, bucket=bucket, objects=objects, reader=reader)
    return _Examiner(table=log_table, checks=checks, deep=deep)
