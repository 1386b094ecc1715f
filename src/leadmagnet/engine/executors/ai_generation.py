"""Text from a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leadmagnet.domain.workflow import Step
from leadmagnet.engine.context import StepContext
from leadmagnet.engine.executors.step_kind import Outcome, StepKind
from leadmagnet.engine.executors.step_options import check_instructions, check_whole_number
from leadmagnet.engine.parts import EngineParts
from leadmagnet.engine.ports import TextRequest
from leadmagnet.engine.render import render_text

MAX_WORDS = 5_000


def _run(step: Step, context: StepContext, parts: EngineParts) -> Outcome:
    model = parts.models.text(step.model)
    instructions = render_text(step.instructions, context.names(artifacts=parts.artifacts), step=step.name)
    answer = model.write(
        TextRequest(
            instructions=instructions,
            options=step.options,
            title=step.title,
            facts=context.job.submission,
        )
    )
    return Outcome(
        input={"instructions": instructions, "options": dict(step.options)},
        output=answer.text,
        model=answer.model,
        usage=answer.usage,
    )


def _check(step: Step, _: Sequence[Step]) -> Iterator[tuple[str, str]]:
    # Options beside these go to the model as they are; each vendor has its own.
    yield from check_instructions(step)
    yield from check_whole_number(step, "words", lowest=1, highest=MAX_WORDS)


AI_GENERATION = StepKind(run=_run, check=_check)
