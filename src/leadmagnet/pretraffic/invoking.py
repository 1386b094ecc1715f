"""One version of a function, called as its trigger would call it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from leadmagnet.pretraffic.outcome import Answer, Unexpected

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

#: Of a traceback or a page, this much is told.
_MOST_DETAIL = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionVersion:
    """A version of a Lambda function: `$LATEST`, a number, or an alias."""

    client: LambdaClient
    function: str
    qualifier: str

    def invoke(self, payload: Mapping[str, Any]) -> Answer:
        """What it answers; Unexpected if it cannot be called or fails."""
        try:
            answer = self.client.invoke(
                FunctionName=self.function, Qualifier=self.qualifier, Payload=json.dumps(payload).encode()
            )
            text = answer["Payload"].read()
        except (BotoCoreError, ClientError) as error:
            raise Unexpected(f"it cannot be called: {error}") from error
        if answer.get("FunctionError"):
            raise Unexpected(f"it failed: {text[:_MOST_DETAIL].decode(errors='replace')}")
        found = json.loads(text)
        if not isinstance(found, dict):
            raise Unexpected(f"it answered {text[:_MOST_DETAIL].decode(errors='replace')}, not an object")
        return found

    def get(self, path: str, *, token: str | None = None) -> tuple[int, bytes]:
        """Status and body of its answer to `GET path`, as the HTTP API would ask for it."""
        answer = self.invoke(_http_event(path, token))
        body = str(answer.get("body", ""))
        return int(answer.get("statusCode", 0)), base64.b64decode(body) if answer.get(
            "isBase64Encoded"
        ) else body.encode()

    def deliver(self, *bodies: str) -> list[str]:
        """The numbers of those messages that it could not handle, handed over as SQS would."""
        answer = self.invoke({"Records": [_message(number, body) for number, body in enumerate(bodies)]})
        return [str(failure["itemIdentifier"]) for failure in answer.get("batchItemFailures", ())]


def _http_event(path: str, token: str | None) -> dict[str, Any]:
    """Payload format 2.0 of API Gateway's HTTP APIs."""
    headers = {"host": "check.invalid", "accept": "application/json"}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "http": {
                "method": "GET",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "check",
            },
            "requestId": "pre-traffic-check",
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }


def _message(number: int, body: str) -> dict[str, Any]:
    return {
        "messageId": str(number),
        # It is in no queue: there is nothing to be hidden or shown again.
        "receiptHandle": "",
        "body": body,
        "attributes": {},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:pre-traffic-check",
        "awsRegion": "us-east-1",
    }
