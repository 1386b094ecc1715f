"""scripts/simulate: run schedules by number, or show one."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import chain

from tests.steplog.simulation.run import run
from tests.steplog.simulation.scheduler import Stage
from tests.steplog.simulation.subject import real

_AT_ONCE = 500
_SHOWN = 10


def failures(seeds: range) -> list[tuple[int, str]]:
    """The seeds that break a promise, and which."""
    logging.disable()
    subject, stage = real(), Stage()
    with subject.shrunk():
        outcomes = (run(seed, subject, stage) for seed in seeds)
        found = [(outcome.seed, outcome.failure) for outcome in outcomes if outcome.failure]
    stage.close()
    return found


def show(seed: int) -> str:
    """One schedule, line by line."""
    subject, stage = real(), Stage()
    with subject.shrunk():
        outcome = run(seed, subject, stage)
    stage.close()
    return f"{outcome.report()}\nhistory {outcome.history.digest()}"


def _all_failures(
    failures: Callable[[range], list[tuple[int, str]]], seeds: range, processes: int
) -> Iterator[tuple[int, str]]:
    pieces = [seeds[at : at + _AT_ONCE] for at in range(0, len(seeds), _AT_ONCE)]
    if processes == 1:
        yield from chain.from_iterable(map(failures, pieces))
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from chain.from_iterable(pool.map(failures, pieces))


def _range(text: str) -> range:
    first, _, end = text.partition(":")
    return range(int(first), int(end)) if end else range(int(first))


def main(
    failures: Callable[[range], list[tuple[int, str]]] = failures,
    show: Callable[[int], str] = show,
    program: str = "scripts/simulate",
) -> int:
    """0 if every schedule kept every promise."""
    parser = argparse.ArgumentParser(prog=program, description=__doc__)
    parser.add_argument("--seeds", type=_range, default=range(20_000), help="which, as FIRST:END or COUNT")
    parser.add_argument("--processes", type=int, default=2, help="how many run at once")
    parser.add_argument("--show", type=int, metavar="SEED", help="run this one and print its history")
    options = parser.parse_args()
    if options.show is not None:
        sys.stdout.write(show(options.show) + "\n")
        return 0
    begin = time.monotonic()
    found = []
    for seed, failure in _all_failures(failures, options.seeds, options.processes):
        found.append(seed)
        if len(found) <= _SHOWN:
            sys.stdout.write(f"seed {seed}: {failure}\n  {program} --show {seed}\n")
    seconds = time.monotonic() - begin
    sys.stdout.write(f"{len(options.seeds)} schedules in {seconds:.0f} s, {len(found)} broke a promise\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
