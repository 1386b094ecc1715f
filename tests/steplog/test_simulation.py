from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.steplog.simulation.run import run
from tests.steplog.simulation.scheduler import Stage
from tests.steplog.simulation.subject import Subject, real

_SCHEDULES = 20_000
_CHUNK = 250
#: Enough to notice most mistakes while one works; the others are in `make test-long`.
_SHORT = 1_500


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()


@pytest.fixture(scope="module")
def subject() -> Iterator[Subject]:
    subject = real()
    with subject.shrunk():
        yield subject


@pytest.mark.parametrize(
    "first",
    [pytest.param(first, marks=[pytest.mark.long] * (first >= _SHORT)) for first in range(0, _SCHEDULES, _CHUNK)],
)
def test_every_promise_holds_in_every_schedule(first: int, subject: Subject, stage: Stage) -> None:
    for seed in range(first, first + _CHUNK):
        outcome = run(seed, subject, stage)
        assert outcome.failure is None, f"{outcome.report()}\nscripts/simulate --show {seed}"


def test_the_same_seed_gives_the_same_schedule_request_for_request(subject: Subject, stage: Stage) -> None:
    seeds = range(60)
    once = [run(seed, subject, stage).history.digest() for seed in seeds]
    again = [run(seed, subject, Stage()).history.digest() for seed in seeds]
    assert again == once
    assert len(set(once)) == len(seeds)
