from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from tests.engine.simulation.planted import BUGS, Bug
from tests.engine.simulation.run import run
from tests.engine.simulation.subject import Patch, patched
from tests.steplog.simulation.scheduler import Stage

_MOST_SEEDS = 1_500


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    before = logging.root.manager.disable
    logging.disable()
    yield
    logging.disable(before)


@pytest.mark.long
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_the_simulator_finds_the_planted_bug(bug: Bug, stage: Stage) -> None:
    with patched("bug", bug.patches) as subject:
        found = next((seed for seed in range(_MOST_SEEDS) if run(seed, subject, stage).failure), None)
    assert found is not None


def test_a_copy_without_a_bug_keeps_every_promise(stage: Stage) -> None:
    with patched("copy", ()) as subject:
        assert not [seed for seed in range(60) if run(seed, subject, stage).failure]


def test_a_patch_that_no_longer_fits_the_source_fails_loudly() -> None:
    with (
        pytest.raises(LookupError, match="write this patch anew"),
        patched("bug", (Patch("engine.runner", "never in it", ""),)),
    ):
        pass
