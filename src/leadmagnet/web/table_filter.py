"""Which jobs the table shows, as the address of the page says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from urllib.parse import urlencode

from leadmagnet.domain.job import JobStatus
from leadmagnet.domain.job_filter import JobFilter
from leadmagnet.web.visit import Visit

STATUSES = {"": "All"} | {status.value: status.value.capitalize() for status in JobStatus}
STORED = {"": "Stored anywhere", "inline": "Stored in DynamoDB", "offloaded": "Stored in S3"}
_LONGEST = 200
_LONGEST_CURSOR = 4_000
#: Of what was not understood, so much is said again.
_QUOTED = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFilter:
    """What was chosen; empty means anything."""

    status: str = ""
    workflow: str = ""
    stored: str = ""
    #: The first and the last day of creation, in UTC.
    first: date | None = None
    last: date | None = None
    text: str = ""
    cursor: str = ""
    #: Sentences about what the address asked for and is not done.
    remarks: tuple[str, ...] = ()

    @property
    def is_set(self) -> bool:
        """Whether anything is left out."""
        return bool(self.status or self.workflow or self.stored or self.first or self.last or self.text)

    @property
    def where(self) -> JobFilter:
        """The same for the job table."""
        return JobFilter(
            status=JobStatus(self.status) if self.status else None,
            workflow=self.workflow or None,
            created_from=datetime.combine(self.first, time.min, UTC) if self.first else None,
            created_to=datetime.combine(self.last, time.max, UTC) if self.last else None,
            stored="inline" if self.stored == "inline" else "offloaded" if self.stored else None,
            text=self.text or None,
        )

    def query(self, **changes: str) -> str:
        """The filter, with these changes, as the query of an address, with its question mark."""
        named = {
            "status": self.status,
            "workflow": self.workflow,
            "stored": self.stored,
            "from": self.first.isoformat() if self.first else "",
            "to": self.last.isoformat() if self.last else "",
            "q": self.text,
            "cursor": self.cursor,
        }
        chosen = urlencode({name: value for name, value in (named | changes).items() if value})
        return f"?{chosen}" if chosen else ""


def filter_of(visit: Visit) -> TableFilter:
    """The filter that the address names; what it does not know is left out, and remarked upon."""
    status, no_status = _choice(visit.query("status"), STATUSES, "status", "jobs of every status are shown")
    stored, no_place = _choice(visit.query("stored"), STORED, "place", "records are shown wherever they are stored")
    first, no_first = _day(visit.query("from"))
    last, no_last = _day(visit.query("to"))
    found = TableFilter(
        status=status,
        workflow=visit.query("workflow")[:_LONGEST],
        stored=stored,
        first=first,
        last=last,
        text=visit.query("q").strip()[:_LONGEST],
        cursor=visit.query("cursor")[:_LONGEST_CURSOR],
        remarks=(*no_status, *no_place, *no_first, *no_last),
    )
    if first and last and first > last:
        swapped = f"{first} is after {last}; the days between them are shown."
        return replace(found, first=last, last=first, remarks=(*found.remarks, swapped))
    return found


def _choice(said: str, choices: Mapping[str, str], noun: str, instead: str) -> tuple[str, tuple[str, ...]]:
    """What was chosen, or nothing and a remark."""
    if said in choices:
        return said, ()
    return "", (f"There is no {noun} “{said[:_QUOTED]}”; {instead}.",)


def _day(said: str) -> tuple[date | None, tuple[str, ...]]:
    """The day that was said, or none and a remark."""
    if not said.strip():
        return None, ()
    try:
        return date.fromisoformat(said.strip()), ()
    except ValueError:
        return None, (f"“{said[:_QUOTED]}” is no day as in 2026-03-01; jobs of all days are shown.",)
