"""docs/deployment.md lists what whoever deploys must be allowed, for every kind of resource that a stack gets."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
from samtranslator.translator.transform import transform  # type: ignore[import-untyped]  # it carries no types

from leadmagnet.local.files import template_path
from leadmagnet.local.template import read_template

PAGE = (Path(__file__).parents[2] / "docs" / "deployment.md").read_text(encoding="utf-8")

#: By kind of resource: the actions without which CloudFormation cannot make it as this template wants it, change it
#: and take it away. From the schemas of AWS's resource types (`handlers`), without what other templates would need.
NEEDED = {
    "AWS::ApiGatewayV2::Api": "apigateway: GET POST PATCH DELETE TagResource",
    "AWS::ApiGatewayV2::Integration": "apigateway: GET POST PATCH DELETE",
    "AWS::ApiGatewayV2::Route": "apigateway: GET POST PATCH DELETE",
    "AWS::ApiGatewayV2::Stage": "apigateway: GET POST PATCH DELETE, logs: CreateLogDelivery GetLogDelivery "
    "UpdateLogDelivery DeleteLogDelivery ListLogDeliveries PutResourcePolicy DescribeResourcePolicies",
    "AWS::CloudWatch::Alarm": "cloudwatch: PutMetricAlarm DescribeAlarms DeleteAlarms",
    "AWS::CloudWatch::CompositeAlarm": "cloudwatch: PutCompositeAlarm DescribeAlarms DeleteAlarms",
    "AWS::CloudWatch::Dashboard": "cloudwatch: PutDashboard GetDashboard DeleteDashboards",
    "AWS::CodeDeploy::Application": "codedeploy: CreateApplication GetApplication DeleteApplication",
    "AWS::CodeDeploy::DeploymentGroup": "codedeploy: CreateDeploymentGroup GetDeploymentGroup UpdateDeploymentGroup "
    "DeleteDeploymentGroup, iam: PassRole",
    "AWS::DynamoDB::Table": "dynamodb: CreateTable DescribeTable UpdateTable DeleteTable DescribeContinuousBackups "
    "UpdateContinuousBackups DescribeTimeToLive UpdateTimeToLive TagResource ListTagsOfResource",
    "AWS::Events::Rule": "events: PutRule DescribeRule DeleteRule PutTargets RemoveTargets ListTargetsByRule",
    "AWS::IAM::Role": "iam: CreateRole GetRole DeleteRole PutRolePolicy GetRolePolicy DeleteRolePolicy "
    "UpdateAssumeRolePolicy AttachRolePolicy DetachRolePolicy ListRolePolicies ListAttachedRolePolicies",
    "AWS::Lambda::Alias": "lambda: all, codedeploy: CreateDeployment GetDeployment StopDeployment GetDeploymentConfig",
    "AWS::Lambda::EventSourceMapping": "lambda: CreateEventSourceMapping GetEventSourceMapping "
    "UpdateEventSourceMapping DeleteEventSourceMapping",
    "AWS::Lambda::Function": "lambda: all PutFunctionRecursionConfig, iam: PassRole, s3: all",
    "AWS::Lambda::Permission": "lambda: all",
    "AWS::Lambda::Version": "lambda: all",
    "AWS::Logs::LogGroup": "logs: CreateLogGroup DescribeLogGroups DeleteLogGroup PutRetentionPolicy",
    "AWS::Logs::QueryDefinition": "logs: PutQueryDefinition DescribeQueryDefinitions DeleteQueryDefinition",
    "AWS::S3::Bucket": "s3: all",
    "AWS::S3::BucketPolicy": "s3: all",
    "AWS::SNS::Topic": "sns: CreateTopic GetTopicAttributes SetTopicAttributes DeleteTopic Subscribe Unsubscribe "
    "ListSubscriptionsByTopic",
    "AWS::SNS::TopicPolicy": "sns: SetTopicAttributes",
    "AWS::SQS::Queue": "sqs: CreateQueue GetQueueUrl GetQueueAttributes SetQueueAttributes DeleteQueue",
    "AWS::SecretsManager::Secret": "secretsmanager: CreateSecret DescribeSecret UpdateSecret DeleteSecret "
    "GetRandomPassword",
}


def listed() -> set[str]:
    """The actions that the page lists, as `service:Action`."""
    rows = re.findall(r"^\| `(\w+)` \| .*? \| (.+) \|$", PAGE, re.MULTILINE)
    return {f"{service}:{action}" for service, actions in rows for action in re.findall(r"\w+", actions)}


def kinds() -> set[str]:
    """The kinds of resources of a stack where there is CodeDeploy, after SAM's translation."""
    template: dict[str, Any] = copy.deepcopy(read_template(template_path()))
    template["Parameters"]["Canary"]["Default"] = "true"
    template["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"
    made = transform(template, {}, _NoPolicies())
    return {each["Type"] for each in made["Resources"].values()}


class _NoPolicies:
    """SAM asks AWS for its managed policies; this template names none by name."""

    def load(self) -> dict[str, str]:
        return {}


def test_every_kind_of_resource_is_thought_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert kinds() == NEEDED.keys()


@pytest.mark.parametrize("kind", sorted(NEEDED))
def test_the_page_lists_what_a_kind_of_resource_needs(kind: str) -> None:
    needed = {
        f"{service}:{action}"
        for service, actions in (part.split(": ") for part in NEEDED[kind].split(", "))
        for action in actions.split()
    }

    assert needed - listed() == set()
