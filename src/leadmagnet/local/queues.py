"""SQS queues as the template describes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from leadmagnet.local.properties import known

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_ATTRIBUTES = {
    "VisibilityTimeout",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "SqsManagedSseEnabled",
    "RedrivePolicy",
}


def ensure_queue(client: SQSClient, properties: Mapping[str, Any]) -> Mapping[str, str]:
    """The queue's URL (empty key), Arn and QueueName; it exists with the attributes asked for."""
    wanted = known("AWS::SQS::Queue", properties, _ATTRIBUTES | {"QueueName"})
    name = str(wanted["QueueName"])
    attributes: Any = {key: _text(wanted[key]) for key in _ATTRIBUTES if key in wanted}
    try:
        url = client.get_queue_url(QueueName=name)["QueueUrl"]
        client.set_queue_attributes(QueueUrl=url, Attributes=attributes)
    except client.exceptions.QueueDoesNotExist:
        url = client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    arn = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return {"": url, "Arn": arn, "QueueName": name}


def _text(value: object) -> str:
    """SQS takes every attribute as text."""
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return json.dumps(value)
    return str(value)
