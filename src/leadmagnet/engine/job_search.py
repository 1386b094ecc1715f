"""A search among jobs by what their lists show."""

from __future__ import annotations

from dataclasses import replace

from leadmagnet.domain.job_filter import JobFilter
from leadmagnet.engine.ports import WorkflowStore

#: As many names as DynamoDB compares with in one IN; a text that is part of more titles finds little anyway.
MOST_TITLES = 100


def with_titles(where: JobFilter, workflows: WorkflowStore) -> JobFilter:
    """The filter whose text also finds the jobs of those workflows in whose title (of their newest version) it stands.

    Jobs know their workflow by its name alone; people know it by its title.
    """
    if where.text is None:
        return where
    wanted = where.text.casefold()
    names = [workflow.name for workflow in workflows.list() if wanted in workflow.title.casefold()]
    return replace(where, titled=tuple(names[:MOST_TITLES]))
