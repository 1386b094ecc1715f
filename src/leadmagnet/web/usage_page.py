"""What the tenant's jobs used: by day and workflow, drawn and in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from leadmagnet.domain.errors import Invalid
from leadmagnet.engine.usage_report import MOST_DAYS, UsageRow, usage_report
from leadmagnet.web.answers import page
from leadmagnet.web.formats import cost_text, number_text
from leadmagnet.web.usage_chart import Chart, chart_of
from leadmagnet.web.visit import Visit

#: Ranges to choose from, in days that end today.
RANGES = (7, 30, 90)
MEASURES = {"cost": "Cost", "tokens": "Tokens", "jobs": "Jobs"}


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageView:
    """What was chosen, and the rows that fit."""

    first: date
    last: date
    today: date
    workflow: str = ""
    measure: str = ""
    rows: Sequence[UsageRow] = ()
    problem: str = ""

    @property
    def total(self) -> UsageRow:
        """All rows as one."""
        return _sum(self.rows, UsageRow(day=self.last, workflow=""))

    @property
    def by_workflow(self) -> Sequence[UsageRow]:
        """A row for each workflow, the dearest first."""
        sums: dict[str, UsageRow] = {}
        for row in self.rows:
            sums[row.workflow] = _sum([row], sums.get(row.workflow) or UsageRow(day=self.last, workflow=row.workflow))
        return sorted(sums.values(), key=lambda row: (-row.cost_usd, -row.tokens, -row.jobs, row.workflow))

    def query(self, **changes: object) -> str:
        """The choice, with these changes, as the query of an address."""
        named = {
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "workflow": self.workflow,
            "by": self.measure,
        }
        return urlencode({name: value for name, value in (named | changes).items() if value})

    def range_query(self, days: int) -> str:
        """The last `days` days."""
        return self.query(first=(self.today - timedelta(days=days - 1)).isoformat(), last=self.today.isoformat())

    def is_range(self, days: int) -> bool:
        """Whether these are the last `days` days."""
        return self.last == self.today and (self.last - self.first).days == days - 1


def show(visit: Visit) -> Response:
    """The page; a range that cannot be told says why, beside the picker."""
    view = _chosen(visit)
    try:
        rows = usage_report(
            tenant=visit.caller.tenant, first=view.first, last=view.last, history=visit.parts.operator.history
        )
    except Invalid:
        rows = []
        problem = (
            f"Usage is told for up to {MOST_DAYS} days at a time, from an earlier to a later one. Choose other days."
        )
        view = replace(view, problem=problem)
    titles = {row.workflow: row.workflow for row in rows}
    titles |= {workflow.name: workflow.title for workflow in visit.parts.operator.workflows.list()}
    view = replace(view, rows=[row for row in rows if view.workflow in ("", row.workflow)])
    view = replace(view, measure=view.measure or ("cost" if view.total.cost_usd else "tokens"))
    return page(visit, "usage.html", view=view, chart=_chart(view), titles=titles, ranges=RANGES, measures=MEASURES)


def _chosen(visit: Visit) -> UsageView:
    today = visit.parts.operator.clock().astimezone(UTC).date()
    last = _day(visit.query("last")) or today
    return UsageView(
        first=_day(visit.query("first")) or last - timedelta(days=RANGES[1] - 1),
        last=last,
        today=today,
        workflow=visit.query("workflow")[:300],
        measure=visit.query("by") if visit.query("by") in MEASURES else "",
    )


def _day(text: str) -> date | None:
    """The day; None for what is none, or lies outside of what a calendar here can count on from."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 3000 else None


def _chart(view: UsageView) -> Chart:
    days = (
        [view.first + timedelta(days=n) for n in range((view.last - view.first).days + 1)] if not view.problem else []
    )
    names = [row.workflow for row in view.by_workflow]
    values: Mapping[tuple[date, str], float] = {
        (row.day, row.workflow): _measured(row, view.measure) for row in view.rows
    }
    text = cost_text if view.measure == "cost" else lambda value: number_text(round(value or 0))
    return chart_of(days, names, values, text=text)


def _measured(row: UsageRow, measure: str) -> float:
    return {"cost": row.cost_usd, "tokens": float(row.tokens), "jobs": float(row.jobs)}[measure]


def _sum(rows: Sequence[UsageRow], start: UsageRow) -> UsageRow:
    return replace(
        start,
        jobs=start.jobs + sum(row.jobs for row in rows),
        failed=start.failed + sum(row.failed for row in rows),
        tokens=start.tokens + sum(row.tokens for row in rows),
        cost_usd=start.cost_usd + sum(row.cost_usd for row in rows),
    )
