"""A process: born, given requests to send, and gone from one moment to the next."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.steplog.simulation.scheduler import Actor

from leadmagnet.domain.execution_step import ExecutionStep


@dataclass(slots=True, eq=False)
class Life:
    """One life of a worker, or of somebody who sends requests now and then."""

    name: str
    #: Everybody of this process: the thread that runs the job, and those of its steps.
    members: list[Actor] = field(default_factory=list)
    dead: bool = False
    #: Whether it may be killed and its requests may fail.
    mortal: bool = True
    #: By how much its clock is wrong.
    skew_s: float = 0.0
    #: The name under which it owns, or owned, the job that it runs.
    owner: str | None = None
    runs: int = 0
    #: The step that its main thread is recording.
    recording: ExecutionStep | None = None
    #: Whether the main thread waits for a step to end.
    waits_for_steps: bool = False
    #: Why the run under way may begin nothing more, as far as the stores told it.
    told_to_stop: str = ""

    @property
    def main(self) -> Actor:
        """The thread that runs the job."""
        return self.members[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sent a request, as of when it was sent: it may arrive much later."""

    name: str
    owner: str | None
    recording: ExecutionStep | None
