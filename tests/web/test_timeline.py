from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.web.site import NOW, step

from leadmagnet.steplog import Summary
from leadmagnet.web.step_line import StepLine, step_line
from leadmagnet.web.steps_page import axis_size
from leadmagnet.web.timeline import Timeline, timeline_of


def line(number: int, start_ms: int, took_ms: int, **changes: Any) -> StepLine:  # noqa: ANN401 (any attribute)
    moment = (NOW + timedelta(milliseconds=start_ms)).isoformat()
    return step_line(number, step(number, timestamp=moment, duration_ms=took_ms, **changes))


def lanes(timeline: Timeline) -> dict[int, int]:
    return {bar.line.index: bar.lane for bar in timeline.bars}


def test_bars_lie_where_their_steps_ran_and_parallel_ones_side_by_side() -> None:
    timeline = timeline_of([line(1, 0, 1_000), line(2, 500, 500), line(3, 1_000, 1_000), line(4, 1_500, 500)])

    assert [(bar.line.index, bar.left, bar.width) for bar in timeline.bars] == [
        (1, 0, 50),
        (2, 25, 25),
        (3, 50, 50),
        (4, 75, 25),
    ]
    assert lanes(timeline) == {1: 0, 2: 1, 3: 0, 4: 1}
    assert (timeline.lanes, timeline.span_ms) == (2, 2_000)


def test_steps_recorded_out_of_order_are_shown_in_the_order_of_time() -> None:
    timeline = timeline_of([line(2, 1_000, 100), line(1, 0, 100)])
    assert [bar.line.index for bar in timeline.bars] == [1, 2]


def test_what_did_not_run_in_this_job_has_no_bar() -> None:
    kept = line(1, -86_400_000, 100, kept_from="JOB1")
    submission = line(0, -5_000, 0, step_type="form_submission")
    undated = step_line(3, step(3) | {"timestamp": None})

    assert list(lanes(timeline_of([submission, kept, line(2, 0, 100), undated]))) == [2]
    assert timeline_of([submission]) == Timeline()


def test_an_instant_can_still_be_seen_and_stays_on_the_axis() -> None:
    timeline = timeline_of([line(1, 0, 100_000), line(2, 100_000, 0)])
    last = timeline.bars[-1]

    assert last.width > 0
    assert last.left + last.width <= 100


@pytest.mark.parametrize("span_ms", [1, 7, 950, 1_900, 61_000, 7_200_000, 10**10])
def test_the_axis_has_few_marks_at_round_distances(span_ms: int) -> None:
    ticks = timeline_of([line(1, 0, span_ms)]).ticks

    assert ticks[0].label == "0"
    assert 1 <= len(ticks) <= 8
    assert all(0 <= tick.left <= 100 for tick in ticks)
    assert len({tick.label for tick in ticks}) == len(ticks)


def test_of_many_steps_some_share_a_bar_that_leads_to_the_failed_one() -> None:
    changes: dict[int, dict[str, Any]] = {500: {"status": "failed"}}
    lines = [line(number, 1_000 * number, 900, **changes.get(number, {})) for number in range(1_000)]
    timeline = timeline_of(lines, most_bars=100)

    assert len(timeline.bars) == 100
    assert sum(bar.count for bar in timeline.bars) == 1_000
    [bad] = [bar for bar in timeline.bars if bar.failed]
    assert (bad.line.index, bad.count, bad.failed, bad.duration_ms) == (500, 10, 1, 9_900)
    assert timeline.lanes == 1


SHOWN = [
    (0, 0, True, 50),
    (60, 1_000, True, 2_000),
    (1_500, 1_000, False, 1_000),
    (10_000, 10_000, True, 400),
    (9, 10**7, True, 1),
]


@pytest.mark.parametrize(("count", "step_bytes", "at_rest", "shown"), SHOWN)
def test_the_timeline_shows_all_steps_where_they_are_small(
    count: int, step_bytes: int, at_rest: bool, shown: int
) -> None:
    summary = Summary(count=count, size_bytes=count * step_bytes, stored="inline", s3_key=None, version=1)
    assert axis_size(summary, at_rest=at_rest) == shown
