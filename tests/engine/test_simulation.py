"""The real engine and worker in orders and faults by the thousand; one of them: scripts/simulate engine --show SEED"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from tests.engine.simulation.run import run
from tests.engine.simulation.subject import Subject, real
from tests.steplog.simulation.scheduler import Stage

_SCHEDULES = 5_000
_CHUNK = 125
#: Enough to notice most mistakes while one works; the others are in `make test-long`.
_SHORT = 500


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()


@pytest.fixture(scope="module")
def subject() -> Subject:
    return real()


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """What the service logs of thousands of faults nobody reads."""
    before = logging.root.manager.disable
    logging.disable()
    yield
    logging.disable(before)


@pytest.mark.parametrize(
    "first",
    [pytest.param(first, marks=[pytest.mark.long] * (first >= _SHORT)) for first in range(0, _SCHEDULES, _CHUNK)],
)
def test_every_promise_holds_in_every_schedule(first: int, subject: Subject, stage: Stage) -> None:
    for seed in range(first, first + _CHUNK):
        outcome = run(seed, subject, stage)
        assert outcome.failure is None, f"{outcome.report()}\nscripts/simulate engine --show {seed}"


def test_the_same_seed_gives_the_same_schedule_request_for_request(subject: Subject, stage: Stage) -> None:
    seeds = range(40)
    once = [run(seed, subject, stage).history.digest() for seed in seeds]
    again = [run(seed, subject, Stage()).history.digest() for seed in seeds]
    assert again == once
    assert len(set(once)) == len(seeds)


def test_the_schedules_try_what_they_are_meant_to_try(subject: Subject, stage: Stage) -> None:
    outcomes = [run(seed, subject, stage) for seed in range(200)]
    text = "\n".join(line for outcome in outcomes for line in outcome.history.lines())

    for sign in _SIGNS:
        assert sign in text, sign
    assert sum(outcome.calls for outcome in outcomes) > len(outcomes)


_SIGNS = (
    "KILLED in the middle of the call", "KILLED after", "answer lost", "arrives late", "first try", "REFUSED", "stalls",
    "clock", "cancels", "runs again", "stops", "redrives", "model fails", "step_interrupted", "lease_lost",
    "deadline", "budget",
)  # fmt: skip
