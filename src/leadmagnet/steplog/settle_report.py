"""What settling a table's records found and did."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Jobs in flight whose ids are kept, to look at them again; more are only counted.
MOST_IN_FLIGHT = 10_000
#: A report keeps this many problems; the rest are only counted.
MOST_PROBLEMS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of one job."""

    job_id: str
    #: Writers are at work on it.
    in_flight: bool = False
    #: The plainest reader sees only the first steps of it.
    partial: bool = False
    #: It was (in a dry run: would be) made plain now.
    sealed: bool = False
    #: Why it could not be made plain.
    problem: str | None = None


@dataclass(slots=True, kw_only=True)
class SettleReport:
    """Counts of one settling; they grow while it runs. In a dry run `sealed` is what would be."""

    dry_run: bool
    jobs: int = 0
    sealed: int = 0
    #: Of those sealed, how many were in flight: their documents are right as far as they go.
    sealed_in_flight: int = 0
    in_flight_count: int = 0
    #: Jobs in flight of which the plainest reader sees only the first steps.
    partial_count: int = 0
    #: Ids of jobs in flight, each with whether it is partial.
    in_flight: dict[str, bool] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    problems_count: int = 0
    #: Where to go on if this is stopped: a token for `settle`; None at the beginning and at the end.
    position: str | None = None

    @property
    def settled(self) -> bool:
        """Whether the plainest reader sees all of every job, as far as it had come when it was looked at."""
        return self.problems_count == 0 and self.partial_count == 0

    def add(self, settled: Settled) -> None:
        """Count what became of a job."""
        self.sealed += settled.sealed
        if settled.problem is not None:
            self.problems_count += 1
            if len(self.problems) < MOST_PROBLEMS:
                self.problems[settled.job_id] = settled.problem
        if settled.in_flight:
            self.sealed_in_flight += settled.sealed
            self.in_flight_count += 1
            self.partial_count += settled.partial
            if len(self.in_flight) < MOST_IN_FLIGHT:
                self.in_flight[settled.job_id] = settled.partial

    def land(self, job_id: str) -> None:
        """Take back what was counted of a job in flight, before it is looked at again."""
        if job_id in self.in_flight:
            self.in_flight_count -= 1
            self.partial_count -= self.in_flight.pop(job_id)
            self.problems_count -= self.problems.pop(job_id, None) is not None
