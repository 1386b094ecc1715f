"""Workflows in the table: versions count up and never change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from leadmagnet.adapters.workflows import WorkflowTable
from leadmagnet.domain.errors import WorkflowNotFound
from leadmagnet.domain.workflow import CHECK_WORKFLOW, Workflow
from leadmagnet.engine.workflow_file import parse_workflow

if TYPE_CHECKING:
    from tests.conftest import Aws

    from leadmagnet.local.resources import Resources


@pytest.fixture
def table(aws: Aws, resources: Resources) -> WorkflowTable:
    return WorkflowTable(dynamodb=aws.dynamodb, table=resources.workflows_table)


def workflow(name: str, title: str = "A report") -> Workflow:
    return parse_workflow(
        f"""
name: {name}
title: {title}
submission: [{{name: company, label: Company}}]
steps:
  - {{name: draft, type: ai_generation, instructions: "Write of {{{{ submission.company }}}}"}}
  - {{name: page, type: html_generation, instructions: "<p>{{{{ steps.draft.output }}}}</p>"}}
  - {{name: done, type: final_output}}
"""
    )


def new_name() -> str:
    return f"w-{uuid4().hex[:12]}"


def test_a_first_put_is_version_1_and_reads_back_equal(table: WorkflowTable) -> None:
    put = table.put(workflow(new_name()))
    assert put.version == 1
    assert table.get(put.name) == put


def test_changed_text_is_the_next_version_and_the_old_one_stays(table: WorkflowTable) -> None:
    name = new_name()
    first = table.put(workflow(name))
    second = table.put(workflow(name, title="Another"))
    assert (table.get(name), table.get(name, version=1)) == (second, first)


def test_unchanged_text_keeps_its_version(table: WorkflowTable) -> None:
    name = new_name()
    assert table.put(workflow(name)) == table.put(workflow(name))


def test_a_list_names_the_newest_of_each(table: WorkflowTable) -> None:
    one, two = new_name(), new_name()
    table.put(workflow(one))
    newest = table.put(workflow(one, title="Newer"))
    other = table.put(workflow(two))
    listed = {found.name: found for found in table.list()}
    assert (listed[one], listed[two]) == (newest, other)


def test_writers_at_the_same_time_each_get_a_version_of_their_own(table: WorkflowTable) -> None:
    name = new_name()
    with ThreadPoolExecutor(8) as pool:
        puts = list(pool.map(lambda n: table.put(workflow(name, title=f"Title {n}")), range(8)))
    assert sorted(put.version for put in puts) == list(range(1, 9))
    for put in puts:
        assert table.get(name, version=put.version).title == put.title


@pytest.mark.parametrize("version", [None, 9])
def test_what_is_not_there_is_said(table: WorkflowTable, version: int | None) -> None:
    with pytest.raises(WorkflowNotFound, match="leadmagnet workflows list"):
        table.get("no-such-workflow", version=version)


def test_another_reader_sees_the_same(table: WorkflowTable, aws: Aws, resources: Resources) -> None:
    put = table.put(workflow(new_name()))
    fresh = WorkflowTable(dynamodb=aws.dynamodb, table=resources.workflows_table)
    assert replace(fresh.get(put.name, version=1)) == put


def test_the_services_own_check_is_there_and_in_no_list(table: WorkflowTable) -> None:
    table.put(workflow(CHECK_WORKFLOW))
    assert table.get(CHECK_WORKFLOW).name == CHECK_WORKFLOW
    assert CHECK_WORKFLOW not in [each.name for each in table.list()]
