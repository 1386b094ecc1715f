"""Whether somebody else has what the stack is about to make."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from leadmagnet.deploy.errors import NameTaken, code_of, explained
from leadmagnet.deploy.names import Names

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

_GONE = frozenset({"ResourceNotFoundException", "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "404"})


class Claims:
    """The names that a new stack claims, beside those of its data."""

    def __init__(
        self,
        *,
        functions: LambdaClient,
        sqs: SQSClient,
        secrets: SecretsManagerClient,
        logs: CloudWatchLogsClient,
        names: Names,
    ) -> None:
        self._functions = functions
        self._sqs = sqs
        self._secrets = secrets
        self._logs = logs
        self._names = names

    def must_be_free(self) -> None:
        """NameTaken, naming each of them, if anything has one of the names."""
        with explained("Looking whether the names are free"):
            taken = [what for what, look in self._looks() if _is_there(look)]
            taken += [f"log group {name}" for name in self._names.log_groups if self._has_log_group(name)]
        if taken:
            raise NameTaken(
                f"There are things already that no stack {self._names.stack} owns: {', '.join(taken)}. Delete them, or "
                "deploy under other names with --environment NAME. (A deleted secret keeps its name for days: aws "
                "secretsmanager delete-secret --force-delete-without-recovery frees it.)"
            )

    def _looks(self) -> list[tuple[str, Callable[[], object]]]:
        names = self._names
        looks: list[tuple[str, Callable[[], object]]] = [
            (f"function {name}", _asking(self._functions, name)) for name in (*names.functions.values(), names.check)
        ]
        looks += [(f"queue {name}", _finding(self._sqs, name)) for name in names.queues]
        looks.append((f"secret {names.stack}", lambda: self._secrets.describe_secret(SecretId=names.stack)))
        return looks

    def _has_log_group(self, name: str) -> bool:
        found = self._logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        # In order of their names, so that the one without anything behind it is the first.
        return any(each["logGroupName"] == name for each in found)


def _asking(client: LambdaClient, name: str) -> Callable[[], object]:
    return lambda: client.get_function_configuration(FunctionName=name)


def _finding(client: SQSClient, name: str) -> Callable[[], object]:
    return lambda: client.get_queue_url(QueueName=name)


def _is_there(look: Callable[[], object]) -> bool:
    try:
        look()
    except ClientError as error:
        if code_of(error) in _GONE:
            return False
        raise
    return True
