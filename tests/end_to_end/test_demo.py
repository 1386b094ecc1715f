"""`leadmagnet demo` in an empty folder, and what it claims about where records live."""

from __future__ import annotations

import html
import json
import subprocess
from pathlib import Path

import pytest
from tests.end_to_end.program import answer, dev, environment, leadmagnet
from tests.local.processes import engine_pid, is_gone

from leadmagnet.cli.shipped_workflows import shipped_workflows
from leadmagnet.domain.workflow import Workflow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(folder: Path) -> subprocess.CompletedProcess[str]:
    return leadmagnet("demo", cwd=folder)


def shell(demo: subprocess.CompletedProcess[str], folder: Path) -> list[str]:
    """What the commands answer that the demo ends with, typed one by one into the same shell."""
    lines = [line.strip() for line in demo.stdout.splitlines() if line.startswith("  ")]
    exports, questions = lines[:2], lines[2:]
    return [
        subprocess.run(
            ["/bin/bash", "-c", "\n".join(["set -euo pipefail", *exports, question])],
            cwd=folder,
            env=environment(NO_PROXY="127.0.0.1"),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for question in questions
    ]


def test_the_demo_succeeds_and_leaves_no_process(demo: subprocess.CompletedProcess[str], folder: Path) -> None:
    assert demo.returncode == 0, demo.stderr
    assert is_gone(engine_pid(folder / ".leadmagnet"))
    assert not (folder / ".leadmagnet" / "ready.json").exists()
    assert not [char for char in demo.stdout + demo.stderr if ord(char) < 32 and char != "\n"]


@pytest.mark.parametrize("workflow", shipped_workflows(), ids=lambda workflow: workflow.name)
def test_each_deliverable_is_about_its_submission_and_shows_pictures(
    demo: subprocess.CompletedProcess[str], folder: Path, workflow: Workflow
) -> None:
    page = (folder / "demo" / f"{workflow.name}.html").read_text()
    [row] = [line for line in demo.stdout.splitlines() if line.startswith(workflow.name)]
    [company] = [str(field.example) for field in workflow.fields if field.name == "company"]

    assert html.escape(company) in page
    assert "<img" in page
    assert "completed" in row
    assert f"demo/{workflow.name}.html" in row


def test_small_records_are_in_dynamodb_and_large_ones_in_s3(
    demo: subprocess.CompletedProcess[str], folder: Path
) -> None:
    with dev(folder) as service:
        jobs = answer("jobs", "list", cwd=folder)["jobs"]
        items = {job["workflow"]: service.item(job["job_id"]) for job in jobs}
        answers = shell(demo, folder)

    large, small = items["research-dossier"], items["market-report"]
    assert "execution_steps" not in large
    assert large["execution_steps_s3_key"]["S"] == f"jobs/{large['job_id']['S']}/execution_steps.json"
    assert "execution_steps_s3_key" not in small
    assert small["execution_steps"]["L"]
    inline, offloaded, document = answers
    assert int(inline) == len(items["brand-guide"]["execution_steps"]["L"])
    assert json.loads(offloaded)["execution_steps"] is None
    assert json.loads(offloaded)["execution_steps_s3_key"] == large["execution_steps_s3_key"]
    assert document == f"{items['research-dossier']['steps_count']['N']} execution steps\n"
