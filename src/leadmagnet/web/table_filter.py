"""Which jobs the table shows, as the address of the page says it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from leadmagnet.domain.job import JobStatus
from leadmagnet.domain.job_filter import JobFilter
from leadmagnet.web.visit import Visit

STATUSES = {"": "All"} | {status.value: status.value.capitalize() for status in JobStatus}
STORED = {"": "Stored anywhere", "inline": "Stored in DynamoDB", "offloaded": "Stored in S3"}
_LONGEST = 200
_LONGEST_CURSOR = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFilter:
    """What was chosen; empty means anything."""

    status: str = ""
    workflow: str = ""
    stored: str = ""
    text: str = ""
    cursor: str = ""

    @property
    def is_set(self) -> bool:
        """Whether anything is left out."""
        return bool(self.status or self.workflow or self.stored or self.text)

    @property
    def where(self) -> JobFilter:
        """The same for the job table."""
        return JobFilter(
            status=JobStatus(self.status) if self.status else None,
            workflow=self.workflow or None,
            stored="inline" if self.stored == "inline" else "offloaded" if self.stored else None,
            text=self.text or None,
        )

    def query(self, **changes: str) -> str:
        """The filter, with these changes, as the query of an address, with its question mark."""
        changed = replace(self, **changes)
        named = {
            "status": changed.status,
            "workflow": changed.workflow,
            "stored": changed.stored,
            "q": changed.text,
            "cursor": changed.cursor,
        }
        chosen = urlencode({name: value for name, value in named.items() if value})
        return f"?{chosen}" if chosen else ""


def filter_of(visit: Visit) -> TableFilter:
    """The filter that the address names; what it does not know is left out."""
    status, stored = visit.query("status"), visit.query("stored")
    return TableFilter(
        status=status if status in STATUSES else "",
        workflow=visit.query("workflow")[:_LONGEST],
        stored=stored if stored in STORED else "",
        text=visit.query("q").strip()[:_LONGEST],
        cursor=visit.query("cursor")[:_LONGEST_CURSOR],
    )
