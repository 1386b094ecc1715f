"""Pictures from a model, stored as files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from leadmagnet.domain.artifact import Artifact
from leadmagnet.domain.errors import ModelFailed
from leadmagnet.domain.json_value import JsonValue
from leadmagnet.domain.workflow import Step
from leadmagnet.engine.artifact_url import artifact_url
from leadmagnet.engine.context import StepContext
from leadmagnet.engine.executors.model_checks import check_among, check_model
from leadmagnet.engine.executors.step_kind import Outcome, StepKind
from leadmagnet.engine.executors.step_options import check_instructions, check_known, check_whole_number, whole_number
from leadmagnet.engine.model_names import OFFLINE, name_problem, offer_of, who
from leadmagnet.engine.model_options import KINDS, QUALITIES
from leadmagnet.engine.parts import EngineParts
from leadmagnet.engine.ports import ImageAnswer, ImageModel, ImageRequest
from leadmagnet.engine.render import render_text
from leadmagnet.engine.usage import total_usage

MAX_COUNT = 10
MIN_SIDE_PX = 16
MAX_SIDE_PX = 4_096
WIDTH_PX, HEIGHT_PX = 1_280, 720

_OPTIONS = ("count", "width", "height", "kind", "quality")

_SUFFIXES: Mapping[str, str] = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}


def _run(step: Step, context: StepContext, parts: EngineParts) -> Outcome:
    model = parts.models.image(step.model)
    prompt = render_text(step.instructions, context.names(artifacts=parts.artifacts), step=step.name)
    answers: list[ImageAnswer] = []
    files: list[Artifact] = []
    for number in range(1, whole_number(step, "count", default=1) + 1):
        answer, file = _draw(model, step, context, _request(step, prompt, number, context), before=answers)
        parts.artifacts.put(context.job.id, file)
        answers.append(answer)
        files.append(file)
    pictures = [_entry(context.job.id, file, answer) for file, answer in zip(files, answers, strict=True)]
    return Outcome(
        input={"prompt": prompt, "options": dict(step.options)},
        output=pictures,
        model=answers[0].model,
        usage=total_usage(answer.usage for answer in answers),
        image_urls=tuple(artifact_url(context.job.id, file.id) for file in files),
        artifact_id=files[0].id,
    )


def _draw(
    model: ImageModel, step: Step, context: StepContext, request: ImageRequest, *, before: Sequence[ImageAnswer]
) -> tuple[ImageAnswer, Artifact]:
    """The picture, as a file too; a failure also costs the pictures `before`, which are drawn again with the step."""
    try:
        answer = model.draw(request)
        return answer, _artifact(step, context, len(before) + 1, answer)
    except ModelFailed as failed:
        failed.usage = total_usage([*(answer.usage for answer in before), failed.usage])
        raise


def _request(step: Step, prompt: str, number: int, context: StepContext) -> ImageRequest:
    return ImageRequest(
        prompt=prompt,
        width=whole_number(step, "width", default=WIDTH_PX),
        height=whole_number(step, "height", default=HEIGHT_PX),
        # The number tells a model that always draws the same for the same words which one this is.
        options={**step.options, "number": number},
        title=step.title,
        facts=context.job.submission,
        timeout_s=step.timeout_s,
    )


def _artifact(step: Step, context: StepContext, number: int, answer: ImageAnswer) -> Artifact:
    suffix = _SUFFIXES.get(answer.content_type)
    if suffix is None:
        raise ModelFailed(
            f'The model "{answer.model}" drew a file of type {answer.content_type}, which is not shown in reports; '
            "choose another model.",
            usage=answer.usage,
            step=step.name,
        )
    file_id = context.file_id(f"{step.name}-{number}", suffix)
    return Artifact(id=file_id, content_type=answer.content_type, content=answer.content)


def _entry(job_id: str, file: Artifact, answer: ImageAnswer) -> dict[str, JsonValue]:
    return {
        "artifact_id": file.id,
        "content_type": file.content_type,
        "width": answer.width,
        "height": answer.height,
        "size_bytes": len(file.content),
        "url": artifact_url(job_id, file.id),
    }


def _check(step: Step, _: Sequence[Step]) -> Iterator[tuple[str, str]]:
    yield from check_instructions(step)
    yield from check_known(step, _OPTIONS)
    yield from check_model(step)
    yield from check_whole_number(step, "count", lowest=1, highest=MAX_COUNT)
    yield from check_whole_number(step, "width", lowest=MIN_SIDE_PX, highest=MAX_SIDE_PX)
    yield from check_whole_number(step, "height", lowest=MIN_SIDE_PX, highest=MAX_SIDE_PX)
    yield from check_among(step, "kind", KINDS)
    yield from check_among(step, "quality", QUALITIES)
    if step.model is not None and name_problem(step.model) is None and not offer_of(step.model).draws:
        yield "model", f'"{step.model}" draws no pictures; models of these do: {OFFLINE}, {who(draws=True)}'


IMAGE_GENERATION = StepKind(run=_run, check=_check)
