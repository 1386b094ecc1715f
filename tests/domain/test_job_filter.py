from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leadmagnet.domain.errors import Invalid
from leadmagnet.domain.job_filter import JobFilter

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def test_times_the_wrong_way_round_are_refused_where_they_are_said_and_not_by_a_database() -> None:
    with pytest.raises(Invalid) as caught:
        JobFilter(created_from=NOON, created_to=NOON - timedelta(microseconds=1))

    assert [problem.field for problem in caught.value.problems] == ["created_to"]


@pytest.mark.parametrize(("start", "end"), [(NOON, NOON), (NOON, None), (None, NOON)])
def test_a_moment_alone_and_an_open_end_are_times(start: datetime | None, end: datetime | None) -> None:
    assert JobFilter(created_from=start, created_to=end).created_from == start
