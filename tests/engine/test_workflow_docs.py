"""What docs/workflows.md says is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from leadmagnet.domain.workflow import FieldType
from leadmagnet.engine.executors import STEP_KINDS
from leadmagnet.engine.render import packaged_templates
from leadmagnet.engine.sandbox import Sandbox
from leadmagnet.engine.workflow_file import parse_workflow

DOCS = (Path(__file__).parents[2] / "docs" / "workflows.md").read_text(encoding="utf-8")


def test_the_whole_example_is_a_good_workflow() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL)

    assert [step.name for step in parse_workflow(example).steps] == ["cover", "market", "report", "deliver"]


@pytest.mark.parametrize(
    "name", [*(kind.value for kind in STEP_KINDS), *(kind.value for kind in FieldType), *packaged_templates()]
)
def test_every_type_and_packaged_template_is_documented(name: str) -> None:
    assert f"`{name}`" in DOCS


def test_every_filter_of_the_sandbox_is_documented_and_no_other() -> None:
    (listed,) = re.findall(r"filters\nthat are there: `([^`]*)`", DOCS)
    there = {name for name in Sandbox(html=False, max_chars=1).filters if not name.startswith("_")}

    assert set(listed.split()) == there - {"d", "e", "forceescape"}
