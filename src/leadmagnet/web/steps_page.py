"""The part of a job's record that is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leadmagnet.steplog import Summary
from leadmagnet.steplog.errors import NoSuchJob, StepsCorrupt, StepsMissing
from leadmagnet.web.record import Record
from leadmagnet.web.step_line import StepLine

#: Steps per page: as many as fit on a few screens, fewer where steps are large.
SIZES = (50, 20, 10, 5, 2, 1)
#: What the server reads from the record for one page as a rule,
_PAGE_BYTES = 4_000_000
#: and for one that would else be hard to read: all of a record, or as many rows as are seen at once.
_MOST_PAGE_BYTES = 24_000_000
_ROWS_SEEN = 10
#: Bars that are drawn together beyond this say no more than those of a part.
_MOST_ON_AXIS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StepsPage:
    """Some steps, from `start`; `count` is the whole record's. `problem` says why there are none."""

    lines: Sequence[StepLine] = ()
    start: int = 0
    limit: int = SIZES[0]
    count: int = 0
    problem: str = ""

    @property
    def end(self) -> int:
        """The place after the last of these steps."""
        return self.start + len(self.lines)

    @property
    def previous(self) -> int | None:
        """Where the page before begins."""
        return max(0, self.start - self.limit) if self.start else None

    @property
    def next(self) -> int | None:
        """Where the page after begins."""
        return self.end if self.lines and self.end < self.count else None

    @property
    def starts(self) -> range:
        """Where each page of the record begins."""
        return range(0, self.count, self.limit)


def page_size(summary: Summary) -> int:
    """How many steps of this record make a page."""
    if not summary.count or not summary.size_bytes:
        return SIZES[0]
    if summary.size_bytes <= _MOST_PAGE_BYTES and summary.count <= SIZES[0]:
        return SIZES[0]
    each = max(1, summary.size_bytes // summary.count)
    fit = max(_PAGE_BYTES // each, min(_ROWS_SEEN, _MOST_PAGE_BYTES // each))
    return next((size for size in SIZES if size <= fit), SIZES[-1])


def axis_size(summary: Summary, *, at_rest: bool) -> int:
    """How many steps of this record the timeline shows at a time: all, if they are small, and whole pages of the list.

    While the job runs less is read, for it is read again with each step.
    """
    room = _PAGE_BYTES if at_rest else _PAGE_BYTES // 4
    if not summary.count or not summary.size_bytes:
        return SIZES[0]
    fit = min(_MOST_ON_AXIS, room // max(1, summary.size_bytes // summary.count))
    page = page_size(summary)
    return max(page, fit - fit % page)


def read_steps(record: Record, *, start: int, limit: int) -> StepsPage:
    """The steps from `start`; a record that is damaged or gone is said to be so, and the page still opens."""
    try:
        found = record.page(start, limit)
    except (StepsMissing, StepsCorrupt) as error:
        return StepsPage(start=start, limit=limit, problem=str(error))
    except NoSuchJob:
        return StepsPage(start=start, limit=limit)
    return StepsPage(lines=record.lines(found), start=start, limit=limit, count=found.count)
