"""What docs/workflows.md says is so."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from leadmagnet.adapters.webhook_signature import signature
from leadmagnet.domain.workflow import FieldType, OnFailure
from leadmagnet.engine.executors import STEP_KINDS
from leadmagnet.engine.render import packaged_templates
from leadmagnet.engine.sandbox import Sandbox
from leadmagnet.engine.workflow_file import parse_workflow
from leadmagnet.engine.workflow_file.survival import RETRY_CODES

DOCS = (Path(__file__).parents[2] / "docs" / "workflows.md").read_text(encoding="utf-8")


def test_the_whole_example_is_a_good_workflow() -> None:
    example, *_ = re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL)

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


def test_the_example_of_a_step_that_may_fail_is_good() -> None:
    whole, step = re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL)
    head, _, others = whole.partition("steps:\n")
    source = f"{head}steps:\n{indent(step, '  ').replace('market', 'risks')}    order: 1\n{others}"

    risks = parse_workflow(source).step("risks")

    assert (risks.retry.attempts, risks.on_failure, risks.timeout_s) == (5, OnFailure.CONTINUE, 90)


@pytest.mark.parametrize("code", RETRY_CODES)
def test_every_error_that_a_step_can_be_tried_again_after_is_documented(code: str) -> None:
    assert f"`{code}`" in DOCS


def test_a_receiver_that_checks_as_the_page_says_takes_our_signature_and_no_other() -> None:
    (receiver,) = re.findall(r"```python\n(import hashlib.*?)```", DOCS, re.DOTALL)
    names: dict[str, Any] = {}
    exec(receiver, names)  # noqa: S102 (the page's own lines)
    good = signature("secret", b"{}", at=datetime.now(UTC))

    assert names["is_ours"]("secret", good, b"{}")
    assert not names["is_ours"]("secret", good, b"{ }")
    assert not names["is_ours"]("other", good, b"{}")
    assert not names["is_ours"]("secret", signature("secret", b"{}", at=datetime(2026, 1, 1, tzinfo=UTC)), b"{}")
