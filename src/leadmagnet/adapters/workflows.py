"""Workflows in DynamoDB: an item for each version, which never changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from leadmagnet.domain.errors import WorkflowNotFound
from leadmagnet.domain.workflow import CHECK_WORKFLOW, Workflow
from leadmagnet.engine.workflow_file import parse_workflow

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class WorkflowTable:
    """A WorkflowStore on one DynamoDB table with the key (name, version)."""

    def __init__(self, *, dynamodb: DynamoDBClient, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table
        #: Versions never change, so one that was read once need not be read again.
        self._read: dict[tuple[str, int], Workflow] = {}

    def put(self, workflow: Workflow) -> Workflow:
        """Store as the next version and return it with its number; unchanged text keeps its version."""
        while True:
            newest = self._newest(workflow.name)
            if newest is not None and newest.source == workflow.source:
                return newest
            numbered = replace(workflow, version=1 if newest is None else newest.version + 1)
            try:
                self._dynamodb.put_item(
                    TableName=self._table, Item=_item(numbered), ConditionExpression="attribute_not_exists(version)"
                )
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") != "ConditionalCheckFailedException":
                    raise
                # Somebody else took the number (or our own first try did): look again.
                continue
            return numbered

    def get(self, name: str, *, version: int | None = None) -> Workflow:
        """That version, or the newest; WorkflowNotFound if there is none."""
        found = self._newest(name) if version is None else self._version(name, version)
        if found is None:
            which = f"workflow {name!r}" if version is None else f"version {version} of workflow {name!r}"
            raise WorkflowNotFound(f"There is no {which}; list them with: leadmagnet workflows list", workflow=name)
        return found

    def list(self) -> Sequence[Workflow]:
        """The newest version of each, by name, without the service's own check."""
        newest: dict[str, Any] = {}
        for item in self._all():
            name = item["name"]["S"]
            if name == CHECK_WORKFLOW:
                continue
            if name not in newest or int(item["version"]["N"]) > int(newest[name]["version"]["N"]):
                newest[name] = item
        return [self._workflow(newest[name]) for name in sorted(newest)]

    def versions_of(self, name: str) -> Sequence[Workflow]:
        """All versions of one, newest first; WorkflowNotFound if there is none."""
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="#name=:name",
            ExpressionAttributeNames={"#name": "name"},
            ExpressionAttributeValues={":name": {"S": name}},
            ScanIndexForward=False,
            ConsistentRead=True,
        )
        found = [self._workflow(item) for page in pages for item in page["Items"]]
        if not found:
            raise WorkflowNotFound(
                f"There is no workflow {name!r}; list them with: leadmagnet workflows list", workflow=name
            )
        return found

    def _all(self) -> Iterator[Any]:
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=self._table, ConsistentRead=True)
        for page in pages:
            yield from page["Items"]

    def _newest(self, name: str) -> Workflow | None:
        answer = self._dynamodb.query(
            TableName=self._table,
            KeyConditionExpression="#name=:name",
            ExpressionAttributeNames={"#name": "name"},
            ExpressionAttributeValues={":name": {"S": name}},
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=1,
        )
        return self._workflow(answer["Items"][0]) if answer["Items"] else None

    def _version(self, name: str, version: int) -> Workflow | None:
        if (name, version) in self._read:
            return self._read[name, version]
        key: dict[str, Any] = {"name": {"S": name}, "version": {"N": str(version)}}
        answer = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return self._workflow(answer["Item"]) if "Item" in answer else None

    def _workflow(self, item: Any) -> Workflow:  # noqa: ANN401 (DynamoDB's own form)
        name, version = item["name"]["S"], int(item["version"]["N"])
        if (name, version) not in self._read:
            parsed = parse_workflow(item["source"]["S"], source_name=f"{name} version {version}")
            self._read[name, version] = replace(parsed, version=version)
        return self._read[name, version]


def _item(workflow: Workflow) -> dict[str, Any]:
    return {
        "name": {"S": workflow.name},
        "version": {"N": str(workflow.version)},
        "title": {"S": workflow.title},
        "source": {"S": workflow.source},
    }
