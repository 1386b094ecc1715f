"""The report of the test plan lists all of it, and a whole run fails for what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.acceptance.plan import Chapter, to_perform

HERE = Path(__file__).parent
BESIDE_THE_CASES = ["CloudWatch Metrics to Monitor", "Logs to Review", "Success Criteria", "Rollback Plan", "Notes"]
CASES = [f"Test Case {number}" for number in range(1, 11)]
GUEST = {"ACCEPTANCE_STACK": "theirs"}

#: In place of a chapter's tests: performs its steps and commands, and a test for each result shows it.
STAND_IN = """
import pytest

CHAPTER = {title!r}
pytestmark = {marks}

@pytest.mark.parametrize("point", [pytest.param(each, marks=pytest.mark.shows(each)) for each in {results!r}])
def test_result(case, point):
    for number in range(1, {steps} + 1):
        with case.step(number):
            pass
    case.record.printed.update(range({commands}))
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """The test plan's own machinery, with tests that need nothing."""
    ignored = shutil.ignore_patterns("test_*.py", "__pycache__")
    shutil.copytree(HERE / "acceptance", tmp_path / "tests" / "acceptance", ignore=ignored)
    shutil.copy(HERE / "deployed.py", tmp_path / "tests")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib -p no:cacheprovider\n")
    for chapter in to_perform():
        put(tmp_path, chapter)
    return tmp_path


def put(suite: Path, chapter: Chapter, *, marks: str = "[]") -> None:
    results = [point.partition("\n")[0] for point in chapter.results]
    counts = {"steps": len(chapter.steps), "commands": len(chapter.commands)}
    file_of(suite, chapter).write_text(STAND_IN.format(title=chapter.title, marks=marks, results=results, **counts))


def file_of(suite: Path, chapter: Chapter) -> Path:
    name = chapter.title.partition(":")[0].lower().replace(" ", "_")
    return suite / "tests" / "acceptance" / f"test_{name}.py"


def named(title: str) -> Chapter:
    return next(chapter for chapter in to_perform() if chapter.title == title)


def run(suite: Path, *arguments: str, **environ: str) -> tuple[int, dict[str, str]]:
    """The exit code, and the lines of the checklist by their text: the mark."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ACCEPTANCE_", "AWS_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:xdist", *(arguments or ["tests/acceptance"])],
        cwd=suite,
        env=kept | environ | {"ACCEPTANCE_REPORT": "page.html"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("- [")]
    assert lines, done.stdout + done.stderr
    return done.returncode, {line[6:70].partition(":")[0].strip(): line[3] for line in lines}


def test_the_plan_asks_for_ten_cases_and_what_stands_behind_them() -> None:
    assert [chapter.title.partition(":")[0] for chapter in to_perform()] == CASES + BESIDE_THE_CASES


def test_a_run_that_shows_everything_ticks_every_box(suite: Path) -> None:
    assert run(suite) == (0, dict.fromkeys(CASES + BESIDE_THE_CASES, "x"))
    assert "15 of 15 ticked" in (suite / "page.html").read_text()


def test_a_whole_run_fails_for_chapters_without_tests(suite: Path) -> None:
    for title in BESIDE_THE_CASES:
        file_of(suite, named(title)).unlink()

    assert run(suite) == (1, dict.fromkeys(CASES, "x") | dict.fromkeys(BESIDE_THE_CASES, " "))


def test_a_whole_run_fails_even_if_no_chapter_has_tests(suite: Path) -> None:
    for chapter in to_perform():
        file_of(suite, chapter).unlink()
    (suite / "tests" / "acceptance" / "test_else.py").write_text("def test_something_else():\n    pass\n")

    assert run(suite) == (1, dict.fromkeys(CASES + BESIDE_THE_CASES, " "))


@pytest.mark.parametrize("arguments", [("tests/acceptance", "-k", "notes"), ("tests/acceptance/test_notes.py",)])
def test_a_run_of_less_than_the_plan_does_not_fail_for_the_rest(suite: Path, arguments: tuple[str, ...]) -> None:
    code, marks = run(suite, *arguments)

    assert (code, marks.pop("Notes"), set(marks.values())) == (0, "x", {" "})


@pytest.mark.parametrize(
    ("title", "mark", "why"),
    [
        ("Rollback Plan", "changes_stack", "it would disturb whoever uses this stack"),
        ("Logs to Review", "engine_only('nobody turned it on')", "nobody turned it on"),
    ],
)
def test_a_guest_leaves_out_what_is_said_with_its_reason(suite: Path, title: str, mark: str, why: str) -> None:
    put(suite, named(title), marks=f"pytest.mark.{mark}")

    code, marks = run(suite, **GUEST)

    assert (code, marks.pop(title), set(marks.values())) == (0, "-", {"x"})
    assert f"Left out: {why}" in (suite / "page.html").read_text()


def test_on_an_engine_of_our_own_nothing_is_left_out(suite: Path) -> None:
    put(suite, named("Rollback Plan"), marks="[pytest.mark.changes_stack, pytest.mark.engine_only('none')]")

    assert run(suite)[1]["Rollback Plan"] == "x"


def test_a_guest_fails_for_a_chapter_that_nobody_wrote(suite: Path) -> None:
    file_of(suite, named("Rollback Plan")).unlink()

    assert run(suite, **GUEST)[0] == 1
