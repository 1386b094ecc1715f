"""Tells another system what a job made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leadmagnet.domain.execution_step import ExecutionStep
from leadmagnet.domain.json_value import JsonValue
from leadmagnet.domain.workflow import Field, FieldType, Step
from leadmagnet.engine.artifact_url import artifact_url
from leadmagnet.engine.context import StepContext
from leadmagnet.engine.executors.step_kind import Outcome, StepKind
from leadmagnet.engine.executors.step_options import check_known, text
from leadmagnet.engine.field_value import field_value
from leadmagnet.engine.parts import EngineParts

_ADDRESS = Field(name="url", label="URL", type=FieldType.URL)


def _run(step: Step, context: StepContext, parts: EngineParts) -> Outcome:
    job, url = context.job, text(step, "url") or ""
    body: dict[str, JsonValue] = {
        "job_id": job.id,
        "workflow": job.workflow,
        "workflow_version": job.workflow_version,
        "outputs": [_reference(job.id, record) for record in context.records.values()],
    }
    # The same for every attempt, so that a receiver can tell a repetition from a second job.
    headers = {"Idempotency-Key": f"{job.id}:{step.name}"}
    status = parts.webhooks.post(url, body, headers)
    return Outcome(input={"url": url, "body": body}, output={"status": status})


def _reference(job_id: str, record: ExecutionStep) -> dict[str, JsonValue]:
    file = record.artifact_id
    return {
        "step_id": record.step_id,
        "step_type": record.step_type.value,
        "artifact_id": file,
        "url": None if file is None else artifact_url(job_id, file),
        "image_urls": list(record.image_urls),
    }


def _check(step: Step, _: Sequence[Step]) -> Iterator[tuple[str, str]]:
    yield from check_known(step, ("url",))
    problem = field_value(_ADDRESS, step.options.get("url")).problem
    if problem:
        yield "options", f"url {problem}"


WEBHOOK = StepKind(run=_run, check=_check)
