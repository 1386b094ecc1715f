"""Deploy, change, break, go back, take away: the real command line and a real engine, as in docs/deployment.md."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.deployed import Cloud, cloud

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.long
WORKFLOW = ROOT / "workflows" / "market-report.yaml"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """An engine with a deployment; each test leaves there what serves well."""
    with cloud(tmp_path_factory.mktemp("cloud") / "deployed") as running:
        running.deploy()
        running.leadmagnet("workflows", "put", WORKFLOW)
        yield running


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A copy of what is deployed, to change: `src` and the template."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "template.yaml", tmp_path / "template.yaml")
    shutil.copytree(ROOT / "workflows", tmp_path / "workflows")
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, (path, old)
    path.write_text(text.replace(old, new))


def serving(here: Cloud) -> set[str]:
    """The versions that `live` of the functions names; one, if all is well."""
    functions = ("leadmagnet-api-handler", "leadmagnet-worker", "leadmagnet-sweeper")
    aliases = [here.aws("lambda", "get-alias", "--function-name", name, "--name", "live") for name in functions]
    return {alias["FunctionVersion"] for alias in aliases}


def worker(here: Cloud) -> Any:  # noqa: ANN401 (JSON enters here)
    """What the worker that serves is made of."""
    query = "{CodeSha256: CodeSha256, MemorySize: MemorySize, Runtime: Runtime, Variables: Environment.Variables}"
    name = ("--function-name", "leadmagnet-worker", "--qualifier", "live")
    return here.aws("lambda", "get-function-configuration", *name, "--query", query)


def run_a_job(here: Cloud) -> Any:  # noqa: ANN401 (JSON enters here)
    """A job of an example workflow, at rest."""
    return json.loads(here.leadmagnet("jobs", "submit", "market-report", "--example", "--watch", "--json").stdout)


def test_what_is_deployed_runs_jobs_and_deploying_it_again_changes_nothing(here: Cloud) -> None:
    here.deploy()

    again = here.deploy()
    token = here.leadmagnet("token").stdout.strip()
    url, headers = f"{here.ready['api_url']}/admin/jobs", {"Authorization": f"Bearer {token}"}
    listed = httpx2.get(url, headers=headers, timeout=60)

    assert not again["changed"]
    assert listed.status_code == 200
    assert run_a_job(here)["status"] == "completed"


def test_code_that_does_not_work_never_serves(here: Cloud, changed: Path) -> None:
    before = serving(here)
    edit(changed / "src/leadmagnet/api/job_document.py", '"execution_steps"', '"execution_stepz"')

    refused = here.leadmagnet("deploy", "--embedded", "--yes", source=changed, check=False)

    assert refused.returncode == 1
    assert "api: reads an inline record" in refused.stderr
    assert "What served before goes on serving" in refused.stderr
    assert serving(here) == before
    assert run_a_job(here)["status"] == "completed"


def test_code_a_setting_and_memory_serve_after_one_check_and_go_back_in_one_command(here: Cloud, changed: Path) -> None:
    before, was = serving(here), worker(here)
    edit(changed / "src/leadmagnet/worker/batch.py", '"""The worker of', '"""The changed worker of')
    edit(changed / "template.yaml", "MemorySize: 1769", "MemorySize: 1770")
    there = ("--embedded", "--yes", "--parameter", "WebhookHosts=hooks.example")
    here.leadmagnet("deploy", *there, source=changed)
    after, became = serving(here), worker(here)

    back = here.leadmagnet("rollback", "--embedded", "--yes", "--json")
    again = here.leadmagnet("rollback", "--embedded", "--yes")
    unknown = here.leadmagnet("rollback", "--embedded", "--yes", "--to", "77", check=False)

    assert [int(number) for number in after] == [int(number) + 1 for number in before]
    assert (became["MemorySize"], became["Variables"]["LEADMAGNET_WEBHOOK_HOSTS"]) == (1770, "hooks.example")
    assert became["CodeSha256"] != was["CodeSha256"]
    assert serving(here) == before
    assert worker(here) == was
    assert json.loads(back.stdout)["worker"] == {"before": next(iter(after)), "after": next(iter(before))}
    assert "Nothing moves" in again.stderr
    assert (unknown.returncode, "no version 77" in unknown.stderr) == (1, True)
    assert run_a_job(here)["status"] == "completed"


def test_an_environment_lacks_a_permission_gets_it_goes_comes_back_and_goes_for_good(
    here: Cloud, changed: Path
) -> None:
    text = (changed / "template.yaml").read_text()
    worker = text.index("PolicyName: worker")
    lacking = text[worker:].replace("- dynamodb:UpdateItem", "- dynamodb:DescribeTable", 1)
    (changed / "template.yaml").write_text(text[:worker] + lacking)
    there = ("--embedded", "--yes", "--environment", "other")
    table = ("--table-name", "leadmagnet-workflows-other")
    kept = {"name": {"S": "kept"}, "version": {"N": "1"}}

    denied = here.leadmagnet("deploy", *there, source=changed, check=False)
    mended = here.deploy("--environment", "other")
    here.aws("dynamodb", "put-item", *table, "--item", json.dumps(kept))
    gone = here.leadmagnet("destroy", *there)
    again = here.deploy("--environment", "other")
    found = here.aws("dynamodb", "get-item", *table, "--key", json.dumps(kept))
    wrong = here.leadmagnet("destroy", *there, "--delete-data", "--yes-delete-data", "leadmagnet", check=False)
    here.leadmagnet("destroy", *there, "--delete-data", "--yes-delete-data", "leadmagnet-other")

    assert denied.returncode == 1
    assert "worker: runs a job" in denied.stderr
    assert mended["changed"]
    assert "kept    leadmagnet-jobs-other" in gone.stderr
    assert "A later deployment takes the data up again" in gone.stderr
    assert again["JobsTableName"] == "leadmagnet-jobs-other"
    assert found["Item"] == kept
    assert wrong.returncode == 1
    assert not [name for name in here.aws("dynamodb", "list-tables")["TableNames"] if name.endswith("-other")]
    assert here.aws("s3api", "list-buckets", "--query", "Buckets[?contains(Name, 'other')]") == []


def test_a_table_that_is_somebody_elses_is_left_alone(here: Cloud) -> None:
    name, there = "leadmagnet-jobs-foreign", ("--embedded", "--yes", "--environment", "foreign")
    keys = "--attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH"
    here.aws("dynamodb", "create-table", "--table-name", name, *keys.split(), "--billing-mode", "PAY_PER_REQUEST")

    refused = here.leadmagnet("deploy", *there, check=False)
    nothing = here.leadmagnet("rollback", *there, check=False)

    assert f"{name} exists already" in refused.stderr
    assert "Nothing is deployed" in nothing.stderr


def test_a_stack_that_is_somebody_elses_is_left_alone(here: Cloud) -> None:
    there, resources = ("--embedded", "--yes", "--environment", "theirs"), {"Queue": {"Type": "AWS::SQS::Queue"}}
    stack = ("--stack-name", "leadmagnet-theirs")
    here.aws("cloudformation", "create-stack", *stack, "--template-body", json.dumps({"Resources": resources}))

    for command in ("deploy", "rollback", "destroy"):
        refused = here.leadmagnet(command, *there, check=False)
        assert (refused.returncode, "none of ours" in refused.stderr) == (1, True), command

    (left,) = here.aws("cloudformation", "list-stack-resources", *stack)["StackResourceSummaries"]
    assert left["LogicalResourceId"] == "Queue"


def test_without_an_engine_the_message_says_how_to_start_one(tmp_path: Path) -> None:
    nowhere = Cloud(data_dir=tmp_path / "none", endpoint_url="")

    refused = nowhere.leadmagnet("deploy", "--embedded", "--yes", check=False)

    assert refused.returncode == 1
    assert "leadmagnet engine --data-dir" in refused.stderr
