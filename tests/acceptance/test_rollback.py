"""The plan's rollback: another version goes out, comes back, and a broken one never serves."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.api import Api
from tests.acceptance.jobs import Jobs
from tests.acceptance.logs import Logs, eventually
from tests.acceptance.recording import CaseLog
from tests.acceptance.stack import Stack

import leadmagnet

CHAPTER = "Rollback Plan"
pytestmark = pytest.mark.changes_stack
REVERT = "Revert to previous Lambda function version"
FUNCTIONS = ("ApiFunctionName", "WorkerFunctionName", "SweeperFunctionName")
ROOT = Path(__file__).parents[2]
NEXT = "0.2.1.dev1"
#: A worker that takes every message and runs no job: nothing raises, nothing is logged, every job is lost.
SWALLOWS = "\n\ndef handler(event, context):\n    return {'batchItemFailures': []}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What serves at one moment."""

    #: By the API's own word.
    version: str
    #: By the function's name: number and hash of the version that `live` names.
    live: dict[str, tuple[str, str]]

    @property
    def code(self) -> set[str]:
        """The hashes alone: a version of another number may have the same code."""
        return {sha256 for _, sha256 in self.live.values()}


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What served before the release, with it, and after it was taken back; and the jobs of each time."""

    before: Serving
    during: Serving
    after: Serving
    jobs: dict[str, str]


def source_of(folder: Path, version: str, *, worker_ends_with: str = "") -> Path:
    """A copy of our sources that calls itself `version`, for PYTHONPATH."""
    source = folder / version / "src"
    shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "template.yaml", source.parent)
    package = source / "leadmagnet"
    head = package / "__init__.py"
    head.write_text(head.read_text().replace(leadmagnet.__version__, version))
    worker = package / "entry" / "lambda_worker.py"
    worker.write_text(worker.read_text() + worker_ends_with)
    return source


def serving(jobs: Jobs) -> Serving:
    """What serves now."""
    live = {}
    for name in (jobs.stack.outputs[function] for function in FUNCTIONS):
        number, sha256 = jobs.shell.must(
            f"aws lambda get-function-configuration --function-name {name} --qualifier live "
            "--query '[Version, CodeSha256]'"
        ).json
        live[name] = number, sha256
    return Serving(version=jobs.api.must("GET", "/version")["version"], live=live)


def deploy(jobs: Jobs, source: Path) -> int:
    """The exit code of `leadmagnet deploy` with that source."""
    return jobs.shell.run(f"PYTHONPATH={source} leadmagnet deploy {jobs.stack.options} --yes").code


@pytest.fixture(scope="module")
def next_release(folder: Path) -> Path:
    return source_of(folder, NEXT)


@pytest.fixture(scope="module")
def history(jobs: Jobs, api: Api, next_release: Path) -> History:
    before = serving(jobs)
    made = {"before": jobs.completed("large"), "while the release goes out": jobs.submit("very-large")}
    assert deploy(jobs, next_release) == 0
    during = serving(jobs)
    made |= {"with the release": jobs.completed("large"), "while it is taken back": jobs.submit("very-large")}
    jobs.shell.must(f"leadmagnet rollback {jobs.stack.options} --yes")
    after = serving(jobs)
    made["after"] = jobs.completed("large")
    for job_id in made.values():
        api.wait(job_id)
    return History(before=before, during=during, after=after, jobs=made)


@pytest.mark.shows(REVERT)
def test_one_command_brings_the_version_before_back(history: History) -> None:
    assert history.during.version == NEXT
    assert history.after == history.before
    assert all(history.during.live[name] != version for name, version in history.before.live.items())


@pytest.mark.shows(REVERT)
def test_jobs_before_during_and_after_are_complete_and_whole(history: History, jobs: Jobs, api: Api) -> None:
    for when, job_id in history.jobs.items():
        job = api.job(job_id)
        assert (job["status"], job["error"]) == ("completed", None), when
        assert len({step["step_id"] for step in job["execution_steps"]}) == len(job["execution_steps"]), when
        jobs.must_hold(job_id, job["execution_steps"], stored="offloaded")


@pytest.mark.shows("Monitor CloudWatch logs for errors")
def test_the_logs_of_the_whole_episode_have_no_error(history: History, stack: Stack, logs: Logs) -> None:
    last = history.jobs["after"]
    eventually(lambda: logs.matching("WorkerFunctionName", last) or None, what="the log of the last job")

    ids = set(history.jobs.values())
    for function in FUNCTIONS:
        assert [line for line in logs.errors(function) if line.get("job_id") in ids] == []
        assert [line for line in logs.errors(function) if "job_id" not in line] == []
    worker = stack.outputs["WorkerFunctionName"]
    versions = {line["function_version"] for line in _lines_of(logs, "Job completed", ids)}
    assert versions == {history.before.live[worker][0], history.during.live[worker][0]}


@pytest.mark.usefixtures("history")
@pytest.mark.shows("Investigate root cause", "Fix and re-test before redeployment")
def test_a_broken_release_is_refused_says_why_and_serves_again_when_it_is_fixed(
    case: CaseLog, jobs: Jobs, logs: Logs, folder: Path, next_release: Path
) -> None:
    broken = source_of(folder, f"{NEXT}.broken", worker_ends_with=SWALLOWS)
    before, began_ms = serving(jobs), int(time.time() * 1000)

    refused = jobs.shell.run(f"PYTHONPATH={broken} leadmagnet deploy {jobs.stack.options} --yes")

    assert refused.code == 1
    assert "runs a job" in refused.errors
    assert "Traceback" not in refused.errors
    after = serving(jobs)
    assert (after.version, after.code) == (before.version, before.code)
    jobs.completed("large")
    since = Logs(stack=logs.stack, shell=logs.shell, since_ms=began_ms)
    failed = eventually(lambda: _failed_checks(since) or None, what="the check's line")
    case.note(f"the check says: {failed}")
    assert [line["function"] for line in failed] == [jobs.stack.outputs["WorkerFunctionName"]]

    # What was broken is put right, passes the same check, and only then serves.
    assert deploy(jobs, next_release) == 0
    assert serving(jobs).version == NEXT
    jobs.completed("large")


def _lines_of(logs: Logs, text: str, job_ids: set[str]) -> list[dict[str, Any]]:
    lines = [json.loads(message) for message in logs.matching("WorkerFunctionName", text)]
    return [line for line in lines if line.get("job_id") in job_ids]


def _failed_checks(logs: Logs) -> list[dict[str, Any]]:
    lines = [json.loads(message) for message in logs.matching("CheckFunctionName", "Version checked")]
    return [line for line in lines if not line["ok"]]
