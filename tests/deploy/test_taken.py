"""A new stack begins only where every name that it needs is free."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from leadmagnet.deploy.errors import NameTaken
from leadmagnet.deploy.names import Names
from leadmagnet.deploy.taken import Claims

NAMES = Names.of("staging")


class Somebody:
    """Lambda, SQS, Secrets Manager and CloudWatch Logs of an account that has these things."""

    def __init__(self, *has: str) -> None:
        self._has = has

    def get_function_configuration(self, FunctionName: str) -> None:  # noqa: N803 (boto3's own name)
        self._look(FunctionName)

    def get_queue_url(self, QueueName: str) -> None:  # noqa: N803 (boto3's own name)
        self._look(QueueName)

    def describe_secret(self, SecretId: str) -> None:  # noqa: N803 (boto3's own name)
        self._look(SecretId)

    def describe_log_groups(self, logGroupNamePrefix: str) -> dict[str, Any]:  # noqa: N803 (boto3's own name)
        return {"logGroups": [{"logGroupName": name} for name in self._has if name.startswith(logGroupNamePrefix)]}

    def _look(self, name: str) -> None:
        if name not in self._has:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "Describe")


def claims(*has: str) -> Claims:
    account: Any = Somebody(*has)
    return Claims(functions=account, sqs=account, secrets=account, logs=account, names=NAMES)


@pytest.mark.parametrize(
    "name",
    ["leadmagnet-worker-staging", "leadmagnet-jobs-dead-staging", "leadmagnet-staging", *NAMES.log_groups],
)
def test_whatever_has_one_of_the_names_is_named(name: str) -> None:
    with pytest.raises(NameTaken, match=f"{name}[,.]"):
        claims(name).must_be_free()


def test_names_that_only_begin_like_ours_are_in_nobodys_way() -> None:
    claims("/aws/lambda/leadmagnet-worker-staging-2", "leadmagnet-worker").must_be_free()
