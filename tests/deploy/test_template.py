"""What the template promises that no engine on this machine would notice."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.deploy.permissions import differences, listed, statements

from leadmagnet.adapters.expiry import EXPIRES_AT
from leadmagnet.local.files import template_path
from leadmagnet.local.template import load_template, read_template
from leadmagnet.worker.waits import MOST_DELIVERIES

TEMPLATE = read_template(template_path())
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]


def of_type(kind: str) -> dict[str, Any]:
    return {name: each.get("Properties", {}) for name, each in RESOURCES.items() if each["Type"] == kind}


#: Of each parameter that decides a condition, or what SAM makes: the other choice.
OTHER_CHOICES = {
    "Environment": "staging",
    "Canary": "true",
    "RequireTls": "false",
    "Bedrock": "yes",
    "AlarmEmail": "ops@example.com",
    "PublicUrl": "https://leads.example.com",
}


@pytest.mark.parametrize("chosen", [{}, {"Canary": "true"}, OTHER_CHOICES], ids=["as it is", "canary", "all other"])
def test_cfn_lint_has_nothing_to_say_of_the_template_nor_of_what_sam_makes_of_it(
    tmp_path: Path, chosen: Mapping[str, str]
) -> None:
    # It puts the template through SAM's own translator, which sees defaults alone, and looks at the result.
    template = copy.deepcopy(TEMPLATE)
    for parameter, value in chosen.items():
        template["Parameters"][parameter]["Default"] = value
    (tmp_path / "template.json").write_text(json.dumps(template))
    linted = tmp_path / "template.json" if chosen else template_path()

    linter = Path(sys.prefix) / "bin" / "cfn-lint"
    done = subprocess.run([linter, linted], capture_output=True, text=True, timeout=120, check=False)

    assert (done.returncode, done.stdout) == (0, "")


def test_the_other_choices_turn_every_condition_around() -> None:
    facts = {f"AWS::{name}": name for name in ("AccountId", "Region", "Partition", "URLSuffix")}
    usual = load_template(template_path(), parameters={}, facts=facts).conditions
    other = load_template(template_path(), parameters=OTHER_CHOICES, facts=facts).conditions

    assert other == {name: not value for name, value in usual.items()}


@pytest.mark.parametrize("role", of_type("AWS::IAM::Role"))
def test_no_role_allows_all_of_a_service_or_speaks_of_everything(role: str) -> None:
    for statement in statements(RESOURCES[role]):
        actions = listed(statement["Action"])
        assert not [action for action in actions if "*" in action], statement["Sid"]
        if "*" in listed(statement["Resource"]):
            # X-Ray knows no resources to name.
            assert statement["Sid"] == "Traces"


def test_each_role_may_do_what_the_table_of_permissions_says_and_nothing_else() -> None:
    assert differences(RESOURCES) == []


def test_a_permission_that_is_dropped_or_added_is_named_with_its_role_and_resource() -> None:
    changed = copy.deepcopy(RESOURCES)
    by_sid = {each["Sid"]: each for each in statements(changed["CheckRole"])}
    by_sid["AnswerToCodeDeploy"]["Action"].remove("codedeploy:PutLifecycleEventHookExecutionStatus")
    by_sid["OwnFiles"]["Action"].append("s3:PutObjectAcl")

    assert differences(changed) == [
        "given: CheckRole: s3:PutObjectAcl on ArtifactsBucket/jobs/*",
        "lost: CheckRole: codedeploy:PutLifecycleEventHookExecutionStatus on codedeploy:*",
    ]


def test_every_function_has_a_role_of_the_table_and_sam_adds_nothing_to_it() -> None:
    roles = of_type("AWS::IAM::Role")

    for function in of_type("AWS::Serverless::Function").values():
        assert function["Role"]["Fn::GetAtt"].removesuffix(".Arn") in roles
        assert "Policies" not in function
    assert not [role for role, each in roles.items() if "ManagedPolicyArns" in each]


def test_only_the_worker_may_call_models() -> None:
    allowed = {
        role
        for role in of_type("AWS::IAM::Role")
        for statement in statements(RESOURCES[role])
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


def test_jobs_end_by_their_attribute_alone_and_by_default_none_gets_it() -> None:
    # The embedded engine's CloudFormation takes this and does nothing.
    assert RESOURCES["JobsTable"]["Properties"]["TimeToLiveSpecification"] == {
        "AttributeName": EXPIRES_AT,
        "Enabled": True,
    }
    assert "TimeToLiveSpecification" not in RESOURCES["WorkflowsTable"]["Properties"]
    assert TEMPLATE["Parameters"]["KeepJobsDays"]["Default"] == 0
    variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["LEADMAGNET_KEEP_JOBS_DAYS"] == {"Ref": "KeepJobsDays"}


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
