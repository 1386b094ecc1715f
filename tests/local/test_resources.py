"""The template's tables, bucket and queues, in the real engine."""

from __future__ import annotations

from tests.conftest import Aws

from leadmagnet.local.resources import Resources


def test_both_tables_are_active(aws: Aws, resources: Resources) -> None:
    tables = [
        aws.dynamodb.describe_table(TableName=name)["Table"]
        for name in (resources.jobs_table, resources.workflows_table)
    ]

    assert [table["TableStatus"] for table in tables] == ["ACTIVE", "ACTIVE"]
