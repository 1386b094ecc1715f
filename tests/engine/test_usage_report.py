from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from tests.engine.fakes import World
from tests.engine.jobs import submitted

from leadmagnet.domain.errors import Invalid
from leadmagnet.domain.job import JobStatus
from leadmagnet.engine.usage_report import UsageRow, usage_report


def store(world: World, day: int, hour: int, **facts: object) -> None:
    job = submitted(world)
    created = datetime(2026, 3, day, hour, 30, tzinfo=UTC)
    world.jobs.stored[job.id] = replace(job, created_at=created, **facts)  # type: ignore[arg-type]


def test_each_day_and_workflow_has_a_row_with_the_sum_of_its_jobs() -> None:
    world = World()
    store(world, 1, 0, tokens=10, cost_usd=0.5)
    store(world, 1, 23, tokens=5, cost_usd=0.25, status=JobStatus.FAILED)
    store(world, 2, 0, tokens=1, cost_usd=0.125, workflow="other")
    store(world, 3, 0, tokens=99)
    store(world, 2, 5, tokens=99, tenant="somebody")

    rows = usage_report(tenant="acme", first=date(2026, 3, 1), last=date(2026, 3, 2), history=world.jobs)

    assert rows == [
        UsageRow(day=date(2026, 3, 1), workflow="small-report", jobs=2, failed=1, tokens=15, cost_usd=0.75),
        UsageRow(day=date(2026, 3, 2), workflow="other", jobs=1, tokens=1, cost_usd=0.125),
    ]


@pytest.mark.parametrize("last", [date(2026, 2, 28), date(2026, 6, 1)])
def test_days_the_wrong_way_round_or_too_far_apart_are_refused(last: date) -> None:
    with pytest.raises(Invalid, match="92 days"):
        usage_report(tenant="acme", first=date(2026, 3, 1), last=last, history=World().jobs)
