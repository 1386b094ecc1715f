"""`python -m benchmarks.steplog`: everything, then the table and the charts under benchmarks/results/."""

from __future__ import annotations

from benchmarks.stack import Wire, running
from benchmarks.steplog import jobs, reads, report, writers


def main() -> None:
    with running() as stack:
        wire = Wire()
        wire.watch(stack.clients)
        job_runs = jobs.measure(stack, wire)
        writer_runs = writers.measure(stack)
        read_runs = reads.measure(stack, wire)
        memory_runs = reads.measure_memory(stack)
    report.write(job_runs, writer_runs, read_runs, memory_runs)


if __name__ == "__main__":
    main()
