from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.web.site import NOW, step

from leadmagnet.steplog import Summary
from leadmagnet.web.step_line import StepLine, step_line, under_way_line
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


@pytest.mark.parametrize("zoom", [1, 2, 32])
@pytest.mark.parametrize("span_ms", [1, 7, 950, 1_900, 61_000, 7_200_000, 90_000_000, 10**10])
def test_each_width_of_the_screen_has_a_few_marks_at_round_distances(span_ms: int, zoom: int) -> None:
    ticks = timeline_of([line(1, 0, span_ms)], zoom=zoom).ticks

    assert ticks[0].label == "0"
    # Less than a millisecond is not told apart.
    assert min(2 * zoom, span_ms) <= len(ticks) <= 6 * zoom + 1
    assert all(0 <= tick.left <= 100 for tick in ticks)
    assert len({tick.label for tick in ticks}) == len(ticks)


def test_marks_say_the_time_as_exactly_as_they_are_apart() -> None:
    def labels(span_ms: int, zoom: int = 1) -> list[str]:
        return [tick.label for tick in timeline_of([line(1, 0, span_ms)], zoom=zoom).ticks]

    assert labels(9_000)[:3] == ["0", "2 s", "4 s"]
    assert labels(9_000, 32)[20:23] == ["1.00 s", "1.05 s", "1.10 s"]
    assert labels(90_000)[2:5] == ["40 s", "1 min 0 s", "1 min 20 s"]
    assert labels(18_000_000)[:3] == ["0", "1 h", "2 h"]


@pytest.mark.parametrize("zoom", [1, 4, 32])
def test_steps_that_follow_each_other_share_a_lane_however_short_they_are(zoom: int) -> None:
    short = [line(number, 40 * number, 41) for number in range(10)]
    timeline = timeline_of([*short, line(10, 400, 60_000)], zoom=zoom)

    assert timeline.lanes == 1
    assert all(bar.width * zoom >= 0.1 for bar in timeline.bars)


def test_a_short_bar_is_widened_only_into_free_room_and_less_the_larger_it_is_drawn() -> None:
    lines = [line(1, 0, 1), line(2, 50_000, 50_000)]
    assert timeline_of(lines).bars[0].width == 4 * timeline_of(lines, zoom=4).bars[0].width


def test_steps_that_began_at_once_lie_side_by_side_even_if_they_took_no_time() -> None:
    assert timeline_of([line(1, 0, 0), line(2, 0, 0), line(3, 0, 1_000)]).lanes == 3


def test_a_step_under_way_reaches_until_now_and_has_room_to_grow() -> None:
    running = under_way_line(
        step_id="s", name="Slow", step_type="webhook", attempt=2, began_at=NOW + timedelta(seconds=1)
    )
    timeline = timeline_of([line(1, 0, 1_000)], under_way=[running], now=NOW + timedelta(seconds=11))

    slow = timeline.bars[1]
    assert (slow.line.attempt, slow.lane, timeline.now_ms) == (2, 0, 11_000)
    assert round(slow.left + slow.width, 1) == round(100 * 11_000 / timeline.span_ms, 1)
    assert timeline.span_ms > 12_000
    # A claim of 0.1.0 does not say when.
    assert timeline_of([], under_way=[replace(running, began_at=None)], now=NOW) == Timeline()


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
    (9, 10**7, True, 2),
    (11, 1_800_000, True, 50),
    (11, 1_800_000, False, 50),
    (60, 2_000_000, True, 10),
    (2_000, 3_700, True, 1_050),
]


@pytest.mark.parametrize(("count", "step_bytes", "at_rest", "shown"), SHOWN)
def test_the_timeline_shows_all_steps_where_they_are_small(
    count: int, step_bytes: int, at_rest: bool, shown: int
) -> None:
    summary = Summary(count=count, size_bytes=count * step_bytes, stored="inline", s3_key=None, version=1)
    assert axis_size(summary, at_rest=at_rest) == shown
