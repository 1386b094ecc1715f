"""DynamoDB tables as the template describes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from leadmagnet.local.errors import TemplateNotUnderstood
from leadmagnet.local.properties import known

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TableDescriptionTypeDef

_PROPERTIES = {
    "TableName",
    "BillingMode",
    "AttributeDefinitions",
    "KeySchema",
    "GlobalSecondaryIndexes",
    "PointInTimeRecoverySpecification",
    "SSESpecification",
    "Tags",
    "TimeToLiveSpecification",
}
#: What DynamoDB takes of a table that is there already.
_SET_AFTERWARDS = {"PointInTimeRecoverySpecification", "TimeToLiveSpecification"}


def ensure_table(client: DynamoDBClient, properties: Mapping[str, Any]) -> Mapping[str, str]:
    """The table's name (empty key) and Arn; it exists, is active and has the indexes asked for."""
    wanted = known("AWS::DynamoDB::Table", properties, _PROPERTIES)
    name = str(wanted["TableName"])
    found = _describe(client, name)
    if found is None:
        _create(client, wanted)
    else:
        _match_keys(found, wanted)
        _match_indexes(client, found, wanted)
    _wait(client, name)
    _recovery(client, name, wanted.get("PointInTimeRecoverySpecification"))
    _expiry(client, name, wanted.get("TimeToLiveSpecification"))
    return {"": name, "Arn": client.describe_table(TableName=name)["Table"]["TableArn"]}


def _describe(client: DynamoDBClient, name: str) -> TableDescriptionTypeDef | None:
    try:
        return client.describe_table(TableName=name)["Table"]
    except client.exceptions.ResourceNotFoundException:
        return None


def _create(client: DynamoDBClient, wanted: Mapping[str, Any]) -> None:
    call = {key: value for key, value in wanted.items() if key not in _SET_AFTERWARDS}
    # CloudFormation says SSEEnabled where the API says Enabled.
    if "SSESpecification" in call:
        call["SSESpecification"] = {"Enabled": call["SSESpecification"]["SSEEnabled"]}
    client.create_table(**call)


def _match_keys(found: TableDescriptionTypeDef, wanted: Mapping[str, Any]) -> None:
    if found["KeySchema"] != wanted["KeySchema"]:
        raise TemplateNotUnderstood(
            "A table exists with another key, which cannot be changed. Name another folder with --data-dir.",
            table=wanted["TableName"],
            have=found["KeySchema"],
            want=wanted["KeySchema"],
        )


def _match_indexes(client: DynamoDBClient, found: TableDescriptionTypeDef, wanted: Mapping[str, Any]) -> None:
    have = {str(index["IndexName"]): _shape(index) for index in found.get("GlobalSecondaryIndexes", [])}
    want = {str(index["IndexName"]): index for index in wanted.get("GlobalSecondaryIndexes", [])}
    outdated = [name for name, shape in have.items() if name not in want or shape != _shape(want[name])]
    missing = [name for name in want if name not in have or name in outdated]
    # DynamoDB takes one change of an index at a time. An index holds nothing of its own, so none is lost.
    for name in outdated:
        _change_index(client, wanted, {"Delete": {"IndexName": name}})
    for name in missing:
        _change_index(client, wanted, {"Create": want[name]})


def _change_index(client: DynamoDBClient, wanted: Mapping[str, Any], change: Mapping[str, Any]) -> None:
    client.update_table(
        TableName=wanted["TableName"],
        AttributeDefinitions=wanted["AttributeDefinitions"],
        GlobalSecondaryIndexUpdates=[change],  # type: ignore[list-item]  # as the template gives it
    )
    _wait(client, wanted["TableName"])


def _shape(index: Mapping[str, Any]) -> tuple[Any, ...]:
    projection = index["Projection"]
    return (
        index["KeySchema"],
        projection["ProjectionType"],
        sorted(projection.get("NonKeyAttributes", [])),
    )


def _wait(client: DynamoDBClient, name: str) -> None:
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})


def _recovery(client: DynamoDBClient, name: str, wanted: Mapping[str, Any] | None) -> None:
    if wanted is None:
        return
    backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    status = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    if (status == "ENABLED") != wanted["PointInTimeRecoveryEnabled"]:
        client.update_continuous_backups(
            TableName=name,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": wanted["PointInTimeRecoveryEnabled"]},
        )


def _expiry(client: DynamoDBClient, name: str, wanted: Mapping[str, Any] | None) -> None:
    """Have items deleted by the time that their attribute says; DynamoDB refuses to be told what it does already."""
    found = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    have = found.get("AttributeName") if found["TimeToLiveStatus"] in ("ENABLED", "ENABLING") else None
    if wanted is not None and have != wanted["AttributeName"]:
        client.update_time_to_live(
            TableName=name,
            TimeToLiveSpecification={"AttributeName": wanted["AttributeName"], "Enabled": wanted["Enabled"]},
        )
