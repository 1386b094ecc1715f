"""The example workflows, in the workflow table of a service on this machine."""

from __future__ import annotations

from collections.abc import Iterable

from leadmagnet.domain.errors import WorkflowNotFound
from leadmagnet.domain.workflow import Workflow
from leadmagnet.engine.ports import WorkflowStore
from leadmagnet.engine.workflow_file import parse_workflow
from leadmagnet.local.files import workflows_dir


def shipped_workflows() -> list[Workflow]:
    """The examples, as their files say them today."""
    return [parse_workflow(path.read_text("utf-8")) for path in sorted(workflows_dir().glob("*.yaml"))]


def put_workflows(store: WorkflowStore, workflows: Iterable[Workflow]) -> None:
    """Store each of them whose text was never stored before.

    So an example that somebody changed stays as they left it, and one whose file changed gets a new version.
    """
    for workflow in workflows:
        if not _was_stored(store, workflow):
            store.put(workflow)


def _was_stored(store: WorkflowStore, workflow: Workflow) -> bool:
    try:
        newest = store.get(workflow.name)
    except WorkflowNotFound:
        return False
    if newest.source == workflow.source:
        return True
    earlier = (store.get(workflow.name, version=version) for version in range(newest.version - 1, 0, -1))
    return any(each.source == workflow.source for each in earlier)
