"""Names the deliverable: the file that the job exists to make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from leadmagnet.domain.errors import StepFailed
from leadmagnet.domain.execution_step import StepType
from leadmagnet.domain.workflow import Step
from leadmagnet.engine.context import StepContext
from leadmagnet.engine.executors.step_kind import Outcome, StepKind
from leadmagnet.engine.executors.step_options import check_known, text
from leadmagnet.engine.parts import EngineParts
from leadmagnet.engine.suggest import did_you_mean

#: The types of steps that make a file.
_MAKERS = (StepType.HTML_GENERATION, StepType.IMAGE_GENERATION)


def _run(step: Step, context: StepContext, _: EngineParts) -> Outcome:
    source = _source(step, context.workflow.steps)
    made = None if source is None else context.records[source].output
    # A step of several pictures delivers the first.
    file = made[0] if isinstance(made, list) and made else made
    if not isinstance(file, Mapping):
        raise StepFailed(
            f'Step "{step.name}" finds no file to deliver; name its maker in options.from.', step=step.name
        )
    output = {key: file[key] for key in ("artifact_id", "content_type", "size_bytes")}
    return Outcome(input={"from": source}, output=output, artifact_id=str(file["artifact_id"]))


def _source(step: Step, steps: Sequence[Step]) -> str | None:
    """The step whose file is delivered: the one that is named, or else the last report."""
    reports = [each.name for each in steps if each.type is StepType.HTML_GENERATION]
    return text(step, "from") or (reports[-1] if reports else None)


def _check(step: Step, steps: Sequence[Step]) -> Iterator[tuple[str, str]]:
    yield from check_known(step, ("from",))
    makers = [each.name for each in steps if each.type in _MAKERS]
    source = _source(step, steps)
    if source is None:
        yield "options", "there is no html_generation step to deliver; add one, or name an image step in options.from"
    elif source not in makers:
        hint = did_you_mean(source, makers) or f"; there are: {', '.join(makers) or 'none'}"
        yield "options", f'from: "{source}" is not a step that makes a file{hint}'


FINAL_OUTPUT = StepKind(run=_run, check=_check)
