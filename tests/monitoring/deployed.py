"""The monitoring section alone, deployed by CloudFormation to a real engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from tests.monitoring.section import MONITORING, QUERY, template

from leadmagnet.local.engine import EmbeddedEngine
from leadmagnet.local.environment import EngineKind
from leadmagnet.local.template import Template

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricAlarmTypeDef
    from mypy_boto3_sqs import SQSClient

#: What alarms can be tried in, and nothing that they watch.
WATCHING = EngineKind(services=("cloudformation", "cloudwatch", "logs", "sns", "sqs"))
STACK = "watching"
ENVIRONMENT = "watched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """Clients of the engine that has the stack."""

    cloudwatch: CloudWatchClient
    sqs: SQSClient
    #: A queue that gets what the alarms' topic gets.
    told_url: str

    def alarms(self) -> dict[str, MetricAlarmTypeDef]:
        """The alarms by name."""
        pages = self.cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm"])
        return {alarm["AlarmName"]: alarm for page in pages for alarm in page["MetricAlarms"]}

    def state(self, name: str) -> str:
        """OK, ALARM or INSUFFICIENT_DATA."""
        [alarm] = self.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return alarm["StateValue"]

    def force(self, alarm: MetricAlarmTypeDef, *, metric: str | None = None) -> None:
        """Put data beyond the alarm's threshold under its own name and dimensions, or those of another metric."""
        rises = alarm["ComparisonOperator"].startswith("Greater")
        self.cloudwatch.put_metric_data(
            Namespace=alarm["Namespace"],
            MetricData=[
                {
                    "MetricName": metric or alarm["MetricName"],
                    "Dimensions": alarm["Dimensions"],
                    "Value": alarm["Threshold"] + 1 if rises else alarm["Threshold"] - 1,
                }
            ],
        )

    def told(self) -> set[str]:
        """The names of the alarms that the topic told of since the last call."""
        names: set[str] = set()
        while messages := self.sqs.receive_message(QueueUrl=self.told_url, MaxNumberOfMessages=10).get("Messages"):
            names |= {json.loads(json.loads(message["Body"])["Message"])["AlarmName"] for message in messages}
        return names


@contextmanager
def deployed(folder: Path) -> Iterator[Deployed]:
    """The section, as long as the block lasts."""
    with EmbeddedEngine(folder, notify=lambda _: None, kind=WATCHING) as engine:
        access = engine.access
        session = boto3.session.Session(
            aws_access_key_id=access.access_key_id,
            aws_secret_access_key=access.secret_access_key,
            region_name=access.region,
        )
        made: dict[str, Any] = {"endpoint_url": access.endpoint_url, "config": Config(proxies={})}
        cloudformation, sqs = session.client("cloudformation", **made), session.client("sqs", **made)
        cloudformation.create_stack(
            StackName=STACK,
            TemplateBody=json.dumps(section_alone(template())),
            Parameters=[{"ParameterKey": "Environment", "ParameterValue": ENVIRONMENT}],
        )
        cloudformation.get_waiter("stack_create_complete").wait(
            StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
        topic = cloudformation.describe_stack_resource(StackName=STACK, LogicalResourceId="AlarmsTopic")
        url = sqs.create_queue(QueueName="told")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        topic_arn = topic["StackResourceDetail"]["PhysicalResourceId"]
        session.client("sns", **made).subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)
        yield Deployed(cloudwatch=session.client("cloudwatch", **made), sqs=sqs, told_url=url)


def section_alone(of: Template) -> dict[str, Any]:
    """A template of the section with its queues; what else it refers to is a parameter that holds a name."""
    kept = {
        name: each
        for name, each in of.resources.items()
        if each["Type"] in MONITORING - {QUERY} or each["Type"] == "AWS::SQS::Queue"
    }
    parameters = {name: {"Type": "String", "Default": value} for name, value in of.values.items() if "::" not in name}
    parameters["RequireTls"]["Default"] = "false"
    others = of.resources.keys() - kept.keys()
    return {
        "Parameters": parameters | {name: {"Type": "String", "Default": name} for name in others},
        "Conditions": {
            "IsProduction": {"Fn::Equals": [{"Ref": "Environment"}, "production"]},
            "NoAlarmEmail": {"Fn::Equals": [{"Ref": "AlarmEmail"}, ""]},
            "HasWholeCloudWatch": {"Fn::Equals": [{"Ref": "RequireTls"}, "true"]},
        },
        "Resources": kept,
    }
