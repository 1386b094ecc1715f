"""Tables, bucket and queues in the embedded engine, from the same template that AWS gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadmagnet.local.buckets import ensure_bucket, ensure_bucket_policy
from leadmagnet.local.errors import TemplateNotUnderstood
from leadmagnet.local.queues import ensure_queue
from leadmagnet.local.tables import ensure_table
from leadmagnet.local.template import Template, load_template

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

#: Brings one resource into being and gives its attributes; the empty key is what Ref gives.
_Ensure = Callable[[Mapping[str, Any]], Mapping[str, str]]

#: The account that the embedded engine takes every client for.
EMBEDDED_ACCOUNT = "000000000000"

#: What else a resource in the template may carry; but for the condition these speak to CloudFormation alone.
_RESOURCE_KEYS = {"Type", "Properties", "Condition", "DeletionPolicy", "UpdateReplacePolicy", "DependsOn", "Metadata"}

#: What only a deployment has. On a laptop API and worker are processes of ours, and nothing watches them.
_DEPLOYED_ONLY = frozenset(
    {
        "AWS::ApiGatewayV2::Api",
        "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::Route",
        "AWS::ApiGatewayV2::Stage",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::CompositeAlarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::IAM::Role",
        "AWS::Lambda::Permission",
        "AWS::Logs::LogGroup",
        "AWS::Logs::MetricFilter",
        "AWS::Logs::QueryDefinition",
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",
        "AWS::SNS::TopicPolicy",
        "AWS::SecretsManager::Secret",
        "AWS::Serverless::Function",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """Where the service keeps what it keeps."""

    jobs_table: str
    workflows_table: str
    bucket: str
    queue_url: str
    dead_letter_queue_url: str


def create_resources(
    template: Path,
    *,
    dynamodb: DynamoDBClient,
    s3: S3Client,
    sqs: SQSClient,
    parameters: Mapping[str, str] | None = None,
    account_id: str = EMBEDDED_ACCOUNT,
) -> Resources:
    """What `template` describes: missing resources are created, differing ones put right, the rest left.

    `parameters` go over the template's defaults; what only a deployment has is left out. Raises
    TemplateNotUnderstood, before anything is created, for a type of resource that is not known here, and at a
    property or function that is not.
    """
    facts = {
        "AWS::AccountId": account_id,
        "AWS::Partition": "aws",
        "AWS::Region": dynamodb.meta.region_name,
        "AWS::StackName": "leadmagnet",
    }
    kinds: dict[str, _Ensure] = {
        "AWS::DynamoDB::Table": lambda properties: ensure_table(dynamodb, properties),
        "AWS::S3::Bucket": lambda properties: ensure_bucket(s3, properties),
        "AWS::S3::BucketPolicy": lambda properties: ensure_bucket_policy(s3, properties),
        "AWS::SQS::Queue": lambda properties: ensure_queue(sqs, properties),
    }
    stack = _Stack(load_template(template, parameters=parameters or {}, facts=facts), kinds)
    stack.create()
    return Resources(
        jobs_table=stack.output("JobsTableName"),
        workflows_table=stack.output("WorkflowsTableName"),
        bucket=stack.output("ArtifactsBucketName"),
        queue_url=stack.output("JobsQueueUrl"),
        dead_letter_queue_url=stack.output("JobsDeadLetterQueueUrl"),
    )


class _Stack:
    """The template's resources, each created before the first one that refers to it."""

    def __init__(self, template: Template, kinds: Mapping[str, _Ensure]) -> None:
        self._template = template
        self._kinds = kinds
        self._wanted = [name for name, resource in template.resources.items() if self._is_wanted(resource)]
        self._made: dict[str, Mapping[str, str]] = {}
        self._begun: set[str] = set()

    def create(self) -> None:
        for name in self._wanted:
            self._check(name, self._template.resources[name])
        for name in self._wanted:
            self._make(name)

    def output(self, name: str) -> str:
        if name not in self._template.outputs:
            raise TemplateNotUnderstood("The template lacks an output. Put the file right.", output=name)
        return str(self._template.resolve(self._template.outputs[name]["Value"], self._attribute))

    def _is_wanted(self, resource: Mapping[str, Any]) -> bool:
        if resource.get("Type") in _DEPLOYED_ONLY:
            return False
        condition = resource.get("Condition")
        return condition is None or self._template.holds(condition)

    def _check(self, name: str, resource: Mapping[str, Any]) -> None:
        unknown = sorted(resource.keys() - _RESOURCE_KEYS)
        if resource.get("Type") not in self._kinds or unknown:
            raise TemplateNotUnderstood(
                "The template has a resource that the embedded engine cannot be given. "
                "Teach leadmagnet.local to create it, or take it out of the template.",
                resource=name,
                type=resource.get("Type"),
                **({"keys": ", ".join(unknown)} if unknown else {}),
            )

    def _make(self, name: str) -> Mapping[str, str]:
        if name in self._made:
            return self._made[name]
        if name in self._begun:
            raise TemplateNotUnderstood("Resources of the template refer to each other in a circle.", resource=name)
        self._begun.add(name)
        resource = self._template.resources[name]
        properties = self._template.resolve(resource["Properties"], self._attribute)
        self._made[name] = self._kinds[resource["Type"]](properties)
        return self._made[name]

    def _attribute(self, name: str, attribute: str) -> str:
        attributes = self._make(name)
        if attribute not in attributes:
            raise TemplateNotUnderstood(
                "The template asks for an attribute that is not known here.",
                resource=name,
                attribute=attribute,
            )
        return attributes[attribute]
