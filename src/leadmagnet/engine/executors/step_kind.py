"""What a type of step is to the engine: how it runs, and what its definition must hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from leadmagnet.domain.execution_step import Usage
from leadmagnet.domain.json_value import JsonValue
from leadmagnet.domain.workflow import Step
from leadmagnet.engine.context import StepContext
from leadmagnet.engine.parts import EngineParts


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a step did, for its record."""

    input: JsonValue = None
    output: JsonValue = None
    #: The model that answered, as `vendor:name`; None where no model was asked.
    model: str | None = None
    usage: Usage = field(default_factory=Usage)
    #: Paths in the API of the pictures that it drew.
    image_urls: tuple[str, ...] = ()
    #: The file that it made, or the first of several.
    artifact_id: str | None = None


#: Does the step's work; any error of leadmagnet.domain.errors tells why it could not.
Run = Callable[[Step, StepContext, EngineParts], Outcome]
#: The mistakes in a step's definition, each with the key it is at; sees all steps of the workflow.
Check = Callable[[Step, Sequence[Step]], Iterable[tuple[str, str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepKind:
    """One type of step."""

    run: Run
    check: Check
