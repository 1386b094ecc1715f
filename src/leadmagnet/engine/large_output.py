"""Outputs that are too large for a record become artifacts; the record keeps their beginning and where they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from leadmagnet.domain.artifact import Artifact
from leadmagnet.domain.json_value import JsonValue
from leadmagnet.engine.artifact_url import artifact_url
from leadmagnet.engine.ports import ArtifactStore
from leadmagnet.steplog import jsontext

PREVIEW_CHARS = 2_000
#: The key that marks what stands for a larger output; its value is the artifact's id.
WHOLE_IN = "whole_output_in"


def kept_small(
    output: JsonValue, *, file_id: Callable[[str], str], job_id: str, artifacts: ArtifactStore, most_bytes: int
) -> JsonValue:
    """`output`, or a reference to an artifact that holds it if it has more than `most_bytes` as JSON.

    `file_id` gives the artifact's id for its suffix.
    """
    content = jsontext.dumps(output)
    if len(content) <= most_bytes:
        return output
    file = _file(output, content, file_id)
    artifacts.put(job_id, file)
    return {
        WHOLE_IN: file.id,
        "content_type": file.content_type,
        "size_bytes": len(file.content),
        "url": artifact_url(job_id, file.id),
        "preview": file.content.decode()[:PREVIEW_CHARS],
    }


def whole_output(output: JsonValue, *, job_id: str, artifacts: ArtifactStore) -> JsonValue:
    """The output itself, where `output` stands for a larger one."""
    if not isinstance(output, Mapping) or WHOLE_IN not in output:
        return output
    file = artifacts.get(job_id, str(output[WHOLE_IN]))
    if file.content_type.startswith("application/json"):
        value: JsonValue = jsontext.loads(file.content)
        return value
    return file.content.decode()


def _file(output: JsonValue, content: bytes, file_id: Callable[[str], str]) -> Artifact:
    if isinstance(output, str):
        text = output.encode()
        return Artifact(id=file_id("md"), content_type="text/markdown; charset=utf-8", content=text)
    return Artifact(id=file_id("json"), content_type="application/json", content=content)
