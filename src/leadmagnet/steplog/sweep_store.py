"""Table and bucket, as a sweep uses them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from leadmagnet.steplog import names
from leadmagnet.steplog.aws import AWS_ERRORS, Buckets, Tables, translated
from leadmagnet.steplog.item import LogItem
from leadmagnet.steplog.log_object import LogObject
from leadmagnet.steplog.presence import Present, look
from leadmagnet.steplog.references import POINTERS
from leadmagnet.steplog.scanning import get_items, item_pages
from leadmagnet.steplog.sweep_report import Orphan

#: S3 deletes at most this many versions in one request.
MOST_DELETED = 1_000
#: How far a table is searched for one item that the bucket knows.
_MOST_PAGES = 20
_MOST_TRIES = 10


class SweptStore:
    """The requests of a sweep, each for many jobs or objects at once."""

    def __init__(
        self,
        *,
        dynamodb: Tables,
        s3: Buckets,
        table: str,
        bucket: str,
        listing: Callable[[Buckets, str], Iterator[LogObject]],
    ) -> None:
        self._dynamodb = dynamodb
        self._s3 = s3
        self._table = table
        self._bucket = bucket
        self._listing = listing

    def objects(self) -> Iterator[LogObject]:
        """Every object in the bucket that this sweep looks at."""
        return self._listing(self._s3, self._bucket)

    def items(self, job_ids: Sequence[str]) -> dict[str, LogItem]:
        """The items of those jobs that have one, now."""
        return get_items(self._dynamodb, self._table, job_ids, POINTERS) if job_ids else {}

    def look_at(self, item: LogItem, version_id: str | None) -> Present | None:
        """What S3 says of that version of the document that `item` names; None if it is missing."""
        return look(self._s3, self._bucket, str(item.key), version_id, job_id=item.job_id)

    def is_paired(self) -> bool:
        """Whether some item of the table names a document that the bucket has."""
        pages = item_pages(
            self._dynamodb,
            self._table,
            FilterExpression=f"attribute_exists({names.KEY})",
            ProjectionExpression=",".join(POINTERS),
        )
        items = (item for page in islice(pages, _MOST_PAGES) for item in page.items)
        return any(self.look_at(item, item.version_id) is not None for item in islice(items, _MOST_TRIES))

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
