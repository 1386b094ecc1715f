"""Reads and checks a step's options."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from leadmagnet.domain.workflow import Step
from leadmagnet.engine.suggest import did_you_mean


def whole_number(step: Step, name: str, *, default: int) -> int:
    """The whole number at option `name`, or `default` where it is not given."""
    value = step.options.get(name, default)
    return value if isinstance(value, int) else default


def text(step: Step, name: str) -> str | None:
    """The text at option `name`, if there is one."""
    value = step.options.get(name)
    return value if isinstance(value, str) else None


def check_whole_number(step: Step, name: str, *, lowest: int, highest: int) -> Iterator[tuple[str, str]]:
    """A mistake if option `name` is given and is no whole number between the bounds."""
    value = step.options.get(name, lowest)
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        yield "options", f"{name} must be a whole number from {lowest:,} to {highest:,}"


def check_known(step: Step, names: Collection[str]) -> Iterator[tuple[str, str]]:
    """A mistake for each option that this type of step does not have."""
    for name in step.options:
        if name not in names:
            hint = did_you_mean(name, names) or f"; there are: {', '.join(names) or 'none'}"
            yield "options", f'"{name}" is not an option of a step of type {step.type}{hint}'


def check_instructions(step: Step) -> Iterator[tuple[str, str]]:
    """A mistake if the step has no instructions."""
    if not step.instructions.strip():
        yield "instructions", f"a step of type {step.type} needs instructions"
