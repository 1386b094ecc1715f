"""Which steps come before a step, and which can run now."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from leadmagnet.domain.workflow import Step


def ready(steps: Sequence[Step], *, done: Collection[str], started: Collection[str]) -> list[Step]:
    """The steps that wait for nothing any more, in order, without those that are done or under way."""
    return [
        step
        for step in steps
        if step.name not in done and step.name not in started and all(name in done for name in step.depends_on)
    ]


def ancestors(steps: Sequence[Step], step: Step) -> frozenset[str]:
    """The names of all steps that are finished before `step` begins, however far back."""
    waits = {each.name: each.depends_on for each in steps}
    found: set[str] = set()
    open_names = list(step.depends_on)
    while open_names:
        name = open_names.pop()
        if name not in found:
            found.add(name)
            open_names.extend(waits.get(name, ()))
    return frozenset(found)
