"""scripts/simulate engine: run schedules of the engine by number, or show one."""

from __future__ import annotations

import logging
import sys

from tests.engine.simulation.run import run
from tests.engine.simulation.subject import real
from tests.steplog.simulation.__main__ import main
from tests.steplog.simulation.scheduler import Stage


def failures(seeds: range) -> list[tuple[int, str]]:
    """The seeds that break a promise, and which."""
    logging.disable()
    subject, stage = real(), Stage()
    outcomes = (run(seed, subject, stage) for seed in seeds)
    found = [(outcome.seed, outcome.failure) for outcome in outcomes if outcome.failure]
    stage.close()
    return found


def show(seed: int) -> str:
    """One schedule, line by line."""
    logging.disable()
    stage = Stage()
    outcome = run(seed, real(), stage)
    stage.close()
    return f"{outcome.report()}\nhistory {outcome.history.digest()}"


if __name__ == "__main__":
    sys.exit(main(failures, show, "scripts/simulate engine"))
