"""What a sweep found and did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from leadmagnet.steplog.log_object import Kind, LogObject

#: Why an object is not needed any more.
Reason = Literal["unreferenced", "job_gone"]
#: A report keeps this many problems; the rest are only counted, so that memory stays bounded.
MOST_PROBLEMS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """An object version that nothing needs."""

    found: LogObject
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepProblem:
    """Something that was left as it is, and what to do about it."""

    job_id: str
    message: str
    key: str | None = None
    version: str | None = None


@dataclass(slots=True, kw_only=True)
class SweepReport:
    """Counts of a sweep; they grow while it runs. In a dry run `removed` is what would have been."""

    dry_run: bool
    #: Objects that were looked at (those of step logs, or all in the folders of jobs), in all their versions.
    objects: int = 0
    #: Of these: in use within the grace period, as far as their times tell, so not judged.
    young: int = 0
    removed: Counter[Kind] = field(default_factory=Counter)
    removed_bytes: Counter[Kind] = field(default_factory=Counter)
    #: Removed objects whose job has no item any more.
    of_gone_jobs: int = 0
    problems: list[SweepProblem] = field(default_factory=list)
    problems_count: int = 0

    @property
    def removed_total(self) -> int:
        """All objects removed."""
        return self.removed.total()

    @property
    def removed_bytes_total(self) -> int:
        """The bytes of all objects removed."""
        return self.removed_bytes.total()

    def count_removed(self, orphans: Iterable[Orphan]) -> None:
        """Count these as removed."""
        for orphan in orphans:
            self.removed[orphan.found.kind] += 1
            self.removed_bytes[orphan.found.kind] += orphan.found.size
            self.of_gone_jobs += orphan.reason == "job_gone"

    def add_problem(self, problem: SweepProblem) -> None:
        """Count `problem`, and keep it while there is room."""
        self.problems_count += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)
