"""What a schedule asks for: the sweep of what nothing refers to, and new messages for jobs whose own was lost."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from leadmagnet.domain.errors import Invalid
from leadmagnet.steplog.sweep_report import SweepReport

logger = logging.getLogger(__name__)


class Sweeper:
    """A Lambda handler for `{"task": "sweep"}`, `{"task": "recover"}` and `{"task": "check"}`.

    What goes wrong goes up, so that Lambda counts an error and asks again.
    """

    def __init__(
        self,
        *,
        sweep: Callable[[], SweepReport],
        recover: Callable[[], Sequence[str]],
        ready: Callable[[], Mapping[str, str]],
    ) -> None:
        """`ready` says of each thing that a sweep needs whether it answers: `ok` or `failed`."""
        self._tasks: Mapping[str, Callable[[], Mapping[str, Any]]] = {
            "sweep": self._sweep,
            "recover": lambda: {"recovered": len(recover())},
            "check": lambda: dict(ready()),
        }
        self._do_sweep = sweep

    def __call__(self, event: Mapping[str, Any], _context: object) -> Mapping[str, Any]:
        """What was done, in numbers."""
        task = str(event.get("task"))
        if task not in self._tasks:
            raise Invalid(f"The sweeper takes a task: {', '.join(self._tasks)}.", task=task)
        return self._tasks[task]()

    def _sweep(self) -> Mapping[str, Any]:
        report = self._do_sweep()
        facts: dict[str, object] = {
            "objects": report.objects,
            "removed": report.removed_total,
            "removed_bytes": report.removed_bytes_total,
            "problems": report.problems_count,
        }
        logger.info("Sweep finished", extra={"event": "sweep_finished"} | facts)
        return facts
