"""The program as a child process: exit codes, and one message for a user's mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.end_to_end.program import leadmagnet

GOOD = """\
name: note
submission:
  - {name: company, example: Alder}
steps:
  - {name: page, type: html_generation, instructions: '<p>{{ submission.company }}</p>'}
  - {name: done, type: final_output}
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["jobs", "list", "--limit", "0"],
        ["dev", "--port", "70000"],
        ["token", "--role", "root"],
        ["workflows", "validate", "absent.yaml"],
        ["jobs", "submit", "note", "--file", "absent.json"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_says_so_on_stderr_alone(tmp_path: Path, arguments: list[str]) -> None:
    done = leadmagnet(*arguments, cwd=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: leadmagnet" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_service_a_command_says_how_to_start_one(tmp_path: Path) -> None:
    done = leadmagnet("jobs", "list", "--json", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert "leadmagnet dev" in done.stderr


def test_a_good_workflow_file_is_said_to_be_good(tmp_path: Path) -> None:
    (tmp_path / "note.yaml").write_text(GOOD)

    done = leadmagnet("workflows", "validate", "note.yaml", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout == "note.yaml is good: workflow note, 1 fields, 2 steps.\n"


def test_each_mistake_of_a_workflow_file_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "note.yaml").write_text(GOOD.replace("html_generation", "magic"))

    done = leadmagnet("workflows", "validate", "note.yaml", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert "line 5" in done.stderr
    assert "magic" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_short_token_key_is_refused(tmp_path: Path) -> None:
    done = leadmagnet("token", "--key", "short", cwd=tmp_path)

    assert done.returncode == 1
    assert "32 bytes" in done.stderr
