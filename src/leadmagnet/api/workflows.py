"""`/admin/workflows`: what can be run, and the way to change it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from leadmagnet.api.auth import Admin, Viewer
from leadmagnet.api.bodies import definitions, is_json, json_content, parsed
from leadmagnet.api.errors import UnsupportedMediaType
from leadmagnet.api.parts import Parts
from leadmagnet.api.schemas import (
    WholeWorkflowView,
    WorkflowListView,
    WorkflowVersionsView,
    WorkflowVersionView,
    WorkflowView,
)
from leadmagnet.domain.errors import Invalid, WorkflowNotFound

_LONGEST_NAME_BYTES = 900
_YAML_TYPES = frozenset({"application/yaml", "application/x-yaml"})


class WorkflowSource(BaseModel):
    """A workflow's YAML text, for clients that speak JSON alone."""

    source: str


_SOURCE_BODY = {
    "requestBody": {
        "required": True,
        "content": {**json_content(WorkflowSource), "application/yaml": {"schema": {"type": "string"}}},
    },
    "x-definitions": definitions(WorkflowSource),
}

router = APIRouter(prefix="/admin/workflows", tags=["workflows"])


async def _source(request: Request) -> str:
    """The workflow's text; only reading it needs a coroutine."""
    if is_json(request):
        return parsed(await request.body(), WorkflowSource).source
    content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type not in _YAML_TYPES and not content_type.startswith("text/"):
        raise UnsupportedMediaType(
            'A workflow is sent as YAML text with Content-Type application/yaml, or as JSON: {"source": "..."}.',
            got=content_type,
        )
    try:
        return (await request.body()).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"The workflow is not UTF-8 text (byte {error.start}); save it as UTF-8.") from error


@router.get("")
def list_workflows(parts: Parts, _: Viewer) -> WorkflowListView:
    """The newest version of each workflow, with the fields that its submissions have."""
    return WorkflowListView(workflows=[WorkflowView.of(each) for each in parts.workflows.list()])


@router.get("/{name}")
def get(
    name: str,
    parts: Parts,
    _: Viewer,
    version: Annotated[int | None, Query(ge=1, le=2**31, description="The newest if left out.")] = None,
) -> WholeWorkflowView:
    """A workflow with its steps and its YAML text."""
    return WholeWorkflowView.of(parts.workflows.get(_usable(name), version=version))


def _usable(name: str) -> str:
    if len(name.encode()) > _LONGEST_NAME_BYTES:
        raise WorkflowNotFound("There is no such workflow; its name is longer than any.")
    return name


@router.get("/{name}/versions")
def versions(name: str, parts: Parts, _: Viewer) -> WorkflowVersionsView:
    """All versions of a workflow, newest first; `?version=` of the workflow itself gives the text of one."""
    found = parts.workflows.versions_of(_usable(name))
    listed = [WorkflowVersionView(version=each.version, title=each.title, steps=len(each.steps)) for each in found]
    return WorkflowVersionsView(name=name, versions=listed)


@router.post("/validate", openapi_extra=_SOURCE_BODY)
def validate(parts: Parts, _: Viewer, text: Annotated[str, Depends(_source)]) -> WholeWorkflowView:
    """The workflow that the text describes, with version 0: nothing is stored. Its mistakes are a 422."""
    return WholeWorkflowView.of(replace(parts.parse_workflow(text), version=0))


@router.put("/{name}", openapi_extra=_SOURCE_BODY)
def put(name: str, parts: Parts, _: Admin, text: Annotated[str, Depends(_source)]) -> WholeWorkflowView:
    """Store a workflow as its next version; text that is stored already keeps its version."""
    workflow = parts.parse_workflow(text)
    if workflow.name != name:
        raise Invalid(
            f"The file is of the workflow {workflow.name!r}, and the address says {name!r}; make the two equal.",
        )
    return WholeWorkflowView.of(parts.workflows.put(workflow))
