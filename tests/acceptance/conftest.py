"""The deployed stack for every test of the plan, and the report of how they went."""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from tests.acceptance.api import Api
from tests.acceptance.cleaning import clean_up
from tests.acceptance.embedded import embedded_stack
from tests.acceptance.jobs import Jobs
from tests.acceptance.leaving_out import reason_to_leave_out
from tests.acceptance.logs import Logs
from tests.acceptance.plan import chapters
from tests.acceptance.recording import CaseLog, CaseRecord, Recorder, Stopwatch, Verdict, first_line
from tests.acceptance.report import checklist_lines, write_page
from tests.acceptance.shell import Shell, shell_environment
from tests.acceptance.stack import Stack, named_stack

_RECORDER = pytest.StashKey[Recorder]()
_BEGAN = pytest.StashKey[float]()
_SINCE_MS = pytest.StashKey[int]()
_DEPLOYING = pytest.StashKey[Stopwatch]()
_STACK = pytest.StashKey[str]()
#: Where a failure says what is wrong: at its end.
_MOST_FAULT_CHARS = 3_000


@pytest.fixture(scope="session")
def recorder(pytestconfig: pytest.Config) -> Recorder:
    """What gathers the report."""
    return pytestconfig.stash[_RECORDER]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run's own folder: the engine's data, and files for the AWS CLI."""
    return tmp_path_factory.mktemp("acceptance")


@pytest.fixture(scope="session")
def stack(folder: Path, pytestconfig: pytest.Config) -> Iterator[Stack]:
    """The stack that ACCEPTANCE_STACK names in the account of the usual credentials, or one on this machine."""
    if name := os.environ.get("ACCEPTANCE_STACK"):
        deployed = named_stack(name, os.environ)
        pytestconfig.stash[_STACK] = f"stack {name} in {deployed.region}"
        yield deployed
        return
    began = time.monotonic()
    with embedded_stack(folder / "engine") as deployed:
        pytestconfig.stash[_DEPLOYING].add(since=began)
        pytestconfig.stash[_STACK] = "the embedded engine"
        yield deployed


@pytest.fixture(scope="session")
def shell(stack: Stack, folder: Path, recorder: Recorder) -> Shell:
    """What runs commands against the stack."""
    recorder.hide(stack.token_key, "KEY")
    return Shell(environ=shell_environment(folder, stack.environ), recorder=recorder)


@pytest.fixture(scope="session")
def api(stack: Stack, recorder: Recorder) -> Iterator[Api]:
    """The API for an admin of the run's own tenant."""
    token = stack.token()
    recorder.hide(token, "TOKEN")
    client = Api(url=stack.api_url, token=token, recorder=recorder)
    yield client
    client.close()


@pytest.fixture(scope="session")
def older_api(stack: Stack, recorder: Recorder) -> Iterator[Api]:
    """The API for an admin of the tenant that items of older systems belong to."""
    token = stack.token(older=True)
    recorder.hide(token, "TOKEN")
    client = Api(url=stack.api_url, token=token, recorder=recorder)
    yield client
    client.close()


@pytest.fixture(scope="session")
def jobs(
    stack: Stack, api: Api, older_api: Api, shell: Shell, folder: Path, pytestconfig: pytest.Config
) -> Iterator[Jobs]:
    """What makes jobs and looks at them; whatever the run made is gone afterwards."""
    began = time.monotonic()
    made = Jobs(stack=stack, api=api, shell=shell, folder=folder)
    made.put_workflows()
    # The functions' first starts are no case's own time.
    made.completed()
    pytestconfig.stash[_DEPLOYING].add(since=began)
    yield made
    # An engine of our own ends with the run, and with it everything.
    if "ACCEPTANCE_STACK" in os.environ:
        clean_up(stack, api, older_api, made.written)


@pytest.fixture(scope="session")
def logs(stack: Stack, recorder: Recorder, pytestconfig: pytest.Config) -> Logs:
    """What the functions logged since the run began."""
    return Logs(stack=stack, recorder=recorder, since_ms=pytestconfig.stash[_SINCE_MS])


