"""Checks what steps that ask models have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leadmagnet.domain.workflow import Step
from leadmagnet.engine.model_names import name_problem
from leadmagnet.engine.model_options import Range


def check_model(step: Step) -> Iterator[tuple[str, str]]:
    """A mistake if no model can have the step's name for it."""
    problem = None if step.model is None else name_problem(step.model)
    if problem is not None:
        yield "model", problem


def check_ranges(step: Step, ranges: Mapping[str, Range]) -> Iterator[tuple[str, str]]:
    """A mistake for each option that is given and is no number of its range."""
    for name, allowed in ranges.items():
        if name in step.options and not allowed.holds(step.options[name]):
            yield "options", f"{name} must be {allowed}"


def check_among(step: Step, name: str, values: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """A mistake if option `name` is given and is none of `values`."""
    if name in step.options and step.options[name] not in values:
        yield "options", f"{name} must be one of {', '.join(values)}"
