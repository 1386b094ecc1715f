"""Text from a model, or JSON of a schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from leadmagnet.domain.errors import ModelAnswerUnusable
from leadmagnet.domain.json_value import JsonObject, JsonValue
from leadmagnet.domain.workflow import Step
from leadmagnet.engine.answer_schema import NotJson, mismatch, read_json, schema_problems
from leadmagnet.engine.context import StepContext
from leadmagnet.engine.executors.model_checks import check_model, check_ranges
from leadmagnet.engine.executors.step_kind import Outcome, StepKind
from leadmagnet.engine.executors.step_options import check_instructions, check_known
from leadmagnet.engine.model_names import name_problem, offer_of, who
from leadmagnet.engine.model_options import TEXT_OPTIONS, TEXT_RANGES
from leadmagnet.engine.parts import EngineParts
from leadmagnet.engine.ports import TextAnswer, TextRequest
from leadmagnet.engine.render import render_text


def _run(step: Step, context: StepContext, parts: EngineParts) -> Outcome:
    model = parts.models.text(step.model)
    instructions = render_text(step.instructions, context.names(artifacts=parts.artifacts), step=step.name)
    answer = model.write(
        TextRequest(
            instructions=instructions,
            options=step.options,
            title=step.title,
            facts=context.job.submission,
            timeout_s=step.timeout_s,
        )
    )
    schema = step.options.get("json_schema")
    asked: JsonObject = {"instructions": instructions, "options": dict(step.options)}
    return Outcome(
        input={**asked, **_sources(answer)},
        output=_structured(answer, schema) if isinstance(schema, Mapping) else answer.text,
        model=answer.model,
        usage=answer.usage,
    )


def _sources(answer: TextAnswer) -> JsonObject:
    """The pages that the answer rests on, beside what the model was asked: they went into it as well."""
    if not answer.sources:
        return {}
    return {"sources": [{"url": source.url, "title": source.title} for source in answer.sources]}


def _structured(answer: TextAnswer, schema: JsonObject) -> JsonValue:
    """The JSON value of the answer; ModelAnswerUnusable, with what it cost, if it does not satisfy `schema`."""
    try:
        value = read_json(answer.text)
    except NotJson as exc:
        raise _unusable(str(exc), answer) from exc
    wrong = mismatch(value, schema)
    if wrong is not None:
        raise _unusable(f"it does not fit json_schema: {wrong}", answer)
    return value


def _unusable(why: str, answer: TextAnswer) -> ModelAnswerUnusable:
    return ModelAnswerUnusable(
        f"The model's answer cannot be used: {why}; run the job again, or say it more plainly in the instructions.",
        usage=answer.usage,
        model=answer.model,
    )


def _check(step: Step, _: Sequence[Step]) -> Iterator[tuple[str, str]]:
    yield from check_instructions(step)
    yield from check_known(step, TEXT_OPTIONS)
    yield from check_model(step)
    yield from check_ranges(step, TEXT_RANGES)
    if "json_schema" in step.options:
        for problem in schema_problems(step.options["json_schema"]):
            yield "options", problem
    yield from _check_web_search(step)


def _check_web_search(step: Step) -> Iterator[tuple[str, str]]:
    wanted = step.options.get("web_search", False)
    if not isinstance(wanted, bool):
        yield "options", "web_search must be true or false"
    # Without a name the default decides, which only the worker knows.
    elif wanted and step.model is not None and name_problem(step.model) is None and not offer_of(step.model).searches:
        yield "options", f'web_search: "{step.model}" cannot search the web; models of these can: {who(searches=True)}'


AI_GENERATION = StepKind(run=_run, check=_check)
