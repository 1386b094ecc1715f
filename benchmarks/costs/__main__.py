"""`python -m benchmarks.costs`: count, and write docs/costs.md and benchmarks/results/costs.*"""

from __future__ import annotations

import os

from benchmarks.costs import jobs, report
from benchmarks.stack import running


def main() -> None:
    load = os.getloadavg()[0]
    with running() as stack:
        found = jobs.measure(stack)
    report.write(found, load=load)


if __name__ == "__main__":
    main()
