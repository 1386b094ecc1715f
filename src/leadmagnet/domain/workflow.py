"""A workflow: the fields it asks for and the graph of steps it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from leadmagnet.domain.execution_step import StepType
from leadmagnet.domain.json_value import JsonValue

#: The workflow that checks new versions of the service; lists of workflows leave it out.
CHECK_WORKFLOW = "leadmagnet-check"


class FieldType(StrEnum):
    """What a submission field may hold, and how a form shows it."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    EMAIL = "email"
    URL = "url"
    NUMBER = "number"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of the form that makes a submission."""

    name: str
    label: str
    type: FieldType = FieldType.TEXT
    required: bool = True
    example: JsonValue = None
    #: What a field of type `choice` may be.
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often a failing step is tried, and how long is waited in between.

    The wait doubles from one attempt to the next, up to `max_backoff_s`; of it a random part is taken, so that many
    jobs that failed together do not come back together.
    """

    #: Attempts in all, the first included.
    attempts: int = 3
    backoff_s: float = 2.0
    max_backoff_s: float = 60.0
    #: Codes of the errors after which it is tried again; None: those that may pass by themselves.
    on: tuple[str, ...] | None = None


class OnFailure(StrEnum):
    """What a step that failed for good does to its job."""

    #: The job fails; steps that are under way still end.
    STOP = "stop"
    #: The steps after it run without its output.
    CONTINUE = "continue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One node of a workflow. Its name is also the `step_id` of its record."""

    name: str
    title: str
    type: StepType
    #: Place in the workflow, 1 and up; steps of one order may run at the same time.
    order: int
    #: Names of the steps whose outputs this one needs. Resolved: never unknown, never a cycle.
    depends_on: tuple[str, ...] = ()
    #: `vendor:name`, `offline`, or None for the configured default.
    model: str | None = None
    #: A Jinja template over the submission and the outputs of earlier steps.
    instructions: str = ""
    options: Mapping[str, JsonValue] = field(default_factory=dict)
    retry: Retry = field(default_factory=Retry)
    #: Seconds that one attempt may take; None: as long as its model or receiver may.
    timeout_s: float | None = None
    on_failure: OnFailure = OnFailure.STOP


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """A named, versioned graph of steps."""

    name: str
    title: str
    #: 0 until the workflow table gives it one.
    version: int = 0
    description: str = ""
    fields: tuple[Field, ...]
    steps: tuple[Step, ...]
    #: Seconds from its start after which a job is stopped; None: no limit.
    deadline_s: float | None = None
    #: What a job may spend on models; once it has, no further step begins. None: no limit.
    budget_usd: float | None = None
    #: The YAML text that it was read from, kept word for word.
    source: str = ""

    def step(self, name: str) -> Step:
        """The step called `name`; KeyError if there is none."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)

    def with_instructions(self, instructions: Mapping[str, str]) -> Workflow:
        """The same workflow with other instructions in the steps that are named."""
        steps = (replace(step, instructions=instructions.get(step.name, step.instructions)) for step in self.steps)
        return replace(self, steps=tuple(steps))