@pytest.fixture(scope="module")
def case(request: pytest.FixtureRequest, recorder: Recorder) -> CaseLog:
    """The chapter of the plan that the file's CHAPTER names."""
    return CaseLog(record=recorder.case(request.module.CHAPTER), recorder=recorder)


def pytest_configure(config: pytest.Config) -> None:
    """Begin a report."""
    config.addinivalue_line("markers", "shows(*points): results of the plan that the test shows")
    config.addinivalue_line("markers", "changes_stack: deploys, rolls back or rings alarms; not in somebody's account")
    config.addinivalue_line("markers", "engine_only(reason): what AWS does not do or show, and why")
    config.stash[_RECORDER] = Recorder()
    config.stash[_BEGAN] = time.monotonic()
    config.stash[_SINCE_MS] = int(time.time() * 1000)
    config.stash[_DEPLOYING] = Stopwatch()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse a test that shows what the plan does not ask for; leave out what would disturb somebody's stack."""
    for item in items:
        record = _record_of(item)
        known = {first_line(point) for point in record.chapter.results} if record else set()
        if unknown := set(_shows(item)) - known:
            raise pytest.UsageError(f"{item.nodeid}: not in this chapter of the plan: {sorted(unknown)}")
    left_out = {item: reason for item in items if (reason := reason_to_leave_out(item, os.environ))}
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=[*left_out])
    shown = {(item.path, point) for item in items for point in _shows(item)}
    for item, reason in left_out.items():
        if record := _record_of(item):
            points = [point for point in _shows(item) if (item.path, point) not in shown]
            record.left_out |= dict.fromkeys(points, reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """What a test does on its own belongs under its name."""
    record = _record_of(item)
    if record is None:
        return (yield)
    with item.config.stash[_RECORDER].scene(record, _sentence(item)):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note how a test ended, and what it took beside the deployment."""
    report = yield
    record, recorder = _record_of(item), item.config.stash[_RECORDER]
    if record is None:
        return report
    record.seconds += call.duration - item.config.stash[_DEPLOYING].pop()
    if call.when == "call" or report.failed:
        fault = recorder.redacted(report.longreprtext)[-_MOST_FAULT_CHARS:] if report.failed else ""
        record.verdicts.append(Verdict(test=_sentence(item), passed=report.passed, shows=_shows(item), fault=fault))
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the page; a run of the whole plan in which something is missing has failed."""
    cases, whole = session.config.stash[_RECORDER].cases, _is_whole(session.config)
    if whole and not session.exitstatus and any(case.state == "open" for case in cases):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    page = os.environ.get("ACCEPTANCE_REPORT")
    if page and (whole or any(case.ran for case in cases)):
        took = time.monotonic() - session.config.stash[_BEGAN]
        write_page(Path(page), cases, where=session.config.stash.get(_STACK, "no stack"), seconds=took)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the plan's checklist, ticked."""
    cases = config.stash[_RECORDER].cases
    if not (_is_whole(config) or any(case.ran for case in cases)):
        return
    terminalreporter.section("test plan")
    for line in checklist_lines(cases):
        terminalreporter.write_line(line)
    if page := os.environ.get("ACCEPTANCE_REPORT"):
        terminalreporter.write_line(f"\nEvery step, command and answer: {page}")


def _record_of(item: pytest.Item) -> CaseRecord | None:
    title: str | None = getattr(getattr(item, "module", None), "CHAPTER", None)
    if title is None or title not in chapters():
        return None
    return item.config.stash[_RECORDER].case(title)


def _shows(item: pytest.Item) -> tuple[str, ...]:
    return tuple(point for marker in item.iter_markers("shows") for point in marker.args)


def _sentence(item: pytest.Item) -> str:
    return item.name.removeprefix("test_").replace("_", " ")


def _is_whole(config: pytest.Config) -> bool:
    """Whether the whole plan was asked for: this folder, and no choice among its tests."""
    chosen = ("keyword", "markexpr", "deselect", "ignore", "ignore_glob", "lf", "stepwise", "collectonly")
    named = [Path(argument).resolve() for argument in config.args]
    here = Path(__file__).resolve().parent
    return here in named and not any(config.getoption(name) for name in chosen)
