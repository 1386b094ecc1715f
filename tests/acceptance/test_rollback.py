"""The plan's rollback: another version goes out, comes back, and a broken one never serves."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.api import Api
from tests.acceptance.jobs import SUBMISSION, Jobs
from tests.acceptance.logs import Logs, eventually
from tests.acceptance.recording import CaseLog, Recorder
from tests.acceptance.stack import Stack

import leadmagnet

CHAPTER = "Rollback Plan"
pytestmark = pytest.mark.changes_stack
REVERT = "Revert to previous Lambda function version"
FUNCTIONS = ("ApiFunctionName", "WorkerFunctionName", "SweeperFunctionName")
ROOT = Path(__file__).parents[2]
_BETWEEN_JOBS_S = 2.0
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
    #: Large jobs, by when they ran.
    jobs: dict[str, str]
    #: Small jobs that came all the while, one after the other.
    traffic: list[str]


@contextmanager
def traffic(jobs: Jobs) -> Iterator[list[str]]:
    """The ids of jobs that somebody goes on submitting as long as the block lasts; every request must succeed."""
    over, submitted = threading.Event(), list[str]()
    api = Api(url=jobs.stack.api_url, token=jobs.stack.token(), recorder=Recorder())

    def submit() -> None:
        while not over.wait(_BETWEEN_JOBS_S):
            submitted.append(api.submit(f"{jobs.stack.run}-small", SUBMISSION))

    with ThreadPoolExecutor(max_workers=1) as customer:
        going_on = customer.submit(submit)
        try:
            yield submitted
        finally:
            over.set()
            going_on.result()
            api.close()


def source_of(folder: Path, version: str, *, worker_ends_with: str = "") -> Path:
    """A copy of our sources that calls itself `version`, for PYTHONPATH."""
    source = folder / version / "src"
    shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "template.yaml", source.parent)
    shutil.copytree(ROOT / "workflows", source.parent / "workflows")
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
        began = time.perf_counter()
        found = jobs.stack.functions().get_function_configuration(FunctionName=name, Qualifier="live")
        live[name] = found["Version"], found["CodeSha256"]
        jobs.shell.recorder.add("request", f"Lambda GetFunctionConfiguration {name} live", str(live[name]), since=began)
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
    made = {"before": jobs.completed("large")}
    with traffic(jobs) as submitted:
        assert deploy(jobs, next_release) == 0
        during = serving(jobs)
        made["with the release"] = jobs.completed("large")
        jobs.shell.must(f"leadmagnet rollback {jobs.stack.options} --yes")
        after = serving(jobs)
        made["after"] = jobs.completed("large")
    for job_id in submitted:
        api.wait(job_id)
    return History(before=before, during=during, after=after, jobs=made, traffic=submitted)


@pytest.mark.shows(REVERT)
def test_one_command_brings_the_version_before_back(history: History) -> None:
    assert (history.before.version, history.during.version, history.after.version) == (
        leadmagnet.__version__,
        NEXT,
        leadmagnet.__version__,
    )
    assert history.after.code == history.before.code
    assert not history.during.code & history.before.code


@pytest.mark.shows(REVERT)
def test_jobs_before_during_and_after_are_complete_and_whole(history: History, jobs: Jobs, api: Api) -> None:
    for when, job_id in history.jobs.items():
        job = api.job(job_id)
        assert (job["status"], job["error"]) == ("completed", None), when
        assert len({step["step_id"] for step in job["execution_steps"]}) == len(job["execution_steps"]), when
        jobs.must_hold(job_id, job["execution_steps"], stored="offloaded")


@pytest.mark.shows(REVERT)
def test_none_of_the_jobs_that_came_all_the_while_is_lost(case: CaseLog, history: History, api: Api) -> None:
    case.note(f"{len(history.traffic)} jobs were submitted while the release went out and came back")

    assert len(history.traffic) > 1
    for job_id in history.traffic:
        job = api.job(job_id)
        assert (job["status"], job["steps_done"], job["steps_count"]) == ("completed", 5, 6)


@pytest.mark.shows("Monitor CloudWatch logs for errors")
def test_the_logs_of_the_whole_episode_have_no_error(history: History, stack: Stack, logs: Logs) -> None:
    last = history.jobs["after"]
    eventually(lambda: logs.matching("WorkerFunctionName", last) or None, what="the log of the last job")

    ids = {*history.jobs.values(), *history.traffic}
    for function in FUNCTIONS:
        assert [line for line in logs.errors(function) if line.get("job_id") in ids] == []
        assert [line for line in logs.errors(function) if "job_id" not in line] == []
    ran_by = {line["job_id"]: line["function_version"] for line in _lines_of(logs, "Job completed", ids)}
    worker = stack.outputs["WorkerFunctionName"]
    assert ran_by[history.jobs["before"]] == history.before.live[worker][0]
    assert ran_by[history.jobs["with the release"]] == history.during.live[worker][0]
    assert ran_by[last] == history.after.live[worker][0]


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
    jobs.completed()
    since = Logs(stack=logs.stack, recorder=logs.recorder, since_ms=began_ms)
    failed = eventually(lambda: _failed_checks(since) or None, what="the check's line")
    case.note(f"the check says: {failed}")
    assert [line["function"] for line in failed] == [jobs.stack.outputs["WorkerFunctionName"]]

    # What was broken is put right, passes the same check, and only then serves.
    assert deploy(jobs, next_release) == 0
    assert serving(jobs).version == NEXT
    jobs.completed()


def _lines_of(logs: Logs, text: str, job_ids: set[str]) -> list[dict[str, Any]]:
    lines = [json.loads(message) for message in logs.matching("WorkerFunctionName", text)]
    return [line for line in lines if line.get("job_id") in job_ids]


def _failed_checks(logs: Logs) -> list[dict[str, Any]]:
    lines = [json.loads(message) for message in logs.matching("CheckFunctionName", "Version checked")]
    return [line for line in lines if not line["ok"]]
