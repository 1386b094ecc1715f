"""What the template promises that no engine on this machine would notice."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leadmagnet.local.files import template_path
from leadmagnet.local.template import read_template
from leadmagnet.worker.waits import MOST_DELIVERIES

TEMPLATE = read_template(template_path())
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]


def of_type(kind: str) -> dict[str, Any]:
    return {name: each.get("Properties", {}) for name, each in RESOURCES.items() if each["Type"] == kind}


def statements(role: str) -> Iterator[dict[str, Any]]:
    for policy in RESOURCES[role]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            yield statement["Fn::If"][1] if "Fn::If" in statement else statement


def listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_cfn_lint_has_nothing_to_say_of_the_template_nor_of_what_sam_makes_of_it() -> None:
    # It puts the template through SAM's own translator and looks at the result.
    linter = Path(sys.prefix) / "bin" / "cfn-lint"
    done = subprocess.run([linter, template_path()], capture_output=True, text=True, timeout=120, check=False)

    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("role", of_type("AWS::IAM::Role"))
def test_no_role_allows_all_of_a_service_or_speaks_of_everything(role: str) -> None:
    for statement in statements(role):
        actions = listed(statement["Action"])
        assert not [action for action in actions if "*" in action], statement["Sid"]
        if "*" in listed(statement["Resource"]):
            # X-Ray knows no resources to name.
            assert statement["Sid"] == "Traces"


def test_only_the_worker_may_call_models() -> None:
    allowed = {
        role
        for role in of_type("AWS::IAM::Role")
        for statement in statements(role)
        for action in listed(statement["Action"])
        if action.startswith("bedrock:")
    }

    assert allowed == {"WorkerRole"}


def test_the_queue_hides_a_message_for_six_times_the_workers_own_limit() -> None:
    queue, worker = RESOURCES["JobsQueue"]["Properties"], RESOURCES["WorkerFunction"]["Properties"]

    assert queue["VisibilityTimeout"] == 6 * worker["Timeout"]


def test_the_worker_says_which_messages_failed_and_takes_one_at_a_time() -> None:
    source = RESOURCES["WorkerFunction"]["Properties"]["Events"]["Jobs"]["Properties"]

    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["BatchSize"] == 1


def test_lambda_does_not_stop_the_worker_from_handing_long_jobs_on_and_stops_loops_of_all_others() -> None:
    loops = {name: each.get("RecursiveLoop") for name, each in of_type("AWS::Serverless::Function").items()}

    assert loops.pop("WorkerFunction") == "Allow"
    assert set(loops.values()) == {None}


def test_the_worker_knows_after_how_many_deliveries_a_message_is_a_dead_letter() -> None:
    assert RESOURCES["JobsQueue"]["Properties"]["RedrivePolicy"]["maxReceiveCount"] == MOST_DELIVERIES


@pytest.mark.parametrize("name", ["JobsTable", "WorkflowsTable", "ArtifactsBucket"])
def test_data_outlives_the_stack_but_not_a_first_deployment_that_failed(name: str) -> None:
    assert RESOURCES[name]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert RESOURCES[name]["UpdateReplacePolicy"] == "Retain"


def test_every_function_logs_where_lines_end_after_a_time_and_nowhere_else() -> None:
    groups = of_type("AWS::Logs::LogGroup")

    assert all(group["RetentionInDays"] == {"Ref": "LogRetentionDays"} for group in groups.values())
    for function in of_type("AWS::Serverless::Function").values():
        assert function["LoggingConfig"]["LogGroup"]["Ref"] in groups


@pytest.mark.parametrize("name", ["ApiFunction", "WorkerFunction", "SweeperFunction"])
def test_what_serves_is_shifted_by_a_canary_after_a_check_where_there_is_codedeploy(name: str) -> None:
    preference = RESOURCES[name]["Properties"]["DeploymentPreference"]

    assert RESOURCES[name]["Properties"]["AutoPublishAlias"] == "live"
    assert preference["Enabled"] == {"Ref": "Canary"}
    assert preference["Hooks"] == {"PreTraffic": {"Ref": "CheckFunction"}}


def test_the_secret_is_named_to_functions_and_never_its_content() -> None:
    variables = [TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]]
    variables += [
        each.get("Environment", {}).get("Variables", {}) for each in of_type("AWS::Serverless::Function").values()
    ]

    named = {name for each in variables for name in each}
    assert not {name for name in named if name.endswith(("_KEY", "_API_KEY", "WEBHOOK_SECRET"))}


def test_functions_count_where_the_alarms_of_their_environment_look() -> None:
    namespaces = [each.get("Namespace") for each in of_type("AWS::CloudWatch::Alarm").values()]
    own = [each for each in namespaces if not str(each).startswith("AWS/")]

    namespace = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"]
    assert own == [namespace] * len(own)
    assert own
