"""The report: one HTML file that needs nothing beside itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from leadmagnet.domain.artifact import Artifact
from leadmagnet.domain.workflow import Step
from leadmagnet.engine.artifact_url import artifact_url
from leadmagnet.engine.context import StepContext
from leadmagnet.engine.executors.step_kind import Outcome, StepKind
from leadmagnet.engine.executors.step_options import check_known, text
from leadmagnet.engine.parts import EngineParts
from leadmagnet.engine.render import packaged_templates, render_html
from leadmagnet.engine.suggest import did_you_mean

CONTENT_TYPE = "text/html; charset=utf-8"
PREVIEW_CHARS = 400


def _run(step: Step, context: StepContext, parts: EngineParts) -> Outcome:
    packaged = text(step, "template")
    html = render_html(
        step.instructions,
        context.names(artifacts=parts.artifacts),
        step=step.name,
        packaged=packaged,
    )
    file = Artifact(id=context.file_id(step.name, "html"), content_type=CONTENT_TYPE, content=html.encode())
    parts.artifacts.put(context.job.id, file)
    return Outcome(
        input={"template": packaged or step.instructions, "uses": list(context.records)},
        output={
            "artifact_id": file.id,
            "content_type": file.content_type,
            "size_bytes": len(file.content),
            "url": artifact_url(context.job.id, file.id),
            "preview": preview(html),
        },
        artifact_id=file.id,
    )


def preview(html: str) -> str:
    """The first words that a reader of `html` sees."""
    body = html[max(0, html.find("<body")) :]
    words = Markup(body).striptags()  # noqa: S704, the tags are taken out
    return words if len(words) <= PREVIEW_CHARS else words[: PREVIEW_CHARS - 1].rstrip() + "…"


def _check(step: Step, _: Sequence[Step]) -> Iterator[tuple[str, str]]:
    yield from check_known(step, ("template",))
    template, known = text(step, "template"), packaged_templates()
    if bool(step.instructions.strip()) == ("template" in step.options):
        yield "instructions", "give either instructions (a template) or options.template (a packaged one)"
    elif "template" in step.options and template not in known:
        hint = did_you_mean(str(template), known) or f"; there are: {', '.join(known)}"
        yield "options", f'"{template}" is not a packaged template{hint}'


HTML_GENERATION = StepKind(run=_run, check=_check)
