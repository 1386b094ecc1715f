"""The example workflows, in the workflow table of a service on this machine."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from leadmagnet.domain.errors import Invalid, InvalidWorkflow, WorkflowNotFound
from leadmagnet.domain.workflow import Workflow
from leadmagnet.engine.ports import WorkflowStore
from leadmagnet.engine.workflow_file import parse_workflow
from leadmagnet.local.files import workflows_dir


def shipped_workflows() -> list[Workflow]:
    """The examples, as their files say them today; Invalid, naming the file, if one cannot be used."""
    return [_read(path) for path in sorted(workflows_dir().glob("*.yaml"))]


def put_workflows(store: WorkflowStore, workflows: Iterable[Workflow]) -> None:
    """Store each of them whose text was never stored before.

    So an example that somebody changed stays as they left it, and one whose file changed gets a new version.
    """
    for workflow in workflows:
        if not _was_stored(store, workflow):
            store.put(workflow)


def _read(path: Path) -> Workflow:
    try:
        return parse_workflow(path.read_text("utf-8"))
    except InvalidWorkflow as error:
        raise InvalidWorkflow(
            f"The example {path} cannot be used. Put it right, or install leadmagnet again.", problems=error.problems
        ) from error
    except (OSError, UnicodeError) as error:
        raise Invalid(f"The example {path} cannot be read ({error}). Install leadmagnet again.") from error


def _was_stored(store: WorkflowStore, workflow: Workflow) -> bool:
    try:
        newest = store.get(workflow.name)
    except WorkflowNotFound:
        return False
    if newest.source == workflow.source:
        return True
    earlier = (store.get(workflow.name, version=version) for version in range(newest.version - 1, 0, -1))
    return any(each.source == workflow.source for each in earlier)
