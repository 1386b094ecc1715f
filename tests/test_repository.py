"""What the repository says of itself is true."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from leadmagnet.engine.submission import check_submission
from leadmagnet.engine.workflow_file import parse_workflow

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    gone = [target for target in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / target).exists()]
    assert gone == []


def test_every_target_that_the_readme_and_the_guide_name_exists() -> None:
    named = {
        name
        for page in ("README.md", "CONTRIBUTING.md")
        for name in re.findall(r"(?:^|`)make ([a-z]+)", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    }
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"demo", "test"} <= named <= targets


def test_the_readmes_request_would_be_taken() -> None:
    sent = re.search(r"-d '(\{.*?\})'", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert sent is not None
    request = json.loads(sent.group(1))
    workflow = parse_workflow((ROOT / "workflows" / f"{request['workflow']}.yaml").read_text(encoding="utf-8"))
    assert check_submission(workflow, request["submission"]) == request["submission"]


def test_every_package_of_the_architecture_page_exists_and_none_is_left_out() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([a-z.]+)` \|", page, re.MULTILINE))
    source = ROOT / "src" / "leadmagnet"
    there = {path.name for path in source.iterdir() if (path / "__init__.py").exists()} | {"settings.py"}
    assert named == there
