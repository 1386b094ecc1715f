"""Workflows: what there is, each with its fields, its graph and its versions."""

from __future__ import annotations

from starlette.responses import Response

from leadmagnet.domain.access import Role
from leadmagnet.domain.errors import WorkflowNotFound
from leadmagnet.domain.workflow import Workflow
from leadmagnet.web.answers import page
from leadmagnet.web.visit import Visit
from leadmagnet.web.workflow_graph import BOX_HEIGHT, BOX_WIDTH, graph_of

#: A key of the workflow table holds 1,024 bytes; names are far below.
_LONGEST_NAME = 300


def show(visit: Visit) -> Response:
    """All workflows."""
    return page(visit, "workflows.html", workflows=visit.parts.operator.workflows.list())


def one(visit: Visit) -> Response:
    """One workflow; `?version=` chooses an older one."""
    newest = newest_of(visit)
    number = visit.whole_number("version", newest.version)
    versions = visit.parts.operator.workflows.versions_of(newest.name)
    workflow = next((each for each in versions if each.version == number), None)
    if workflow is None:
        raise WorkflowNotFound(
            f"The workflow {newest.name} has no version {number}; open it from the list of workflows."
        )
    return page(
        visit,
        "workflow.html",
        workflow=workflow,
        newest=newest,
        versions=versions,
        graph=graph_of(workflow.steps),
        box=(BOX_WIDTH, BOX_HEIGHT),
        may_edit=visit.caller.role.includes(Role.ADMIN),
    )


def newest_of(visit: Visit) -> Workflow:
    """The workflow that the address names; WorkflowNotFound if there is none."""
    name = visit.path("workflow")
    if len(name) > _LONGEST_NAME:
        raise WorkflowNotFound("There is no such workflow; its name is longer than any.")
    return visit.parts.operator.workflows.get(name)
