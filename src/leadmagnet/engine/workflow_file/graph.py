"""The order of a workflow's steps: who waits for whom, and whether that can end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from leadmagnet.domain.execution_step import StepType
from leadmagnet.domain.workflow import Step
from leadmagnet.engine.plan import ancestors
from leadmagnet.engine.suggest import did_you_mean

#: Notes a mistake of the step of that name at one of its keys.
Complain = Callable[[str, str, str], None]


def resolve(steps: Sequence[Step], given: Mapping[str, tuple[str, ...]]) -> tuple[Step, ...]:
    """`steps` with `depends_on` filled in: as `given`, or else every step of lower order."""
    names = {step.name for step in steps}
    resolved = []
    for step in steps:
        before = tuple(other.name for other in steps if other.order < step.order)
        wanted = dict.fromkeys(given.get(step.name, before))
        resolved.append(replace(step, depends_on=tuple(name for name in wanted if name in names)))
    return tuple(resolved)


def check_known(steps: Sequence[Step], given: Mapping[str, tuple[str, ...]], complain: Complain) -> bool:
    """Whether every step that is waited for exists; each that does not is noted."""
    names = [step.name for step in steps]
    unknown = [(step, wanted) for step, all_wanted in given.items() for wanted in all_wanted if wanted not in names]
    for step, wanted in unknown:
        complain(step, "depends_on", f'"{wanted}" is not a step{did_you_mean(wanted, names)}')
    return not unknown


def check_cycles(steps: Sequence[Step], complain: Complain) -> bool:
    """Whether the steps can all run; one that waits for itself is noted with its way round."""
    waits = {step.name: step.depends_on for step in steps}
    done: set[str] = set()
    for name in waits:
        circle = _circle(name, waits, done)
        if circle:
            way = " -> ".join(circle)
            complain(circle[0], "depends_on", f"these steps wait for each other: {way}; take one dependency out")
            return False
    return True


def check_final(steps: Sequence[Step], complain: Complain) -> None:
    """Note a final output that does not come after every other step."""
    final = next((step for step in steps if step.type is StepType.FINAL_OUTPUT), None)
    if final is None:
        return
    later = next((step for step in steps if final.name in step.depends_on and step.order <= final.order), None)
    if later is not None:
        complain(later.name, "depends_on", f'"{final.name}" is the final output; nothing can come after it')
    elif steps[-1] is not final:
        complain(final.name, "order", "the final output comes last; give it the highest order of all")
    else:
        before = {final.name, *ancestors(steps, final)}
        left = ", ".join(f'"{step.name}"' for step in steps if step.name not in before)
        if left:
            complain(final.name, "depends_on", f"the final output must wait for {left} too; leave depends_on out")


def _circle(start: str, waits: Mapping[str, Sequence[str]], done: set[str]) -> list[str]:
    """The names on a way from `start` that comes back to itself, the first again at the end; else empty."""
    way: list[str] = []
    branches = [iter((start,))]
    while branches:
        name = next(branches[-1], None)
        if name is None:
            branches.pop()
            if way:
                done.add(way.pop())
        elif name in way:
            return [*way[way.index(name) :], name]
        elif name not in done:
            way.append(name)
            branches.append(iter(waits[name]))
    return []
