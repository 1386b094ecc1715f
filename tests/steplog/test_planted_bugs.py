from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.steplog.simulation.planted import BUGS, Bug
from tests.steplog.simulation.run import run
from tests.steplog.simulation.scheduler import Stage
from tests.steplog.simulation.subject import Patch, patched, real

_MOST_SEEDS = 3_000


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()


@pytest.mark.long
@pytest.mark.parametrize("bug", [bug for bug in BUGS if bug.check is None], ids=lambda bug: bug.name)
def test_the_simulator_finds_the_planted_bug(bug: Bug, stage: Stage) -> None:
    with patched("bug", bug.patches) as subject, subject.shrunk():
        found = next((seed for seed in range(_MOST_SEEDS) if run(seed, subject, stage).failure), None)
    assert found is not None


@pytest.mark.parametrize("bug", [bug for bug in BUGS if bug.check is not None], ids=lambda bug: bug.name)
def test_a_check_finds_the_planted_bug_and_nothing_else(bug: Bug) -> None:
    assert bug.check is not None
    bug.check(real())
    with patched("bug", bug.patches) as subject, pytest.raises(BaseException):  # noqa: B017, PT011 (any way to break)
        bug.check(subject)


def test_a_copy_without_a_bug_keeps_every_promise(stage: Stage) -> None:
    with patched("copy", ()) as subject, subject.shrunk():
        assert not [seed for seed in range(100) if run(seed, subject, stage).failure]


def test_a_patch_that_no_longer_fits_the_source_fails_loudly() -> None:
    with (
        pytest.raises(LookupError, match="write this patch anew"),
        patched("bug", (Patch("table", "never in it", ""),)),
    ):
        pass
