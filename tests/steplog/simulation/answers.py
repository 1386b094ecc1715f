"""AWS's refusals, as botocore raises them."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

#: An attribute value in wire form, or an item of them.
Attribute = dict[str, Any]


def refusal(operation: str, code: str, message: str, *, status: int = 400, **more: object) -> ClientError:
    """The error that botocore makes of such an answer."""
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "RetryAttempts": 0},
        **more,
    }
    return ClientError(response, operation)


def invalid(message: str, operation: str = "UpdateItem") -> ClientError:
    """DynamoDB's answer to a request that it does not understand or may not carry out."""
    return refusal(operation, "ValidationException", message)


def no_answer(endpoint_url: str = "https://aws.example") -> ReadTimeoutError:
    """What a caller gets when every try of its request went without an answer."""
    return ReadTimeoutError(endpoint_url=endpoint_url)


def code_of(error: ClientError) -> str:
    """AWS's code of an error."""
    return str(error.response["Error"]["Code"])
